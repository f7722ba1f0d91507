using Pellucid.Files;
using Pellucid.Worlds;

namespace Pellucid.Evaluation;

/// <summary>
/// Questions in a text file, one a line: prompt, answer and any alternatives, between tabs. In a prompt <c>\n</c> stands
/// for a new line, <c>\t</c> for a tab and <c>\\</c> for a backslash. A space is put before answers unless the prompt ends
/// with white space. Empty lines and lines that begin with # are passed over.
/// </summary>
public static class ClozeFile
{
    /// <summary>Reads a file; its name is the group.</summary>
    /// <exception cref="InvalidDataException">A line has no answer, or there is no question; the message names file and line.</exception>
    public static IReadOnlyList<ClozeQuestion> Read(string path)
    {
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

    private static string[] Alternatives(string[] fields, string gap) => [.. fields.Skip(2).Select(field => gap + field)];

    private static string Unescaped(string text) =>
        text.Replace(@"\\", "\0", StringComparison.Ordinal)
            .Replace(@"\n", "\n", StringComparison.Ordinal)
            .Replace(@"\t", "\t", StringComparison.Ordinal).Replace('\0', '\\');
}
