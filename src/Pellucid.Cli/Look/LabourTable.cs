using System.Text.Json;
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
    private readonly IReadOnlyList<Labour> _labour;
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
        _labour = DivisionOfLabour.Measure(subject.Gpt, _recall, _copying);
    }

    /// <summary>What was done, in a line.</summary>
    public string Method => $"feed-forward layers zeroed from the top; {_recall.Count} questions of recall, {_copying.Count} of copying";

    /// <summary>What was read.</summary>
    public Prompts Prompts => new(_recall.Concat(_copying).Select(question => question.Tokens));

    /// <summary>A table for people.</summary>
    public Table Table()
    {
        var table = Reports.NewTable("feed-forward layers removed", "recall", "copying");
        foreach (var labour in _labour)
            table.AddPlainRow($"{labour.Removed}", Reports.Percent(Recall(labour)), Reports.Percent(Copying(labour)));
        return table;
    }

    /// <summary>Both shares as curves.</summary>
    public Picture Draw() => Curves.Draw("What is left without feed-forward layers",
        "feed-forward layers removed, from the top", "share right",
        [new Series("recall", [.. _labour.Select(labour => ((double)labour.Removed, labour.Recall))]),
            new Series("copying", [.. _labour.Select(labour => ((double)labour.Removed, labour.Copying))])]);

    /// <summary>The same as an array <c>division</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("division");
        foreach (var labour in _labour)
        {
            json.WriteStartObject();
            json.WriteNumber("removed", labour.Removed);
            Subject.WriteEstimate(json, "recall", Recall(labour));
            Subject.WriteEstimate(json, "copying", Copying(labour));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private Estimate Recall(Labour labour) => Share(labour.Recall, _recall.Count);

    private Estimate Copying(Labour labour) => Share(labour.Copying, _copying.Count);

    // The sample deviation of zeros and ones over √n.
    private static Estimate Share(double share, int count) =>
        new(share, count > 1 ? Math.Sqrt(share * (1 - share) / (count - 1)) : double.NaN, count);

    private static List<Question> Read(Subject subject, string path) => [.. ClozeFile.Read(path).Select(question =>
        new Question(subject.Encode(question.Prompt), subject.OneToken(question.Answer),
            subject.OneToken(question.Alternatives.Count > 0 ? question.Alternatives[0]
                : throw new InvalidDataException($"{path}: '{Excerpt.Of(question.Prompt)}' has no wrong answer, "
                    + $"which '{question.Answer.Trim()}' could be compared with"))))];
}
