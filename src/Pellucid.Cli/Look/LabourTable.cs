using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Evaluation;
using Pellucid.Files;
using Pellucid.Looking;
using Pellucid.Pictures;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary>The division of labour: feed-forward layers are taken away from the top,
/// and two files of questions are asked each time.</summary>
internal sealed class LabourTable
{
    private readonly IReadOnlyList<Question> _recall, _copying;

    /// <summary>Measures.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="recall">Questions whose answer must be known, in the form of cloze files:
    /// prompt, answer, and what it is compared with.</param>
    /// <param name="copying">Questions whose answer stands in the prompt.</param>
    /// <exception cref="InvalidDataException">A question has no wrong answer.</exception>
    public LabourTable(Subject subject, string recall, string copying)
    {
        (_recall, _copying) = (Read(subject, recall), Read(subject, copying));
        Division = [.. DivisionOfLabour.Measure(subject.Gpt, _recall, _copying).Select(labour => new LeftOfLabour(labour.Removed,
            Share(labour.Recall, _recall.Count), Share(labour.Copying, _copying.Count)))];
    }

    /// <summary>What is left with ever fewer layers.</summary>
    public IReadOnlyList<LeftOfLabour> Division { get; }

    /// <summary>What was done, in a line.</summary>
    public string Method => $"feed-forward layers zeroed from the top; {_recall.Count} questions of recall, {_copying.Count} of copying";

    /// <summary>What was read.</summary>
    public Prompts Prompts => new(_recall.Concat(_copying).Select(question => question.Tokens));

    /// <summary>A table for people.</summary>
    public Table Table()
    {
        var table = Reports.NewTable("feed-forward layers removed", "recall", "copying");
        foreach (var left in Division)
            table.AddPlainRow($"{left.Removed}", Reports.Percent(left.Recall), Reports.Percent(left.Copying));
        return table;
    }

    /// <summary>Both shares as curves.</summary>
    public Picture Draw() => Curves.Draw("What is left without feed-forward layers",
        "feed-forward layers removed, from the top", "share right",
        [new Series("recall", [.. Division.Select(left => ((double)left.Removed, left.Recall.Mean))]),
            new Series("copying", [.. Division.Select(left => ((double)left.Removed, left.Copying.Mean))])]);

    // The sample deviation of zeros and ones over √n.
    private static Estimate Share(double share, int count) =>
        new(share, count > 1 ? Math.Sqrt(share * (1 - share) / (count - 1)) : double.NaN, count);

    private static List<Question> Read(Subject subject, string path) => [.. ClozeFile.Read(path).Select(question =>
        new Question(subject.Encode(question.Prompt), subject.OneToken(question.Answer),
            subject.OneToken(question.Alternatives.Count > 0 ? question.Alternatives[0]
                : throw new InvalidDataException($"{path}: '{Excerpt.Of(question.Prompt)}' has no wrong answer, "
                    + $"which '{question.Answer.Trim()}' could be compared with"))))];
}

/// <summary>How much of two kinds of questions is left, the more feed-forward layers are taken away.</summary>
internal sealed record DividedLabour([property: JsonIgnore] ModelResult About, IReadOnlyList<LeftOfLabour> Division) : ModelResult(About);

/// <summary>What is answered without so many feed-forward layers.</summary>
internal sealed record LeftOfLabour(int Removed, [property: JsonIgnore] Estimate Recall, [property: JsonIgnore] Estimate Copying)
{
    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(Recall), Recall), (nameof(Copying), Copying));
}
