using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Cli.Tune;

/// <summary>
/// <c>tune … --config FILE</c>: a JSON object whose fields are options without their dashes, and <c>model</c>. What is given beside it
/// counts. They are put where the words would stand, so that a run notes them as if they had been written.
/// </summary>
internal static class ConfigWords
{
    private const string Name = "--config", Model = "model", Pattern = "-pattern";

    /// <summary>The words with those of the file.</summary>
    /// <exception cref="InvalidDataException">It names file and field.</exception>
    public static string[] Read(string[] args)
    {
        var at = args is not ["tune", _, ..] ? -1
            : Array.FindIndex(args, word => word == Name || word.StartsWith(Name + "=", StringComparison.Ordinal));
        if (at < 0 || args[at] == Name && at + 1 == args.Length)
            return args;
        var (path, width) = args[at] == Name ? (args[at + 1], 2) : (args[at][(Name.Length + 1)..], 1);
        string[] given = [.. args[..at], .. args[(at + width)..]];
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 4 });
            var (before, after) = (new List<string>(), new List<string>());
            foreach (var field in document.RootElement.EnumerateObject())
                if (field.Name == Model)
                    before.AddRange(given.Length > 2 && !given[2].StartsWith('-') ? [] : Values(field, path));
                else if (!given.Any(word => NamesOf(field).Contains(word.Split('=')[0])) && field.Value.ValueKind != JsonValueKind.False)
                    after.AddRange([$"--{field.Name}", .. field.Value.ValueKind == JsonValueKind.True ? [] : Values(field, path)]);
            return [.. given[..2], .. before, .. given[2..], .. after];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    private static string[] NamesOf(JsonProperty field) => LoraOptions.All.Select(option => (string[])[option.Name, .. option.Aliases])
        .FirstOrDefault(names => names.Contains("--" + field.Name), ["--" + field.Name]);

    private static IEnumerable<string> Values(JsonProperty field, string path) => field.Value.ValueKind switch
    {
        JsonValueKind.String => [field.Value.GetString()!],
        JsonValueKind.Number => [field.Value.GetRawText()],
        JsonValueKind.Array when field.Value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            => field.Value.EnumerateArray().Select(item => item.ToString()),
        JsonValueKind.Object when field.Name.EndsWith(Pattern, StringComparison.Ordinal)
            => field.Value.EnumerateObject().Select(item => $"{item.Name}={item.Value}"),
        _ => throw new InvalidDataException($"{path}: '{field.Name}' is {Excerpt.Of(field.Value.GetRawText())}, where a text, a number, "
            + "true, false or a list is needed"),
    };
}
