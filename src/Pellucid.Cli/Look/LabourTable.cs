using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Evaluation;
using Pellucid.Files;
using Pellucid.Looking;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary>The division of labour: feed-forward layers are taken away from the top, and two files of questions are asked each time.</summary>
internal sealed class LabourTable
{
    private readonly IReadOnlyList<Labour> _labour;
    private readonly int _recall, _copying;

    /// <summary>Measures.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="recall">Questions whose answer must be known, in the form of cloze files: prompt, answer, and what it is compared with.</param>
    /// <param name="copying">Questions whose answer stands in the prompt.</param>
    /// <exception cref="InvalidDataException">A question has no wrong answer.</exception>
    public LabourTable(Subject subject, string recall, string copying)
    {
        var (known, copied) = (Read(subject, recall), Read(subject, copying));
        (_labour, _recall, _copying) = (DivisionOfLabour.Measure(subject.Gpt, known, copied), known.Count, copied.Count);
    }

    /// <summary>What was done, in a line.</summary>
    public string Method => $"feed-forward layers zeroed from the top; {_recall} questions of recall, {_copying} of copying";

    /// <summary>A table for people.</summary>
    public Table Table()
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("feed-forward layers removed", "recall", "copying");
        foreach (var labour in _labour)
            table.AddRow($"{labour.Removed}", $"{Units.Number(100 * labour.Recall, 1)} %", $"{Units.Number(100 * labour.Copying, 1)} %");
        return table;
    }

    /// <summary>The same as an array <c>division</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("division");
        foreach (var labour in _labour)
        {
            json.WriteStartObject();
            json.WriteNumber("removed", labour.Removed);
            json.WriteNumber("recall", labour.Recall);
            json.WriteNumber("copying", labour.Copying);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static List<Question> Read(Subject subject, string path) => [.. ClozeFile.Read(path).Select(question =>
        new Question(subject.Encode(question.Prompt), subject.OneToken(question.Answer), subject.OneToken(question.Alternatives.Count > 0 ? question.Alternatives[0]
            : throw new InvalidDataException($"{path}: '{Excerpt.Of(question.Prompt)}' has no wrong answer, which '{question.Answer.Trim()}' could be compared with"))))];
}
