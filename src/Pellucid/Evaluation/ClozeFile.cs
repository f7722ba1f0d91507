using Pellucid.Files;
using Pellucid.Worlds;

namespace Pellucid.Evaluation;

/// <summary>
/// Questions in a text file, one a line: prompt, answer and any alternatives, between tabs. In a prompt <c>\n</c> stands
/// for a new line, <c>\t</c> for a tab and <c>\\</c> for a backslash. A space is put before answers unless the prompt ends
/// with white space. Empty lines and lines that begin with # are passed over.
/// Or a table, whose name ends with <c>.csv</c>, in which prompts stand in pairs that differ in one word: <c>clean</c>, and
/// <c>corrupted_hard</c>, whose word is the answer to the first, as the indirect-object prompts of Hanna et al. (2024) come.
/// </summary>
public static class ClozeFile
{
    /// <summary>Reads a file; its name is the group.</summary>
    /// <exception cref="InvalidDataException">A line has no answer, or there is no question; the message names file and line.</exception>
    public static IReadOnlyList<ClozeQuestion> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            return ReadPairs(path);
        var questions = new List<ClozeQuestion>();
        var (group, number) = (Path.GetFileNameWithoutExtension(path), 0);
        foreach (var line in PlainText.Lines(path))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            var fields = line.Split('\t');
            if (fields.Length < 2 || fields.Any(field => field.Length == 0))
                throw new InvalidDataException($"{path}: line {number} is not a prompt and an answer with a tab between them");
            var prompt = Unescaped(fields[0]);
            var gap = char.IsWhiteSpace(prompt[^1]) || fields[1][0] == ' ' ? "" : " ";
            questions.Add(new ClozeQuestion(prompt, gap + fields[1], fields.Length == 2 ? [] : Alternatives(fields, gap), group));
        }
        return questions.Count > 0 ? questions : throw new InvalidDataException($"{path} has no questions");
    }

    // Who gives is named twice and must not be the answer; the prompt beside it names the receiver in the second place.
    private static IReadOnlyList<ClozeQuestion> ReadPairs(string path)
    {
        var (group, questions) = (Path.GetFileNameWithoutExtension(path), new List<ClozeQuestion>());
        foreach (var row in SeparatedValues.ReadTable(path, ["clean", "corrupted_hard"]))
        {
            var (clean, other) = (row["clean"].Split(' '), row["corrupted_hard"].Split(' '));
            var differing = clean.Length != other.Length ? []
                : Enumerable.Range(0, clean.Length).Where(i => clean[i] != other[i]).ToArray();
            if (differing is not [var place])
                throw row.Error("has prompts that do not differ in one word alone");
            questions.Add(new ClozeQuestion(row["clean"], " " + other[place], [" " + clean[place]], group));
        }
        return questions.Count > 0 ? questions : throw new InvalidDataException($"{path} has no questions");
    }

    private static string[] Alternatives(string[] fields, string gap) => [.. fields.Skip(2).Select(field => gap + field)];

    private static string Unescaped(string text) =>
        text.Replace(@"\\", "\0", StringComparison.Ordinal)
            .Replace(@"\n", "\n", StringComparison.Ordinal)
            .Replace(@"\t", "\t", StringComparison.Ordinal).Replace('\0', '\\');
}
