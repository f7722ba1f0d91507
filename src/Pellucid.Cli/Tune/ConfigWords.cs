using System.CommandLine;
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
    public static string[] Read(Command root, string[] args)
    {
        var verb = PlaceOfVerb(args);
        var places = Enumerable.Range(0, args.Length)
            .Where(at => args[at] == Name || args[at].StartsWith(Name + "=", StringComparison.Ordinal)).ToArray();
        if (args[verb..] is not ["tune", _, ..] || places.Length == 0 || args[places[^1]] == Name && places[^1] + 1 == args.Length)
            return args;
        if (places.Length > 1)
            throw new InvalidDataException($"{Name} is given twice; one file says it all");
        var at = places[0];
        var (path, width) = args[at] == Name ? (args[at + 1], 2) : (args[at][(Name.Length + 1)..], 1);
        if (Directory.Exists(path))
            throw new InvalidDataException($"{Name}: {path} is a folder; give the name of a file");
        string[] given = [.. args[..at], .. args[(at + width)..]];
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 4 });
            var (before, after) = (new List<string>(), new List<string>());
            foreach (var field in document.RootElement.EnumerateObject())
                if ("--" + field.Name == Name)
                    throw new InvalidDataException($"{path}: '{field.Name}' cannot stand in such a file");
                else if (field.Name == Model)
                    before.AddRange(HasModel(root, given) ? [] : Values(field, path));
                else if (!given.Any(word => NamesOf(field).Contains(word.Split('=')[0])))
                    after.AddRange(field.Value.ValueKind switch
                    {
                        JsonValueKind.True => [$"--{field.Name}"],
                        JsonValueKind.False => [$"--{field.Name}=false"],
                        _ => [$"--{field.Name}", .. Values(field, path)],
                    });
            return [.. given[..(verb + 2)], .. before, .. given[(verb + 2)..], .. after];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    // Options that every verb has may stand before it, some with a value.
    private static int PlaceOfVerb(string[] args)
    {
        var at = 0;
        while (at < args.Length && args[at].StartsWith('-'))
            at += args[at] == CommonOptions.Threads.Name || args[at] == CommonOptions.Device.Name ? 2 : 1;
        return Math.Min(at, args.Length);
    }

    private static bool HasModel(Command root, string[] given) =>
        PellucidCommand.Parse(root, given).CommandResult is { Command.Arguments: [var model, ..] } result
        && result.GetResult(model) is { Tokens.Count: > 0 };

    private static string[] NamesOf(JsonProperty field) => LoraOptions.All.Select(option => (string[])[option.Name, .. option.Aliases])
        .FirstOrDefault(names => names.Contains("--" + field.Name), ["--" + field.Name]);

    private static IEnumerable<string> Values(JsonProperty field, string path) => field.Value.ValueKind switch
    {
        JsonValueKind.String => [field.Value.GetString()!],
        JsonValueKind.Number => [field.Value.GetRawText()],
        JsonValueKind.Array when field.Value.GetArrayLength() > 0
            && field.Value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            => field.Value.EnumerateArray().Select(item => item.ToString()),
        JsonValueKind.Object when field.Name.EndsWith(Pattern, StringComparison.Ordinal)
            => field.Value.EnumerateObject().Select(item => $"{item.Name}={item.Value}"),
        _ => throw new InvalidDataException($"{path}: '{field.Name}' is {Excerpt.Of(field.Value.GetRawText())}, where a text, a number, "
            + "true, false or a list that is not empty is needed"),
    };
}
