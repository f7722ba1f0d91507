using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Cli.Words;

/// <summary>Two sets of targets and two of attributes.</summary>
internal sealed record AssociationSets(string[] X, string[] Y, string[] A, string[] B);

/// <summary>Lists of words as JSON, in the forms that studies of bias publish them.</summary>
internal static class BiasFiles
{
    public static (string, string)[] ReadPairs(string path) => Read<(string, string)>(path, "pairs of words",
        root => [.. root.EnumerateArray().Select(pair => (pair[0].GetString()!, pair[1].GetString()!))]);

    public static string[] ReadWords(string path) => Read<string>(path, "words, or of arrays that begin with one",
        root => [.. root.EnumerateArray().Select(entry => (entry.ValueKind == JsonValueKind.Array ? entry[0] : entry).GetString()!)]);

    public static AssociationSets ReadSets(string path) => Read(path, "words under each of x, y, a and b", root =>
    {
        string[] Set(string name) => [.. root.GetProperty(name).EnumerateArray().Select(word => word.GetString()!)];
        return new[] { new AssociationSets(Set("x"), Set("y"), Set("a"), Set("b")) };
    })[0];

    private static T[] Read<T>(string path, string what, Func<JsonElement, T[]> read)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no file {path}");
        try
        {
            using var document = JsonDocument.Parse(PlainText.ReadBytes(path), new JsonDocumentOptions { MaxDepth = 8 });
            return read(document.RootElement) is { Length: > 0 } entries ? entries
                : throw new InvalidDataException($"{path} is an empty list");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException
            or IndexOutOfRangeException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path} is not a JSON array of {what}", error);
        }
    }
}
