using System.Text.Json.Serialization;
using Pellucid.Looking;
using Pellucid.Looking.Checkpoints;
using Pellucid.Tokens;

namespace Pellucid.Cli.Look;

/// <summary>What a run learned when.</summary>
internal sealed record SeenCheckpoints([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings, string Run,
    int Sentences, string? WhyNoSentences, TokenResult? Target, IReadOnlyList<SeenCheckpoint> Checkpoints, IReadOnlyList<Moment> Moments)
    : ModelResult(About)
{
    public static SeenCheckpoints Of(ModelResult about, string run, CheckpointQuestions questions, IReadOnlyList<CheckpointLook> looks,
        Tokenizer tokenizer) => new(about with { Model = run }, Cli.Meanings.Of("look checkpoints"), run, questions.Sentences,
            questions.WhyNoSentences, looks[^1].Lens is [.., var last] ? TokenResult.Of(tokenizer, last.Target) : null,
            [.. looks.Select(look => new SeenCheckpoint(look.Step, look.Accuracy, look.LogitDifference,
                BestHead.Of(look, HeadScore.PreviousToken), BestHead.Of(look, HeadScore.DuplicateToken),
                BestHead.Of(look, HeadScore.Induction), [.. look.Lens.Select(reading => LensRow.Of(reading, tokenizer))], look.Heads))],
            [.. Moment.All(looks, questions.Sentences)]);
}

/// <summary>What it had learned after some steps.</summary>
internal sealed record SeenCheckpoint(int Step, double Accuracy, double LogitDifference, BestHead PreviousToken, BestHead DuplicateToken,
    BestHead Induction, IReadOnlyList<LensRow> Lens, IReadOnlyList<HeadSummary> Heads);

/// <summary>The head that does something most.</summary>
internal sealed record BestHead(int Layer, int Head, double Score)
{
    public static BestHead Of(CheckpointLook look, HeadScore score) =>
        look.Best(score) is var best ? new BestHead(best.Layer, best.Head, CheckpointLook.Of(best, score)) : null!;
}

/// <summary>Where a score rises fastest; nulls where it has not risen.</summary>
internal sealed record Moment(string Name, double Least, int? From, int? To, double? Before, double? After, double? Share, string? Head)
{
    /// <summary>Of what heads do, and of who is given something.</summary>
    public static IEnumerable<Moment> All(IReadOnlyList<CheckpointLook> looks, int sentences)
    {
        foreach (var score in Enum.GetValues<HeadScore>())
        {
            var moment = Of(CheckpointPictures.NameOf(score), Rise.Least, looks, look => CheckpointLook.Of(look.Best(score), score));
            yield return moment.To is { } to && looks.First(look => look.Step == to).Best(score) is var best
                ? moment with { Head = $"{best.Layer}.{best.Head}" } : moment;
        }
        if (sentences > 0)
            yield return Of(CheckpointPictures.Gifts, Rise.LeastOfShares(sentences), looks, look => look.Accuracy);
        if (looks[0].Lens.Count > 0)
            yield return Of("the answer's probability", Rise.Least, looks, look => look.Lens[^1].TargetProbability);
    }

    private static Moment Of(string name, double least, IReadOnlyList<CheckpointLook> looks, Func<CheckpointLook, double> score)
    {
        var rise = Rise.Of(looks.Select(look => (look.Step, score(look))), least);
        return new(name, least, rise?.From, rise?.To, rise?.Before, rise?.After, rise?.Share, null);
    }
}
