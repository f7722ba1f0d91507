using Pellucid.Files;

namespace Pellucid.Words;

/// <summary>Questions "a is to b as c is to d" of one kind.</summary>
/// <param name="Name">As in the file; names that begin with <c>gram</c> are about grammar.</param>
/// <param name="Questions">Four words each.</param>
public sealed record AnalogyCategory(string Name, IReadOnlyList<(string A, string B, string C, string D)> Questions)
{
    /// <summary>Reads a question file: a line <c>: name</c> begins a category, every other line has four words.</summary>
    /// <exception cref="InvalidDataException">A line is neither, or there is no question.</exception>
    public static IReadOnlyList<AnalogyCategory> Read(string path)
    {
        var categories = new List<AnalogyCategory>();
        var questions = new List<(string, string, string, string)>();
        var line = 0;
        foreach (var text in PlainText.Lines(path))
        {
            line++;
            var parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0)
                continue;
            if (parts[0].StartsWith(':'))
            {
                questions = [];
                categories.Add(new AnalogyCategory(string.Join(' ', parts).TrimStart(':', ' '), questions));
            }
            else if (parts.Length == 4 && categories.Count > 0)
                questions.Add((parts[0], parts[1], parts[2], parts[3]));
            else
                throw new InvalidDataException(
                    $"{path}: line {line} is neither ': name' nor four words after such a line: '{Excerpt.Of(text)}'");
        }
        return categories.Any(category => category.Questions.Count > 0) ? categories
            : throw new InvalidDataException($"{path} has no questions");
    }
}
