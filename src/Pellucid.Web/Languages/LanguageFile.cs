namespace Pellucid.Web.Languages;

/// <summary>
/// A file of phrases: <c>key = phrase</c> a line, in UTF-8. A phrase may go on in lines that begin with a space, which stands for
/// one space, and for none beside a character of East Asian writing. Lines that begin with # say something to who reads the file.
/// </summary>
internal static class LanguageFile
{
    /// <summary>Phrases by their keys, in the order of the file.</summary>
    /// <exception cref="InvalidDataException">One line says which line is none, or says a key a second time.</exception>
    public static IReadOnlyDictionary<string, string> Read(TextReader file, string name)
    {
        var phrases = new OrderedDictionary<string, string>();
        using (file)
            for (var (number, key) = (1, ""); file.ReadLine() is { } line; number++)
            {
                if (line.Length == 0 || line[0] == '#')
                    continue;
                if (line[0] == ' ' && key.Length > 0)
                    phrases[key] = Joined(phrases[key], line.Trim());
                else if (line.IndexOf(" = ", StringComparison.Ordinal) is > 0 and var end
                    && phrases.TryAdd(key = line[..end], line[(end + 3)..]))
                    continue;
                else
                    throw new InvalidDataException($"{name}: line {number} is no phrase with a key of its own: '{line}'");
            }
        return phrases;
    }

    private static string Joined(string before, string after) =>
        IsEastAsian(before[^1]) || IsEastAsian(after[0]) ? before + after : $"{before} {after}";

    private static bool IsEastAsian(char letter) => letter >= '\u2E80' || letter is '“' or '”';
}
