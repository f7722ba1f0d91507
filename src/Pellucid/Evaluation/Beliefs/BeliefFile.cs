using Pellucid.Files;
using Pellucid.Worlds;

namespace Pellucid.Evaluation.Beliefs;

/// <summary>
/// False-belief tasks in public files: <c>fb.csv</c> of Trott et al. (2023), told by its heading; BigToM of Gandhi et al.
/// (2023), 18 or more fields between semicolons; stories of Kosinski and Ullman in the form of the same authors: story,
/// question, answer, other answers.
/// </summary>
public static class BeliefFile
{
    private const string Mask = "[MASK]";

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">A row is of none of the forms; the message names file and line.</exception>
    public static IReadOnlyList<BeliefQuestion> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var heading = PlainText.Lines(path).FirstOrDefault() ?? throw new InvalidDataException($"{path} is empty");
        var questions = (heading.Contains(';', StringComparison.Ordinal)
            ? SeparatedValues.Read(path, ';').SelectMany(row => OfSentences(path, row.Line, row.Fields)) : OfMasks(path)).ToArray();
        return questions.Length > 0 ? questions : throw new InvalidDataException($"{path} has no stories");
    }

    // The passage up to the mask; start is where the thing was, end where it is.
    private static IEnumerable<BeliefQuestion> OfMasks(string path)
    {
        foreach (var row in SeparatedValues.ReadTable(path, ["passage", "condition", "start", "end"]))
        {
            var at = row["passage"].IndexOf(Mask, StringComparison.Ordinal);
            if (at <= 0)
                throw row.Error($"has a passage without {Mask}");
            var (start, end) = (" " + row["start"], " " + row["end"]);
            var condition = row["condition"].ToLowerInvariant(); // the file's two editions write it differently
            var (answer, other) = condition switch
            {
                "false belief" => (start, end),
                "true belief" => (end, start),
                _ => throw row.Error($"has the condition '{row["condition"]}', which is neither False Belief nor True Belief"),
            };
            var scenario = condition + (row["knowledge_cue"] is { Length: > 0 } cue ? $", {cue.ToLowerInvariant()}" : "");
            yield return new BeliefQuestion(new ClozeQuestion(row["passage"][..at].TrimEnd(), answer, [other], scenario), "transfer",
                scenario, row["item_id"] is { Length: > 0 } item ? $"item {item}" : $"line {row.Line}", false, end);
        }
    }

    private static IEnumerable<BeliefQuestion> OfSentences(string path, int line, string[] fields)
    {
        if (fields.Length >= 18)
        {
            var (story, aware, unaware) = (fields[0].Trim(), " " + fields[8].Trim(), " " + fields[11].Trim());
            BeliefQuestion Ask(string scenario, int percept, string answer, string other) =>
                new(new ClozeQuestion($"{story} {fields[percept].Trim()}", answer, [other], scenario), "BigToM", scenario,
                    $"line {line}", false, aware);
            return [Ask("true belief", 1, aware, unaware), Ask("false belief", 2, unaware, aware)];
        }
        if (fields.Length is < 4 or > 6 || fields.Any(field => field.Length == 0))
            throw new InvalidDataException($"{path}: line {line} has {fields.Length} fields; "
                + "a story, a question, an answer and another one are needed, or the 18 of BigToM");
        return [new BeliefQuestion(new ClozeQuestion($"{fields[0]}\nQuestion: {fields[1]}\nAnswer:", " " + fields[2].Trim(),
            [.. fields.Skip(3).Select(field => " " + field.Trim())], "stories"), "stories", "stories", $"line {line}", false)];
    }
}
