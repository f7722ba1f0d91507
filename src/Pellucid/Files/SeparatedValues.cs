using System.Text;

namespace Pellucid.Files;

/// <summary>Tables as text, such as CSV (RFC 4180):
/// fields between separators, in double quotes where they hold separators, line ends or quotes.</summary>
internal static class SeparatedValues
{
    /// <summary>Rows of a file with the line each starts at; empty lines are passed over.</summary>
    /// <exception cref="InvalidDataException">A quote is never closed, or something stands right after a closing one;
    /// the message names file and line.</exception>
    public static IEnumerable<(int Line, string[] Fields)> Read(string path, char separator = ',')
    {
        var text = PlainText.ReadAll(path);
        var (at, line) = (0, 1);
        while (at < text.Length)
        {
            var (first, fields) = (line, new List<string>());
            do
                fields.Add(Field(path, text, separator, ref at, ref line));
            while (at < text.Length && text[at++] == separator);
            if (at > 0 && text[at - 1] == '\r' && at < text.Length && text[at] == '\n')
                at++;
            line++;
            if (fields is not [{ Length: 0 }])
                yield return (first, [.. fields]);
        }
    }

    /// <summary>Rows below a heading, with a way to ask for a column by its name.</summary>
    /// <exception cref="InvalidDataException">A column is missing, or a row has more or fewer fields than the heading;
    /// the message names file and line.</exception>
    public static IEnumerable<Row> ReadTable(string path, IReadOnlyList<string> required, char separator = ',')
    {
        Dictionary<string, int>? columns = null;
        foreach (var (line, fields) in Read(path, separator))
        {
            if (columns is null)
            {
                columns = [];
                for (var i = 0; i < fields.Length; i++)
                    columns.TryAdd(fields[i].Trim(' '), i);
                if (required.FirstOrDefault(name => !columns.ContainsKey(name)) is { } missing)
                    throw new InvalidDataException(
                        $"{path}: line {line} names the columns {string.Join(", ", columns.Keys)}, but '{missing}' is needed");
                continue;
            }
            if (required.Count > 0 && fields.Length < required.Max(name => columns[name]) + 1)
                throw new InvalidDataException(
                    $"{path}: line {line} has {fields.Length} fields, too few for the columns {string.Join(", ", required)}");
            yield return new Row(path, line, fields, columns);
        }
    }

    /// <summary>A row of a table.</summary>
    public sealed record Row(string Path, int Line, string[] Fields, IReadOnlyDictionary<string, int> Columns)
    {
        public string this[string column] => Columns.TryGetValue(column, out var index) && index < Fields.Length ? Fields[index] : "";

        public InvalidDataException Error(string what) => new($"{Path}: line {Line} {what}");
    }

    // Leaves the place at the separator or line end after the field.
    private static string Field(string path, string text, char separator, ref int at, ref int line)
    {
        if (at >= text.Length || text[at] != '"')
        {
            var start = at;
            while (at < text.Length && text[at] != separator && text[at] is not ('\r' or '\n'))
                at++;
            return text[start..at];
        }
        var (value, first) = (new StringBuilder(), line);
        for (at++; ; at++)
        {
            if (at >= text.Length)
                throw new InvalidDataException($"{path}: line {first} has a quote that is never closed");
            if (text[at] == '\n')
                line++;
            if (text[at] != '"')
                value.Append(text[at]);
            else if (at + 1 < text.Length && text[at + 1] == '"')
                value.Append(text[++at]);
            else
                break;
        }
        at++;
        if (at < text.Length && text[at] != separator && text[at] is not ('\r' or '\n'))
            throw new InvalidDataException($"{path}: line {line} has '{text[at]}' right after a closing quote");
        return value.ToString();
    }
}
