using Pellucid.Looking.Checkpoints;
using Pellucid.Pictures;

namespace Pellucid.Cli.Look;

/// <summary>What a run learned when, in pictures.</summary>
internal static class CheckpointPictures
{
    public const string Gifts = "who is given something";

    public static string NameOf(HeadScore score) => score switch
    {
        HeadScore.PreviousToken => "previous token",
        HeadScore.DuplicateToken => "duplicate token",
        _ => "induction",
    };

    /// <summary>Scores over steps; and where a text was read, how probable its answer is after every layer.</summary>
    public static IReadOnlyList<Picture> Draw(IReadOnlyList<CheckpointLook> looks)
    {
        var scores = Enum.GetValues<HeadScore>().Select(score => new Series(NameOf(score),
            [.. looks.Select(look => ((double)look.Step, CheckpointLook.Of(look.Best(score), score)))])).ToList();
        if (looks.Any(look => double.IsFinite(look.Accuracy)))
            scores.Add(new Series(Gifts, [.. looks.Select(look => ((double)look.Step, look.Accuracy))]));
        var pictures = new List<Picture>
        {
            Curves.Draw("What it learned when", "step", "best head's score; share of right answers", scores),
        };
        if (looks[0].Lens.Count > 0)
            pictures.Add(DrawLens(looks));
        return pictures;
    }

    private static Picture DrawLens(IReadOnlyList<CheckpointLook> looks)
    {
        var places = looks[0].Lens.Count;
        var values = new double[places, looks.Count];
        for (var place = 0; place < places; place++)
        for (var i = 0; i < looks.Count; i++)
            values[places - 1 - place, i] = looks[i].Lens[place].TargetProbability; // the last on top
        return HeatMap.Draw("Probability of the answer, by layer and step", [.. looks[0].Lens.Select(reading => reading.Name).Reverse()],
            [.. looks.Select(look => $"{look.Step}")], values);
    }
}
