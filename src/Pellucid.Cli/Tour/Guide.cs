using Pellucid.Cli.Look;
using Pellucid.Evaluation;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>What every chapter works with: the model, the world whose truth is known, and how much time there is.</summary>
/// <param name="subject">The model that is looked at.</param>
/// <param name="history">What was recorded, or has just been measured, while it learned.</param>
/// <param name="quick">Whether a minute must do.</param>
/// <param name="threads">Threads that compute.</param>
/// <param name="cancellation">Ends long trainings.</param>
/// <param name="seed">Where the chance of what chapters train themselves comes from.</param>
internal sealed class Guide(Subject subject, History history, bool quick, int threads, CancellationToken cancellation = default,
    ulong seed = 1)
{
    public Subject Subject => subject;

    public Gpt Gpt => subject.Gpt;

    public Tokenizer Tokenizer => subject.Tokenizer;

    public History History => history;

    public bool Quick => quick;

    public int Threads => threads;

    public CancellationToken Cancellation => cancellation;

    public ulong Seed => seed;

    public MicroWorld World { get; } = new(TrainingText.MicroWorldSeed);

    /// <summary>Questions of one phenomenon; of one form, if it is named.</summary>
    public IReadOnlyList<ClozeQuestion> Questions(string phenomenon, Split split, int count, string? form = null)
    {
        var chosen = World.Phenomena.Single(one => one.Name == phenomenon);
        var questions = World.Questions(chosen, split, form is null ? count : 4 * count);
        return [.. questions.Where(question => form is null || question.Group.EndsWith($": {form}", StringComparison.Ordinal)).Take(count)];
    }

    /// <summary>How the model answers them.</summary>
    public ClozeScore Ask(IReadOnlyList<ClozeQuestion> questions) => ClozeScore.Of("", Cloze.Ask(Gpt, Tokenizer, questions));

    /// <summary>A question with one token for the right answer and one for a wrong one.</summary>
    public Question Question(string prompt, string right, string wrong) =>
        new(Subject.Encode(prompt), Subject.OneToken(right), Subject.OneToken(wrong));

    /// <summary>The token that holds a character of a text, in the text's tokens.</summary>
    public int TokenAt(int[] tokens, int character)
    {
        for (int token = 0, end = 0; token < tokens.Length; token++)
            if ((end += Tokenizer.Bytes(tokens[token]).Length) > character)
                return token;
        throw new ArgumentOutOfRangeException(nameof(character));
    }

    /// <summary>Tokens as the words of pictures.</summary>
    public IReadOnlyList<string> Words(int[] tokens) =>
        [.. tokens.Select(token => Tokenizer.Decode([token]).Trim(' ').Replace("\n", "⏎", StringComparison.Ordinal))];

    /// <summary>What the model says after a prompt.</summary>
    public Distribution Next(string prompt) => Next(Gpt, Subject.Encode(prompt));

    /// <summary>What a model says after some tokens.</summary>
    public static Distribution Next(Gpt gpt, int[] tokens, Taps? taps = null)
    {
        using var arena = new Arena(gpt.Backend);
        return Next(gpt, tokens, taps, arena);
    }

    /// <summary>The same in memory where what was read lies for as long as it is needed.</summary>
    public static Distribution Next(Gpt gpt, int[] tokens, Taps? taps, Arena arena)
    {
        using var rows = new TokenRows(gpt.Backend);
        rows.Add(tokens);
        var run = new GptRun(new Operations(gpt.Backend, arena)) { LogitRows = [tokens.Length - 1], Taps = taps };
        var logits = new float[gpt.Config.VocabularySize];
        gpt.Backend.Read(gpt.Logits(gpt.Forward(rows, run), run), logits);
        return new Distribution(logits);
    }
}
