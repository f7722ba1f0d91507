using Pellucid.Evaluation;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>Asks a model, while it learns, what it can do and how its heads look around.</summary>
internal sealed class Observer
{
    private const int QuestionsEach = 120, PromptsEach = 2;
    private const ulong Seed = 7;

    private readonly IReadOnlyList<ClozeQuestion> _gifts, _capitals, _heldOut;
    private readonly Tokenizer _tokenizer;
    private readonly IndirectObjectData _data;

    public Observer(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        var world = new MicroWorld(TrainingText.MicroWorldSeed);
        IReadOnlyList<ClozeQuestion> Ask(string phenomenon, Split split) =>
            world.Questions(world.Phenomena.Single(one => one.Name == phenomenon), split, QuestionsEach);
        _gifts = Ask("gifts", Split.HeldOut);
        _capitals = [.. Ask("questions", Split.Training).Where(question => question.Group.EndsWith(": capital", StringComparison.Ordinal))];
        _heldOut = [.. Ask("questions", Split.HeldOut).Where(question => question.Group.EndsWith(": capital", StringComparison.Ordinal))];
        _data = GiftPrompts.Of(tokenizer, Seed, PromptsEach);
    }

    /// <summary>Looks at the model as it is now.</summary>
    public Observation Look(Gpt gpt, int step, double loss)
    {
        ClozeScore Score(IReadOnlyList<ClozeQuestion> questions) => ClozeScore.Of("", Cloze.Ask(gpt, _tokenizer, questions));
        var gifts = Score(_gifts);
        using var cache = ActivationCache.Record(gpt, new Prompts(_data.Pairs.Select(pair => pair.Base.Tokens)),
            (activation, _) => activation == Activation.Pattern);
        var looks = GiftPrompts.Looks(gpt.Config, cache, _data);
        return new Observation(step, loss, gifts.Accuracy, gifts.LogOdds ?? 0, Score(_capitals).Accuracy, Score(_heldOut).Accuracy,
            HeadSummary.OnRepeatedTokens(gpt, Seed).Max(head => head.Induction), looks.Max(head => head.ToReceiver),
            looks.Max(head => head.ToSecond), looks.Max(head => head.ToDuplicate));
    }
}
