using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Looking.Relations;

/// <summary>Relations in files: those of Hernandez et al. (2024) as JSON, and pairs of one's own as CSV.</summary>
public static class RelationFile
{
    private const string Hole = "{}";

    /// <summary>Reads <c>.json</c> with <c>name</c>, <c>prompt_templates</c> and <c>samples</c>,
    /// or a CSV file whose first line names columns and whose first two columns are subject and object.</summary>
    /// <param name="path">The file.</param>
    /// <param name="template">Asks instead of the file's first template; needed for CSV.</param>
    /// <exception cref="InvalidDataException">The file is something else; the message names the place.</exception>
    /// <exception cref="ArgumentException">The template has no <c>{}</c>.</exception>
    public static Relation Read(string path, string? template = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (template is not null && !template.Contains(Hole, StringComparison.Ordinal))
            throw new ArgumentException($"the template '{template}' has no {Hole} where the subject goes");
        var relation = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? ReadJson(path, template)
            : ReadCsv(path, template ?? throw new ArgumentException(
                $"{path} is a table of pairs: a template is needed that asks for them, such as \"The capital of {Hole} is\""));
        return relation.Pairs.Count > 0 ? relation : throw new InvalidDataException($"{path} has no pairs");
    }

    private static Relation ReadJson(string path, string? template)
    {
        try
        {
            using var document = JsonDocument.Parse(PlainText.ReadBytes(path));
            var root = document.RootElement;
            var pairs = root.GetProperty("samples").EnumerateArray().Select(sample =>
                new RelationPair(sample.GetProperty("subject").GetString()!, sample.GetProperty("object").GetString()!)).ToArray();
            return new Relation(root.GetProperty("name").GetString()!, pairs,
                template ?? root.GetProperty("prompt_templates")[0].GetString()!);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException
            or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"{path} is no relation: "
                + $"an object with name, prompt_templates and samples of subject and object is expected ({error.Message})", error);
        }
    }

    private static Relation ReadCsv(string path, string template)
    {
        var pairs = new List<RelationPair>();
        foreach (var (line, fields) in SeparatedValues.Read(path).Skip(1))
            pairs.Add(fields is [{ Length: > 0 } subject, { Length: > 0 } other, ..] ? new RelationPair(subject, other)
                : throw new InvalidDataException($"{path}: line {line} is not a subject and an object with a comma between them"));
        return new Relation(Path.GetFileNameWithoutExtension(path), pairs, template);
    }
}
