using System.Globalization;
using System.Text.RegularExpressions;
using Pellucid.Models;

namespace Pellucid.Cli;

/// <summary>Which files of a repository make up a model.</summary>
/// <param name="Files">What is to be fetched.</param>
/// <param name="First">Of a model in GGUF the file, or the first of its shards.</param>
/// <param name="Type">Of a model in GGUF how its weights are stored, as its name tells, if it does.</param>
internal sealed partial record HubFiles(IReadOnlyList<HubFile> Files, string? First, string? Type)
{
    private const string UsualType = "Q4_K_M";

    /// <summary>
    /// Those of a type, which only GGUF files have in their names; without a type safetensors with what belongs to them, else
    /// the only GGUF model, or that of the usual type. Null where the repository has no model at all.
    /// </summary>
    /// <exception cref="InvalidDataException">It has none of the type, or several.</exception>
    public static HubFiles? Choose(IReadOnlyList<HubFile> all, string? type)
    {
        if (type is null && OfSafetensors(all) is { } folder)
            return folder;
        var models = all.Select(file => (File: file, Name: GgufNames().Match(file.Name)))
            .Where(one => one.Name.Success && !one.Name.Groups["stem"].Value.Contains("mmproj", StringComparison.OrdinalIgnoreCase))
            .GroupBy(one => one.Name.Groups["stem"].Value).OrderBy(model => model.Key, StringComparer.Ordinal).ToList();
        var types = string.Join(", ", models.Select(model => TypeOf(model.Key) ?? model.Key));
        if (models.Count == 0)
            return type is null ? null : throw new InvalidDataException($"the repository has no GGUF files, and so none of type {type}");
        var asked = type ?? UsualType;
        var chosen = models.Where(model => type is null && models.Count == 1 || IsOfType(model.Key, asked)).ToList();
        if (chosen.Count != 1)
            throw new InvalidDataException(chosen.Count > 1
                ? $"of type {asked} there are several files: {string.Join(", ", chosen.Select(model => model.Key))}"
                : $"{(type is null ? "there are several GGUF files; say which by a colon and one of their types" : $"there is no {type}")}"
                    + $": {types}");
        HubFile[] files = [.. chosen[0].Select(one => one.File).OrderBy(file => file.Name, StringComparer.Ordinal)];
        var shards = chosen[0].Max(one => one.Name.Groups["of"] is { Success: true, Value: var of }
            ? int.Parse(of, CultureInfo.InvariantCulture) : 1);
        return files.Length == shards ? new HubFiles(files, files[0].Name, TypeOf(chosen[0].Key))
            : throw new InvalidDataException($"of {chosen[0].Key} there are {files.Length} of {shards} files");
    }

    private static HubFiles? OfSafetensors(IReadOnlyList<HubFile> all)
    {
        var files = all.Where(file => OfWeights().IsMatch(file.Name) || CompanionFiles.Contains(file.Name) && Plain().IsMatch(file.Name))
            .ToList();
        if (files.Any(file => file.Name == "model.safetensors"))
            files.RemoveAll(file => file.Name.StartsWith("model", StringComparison.Ordinal) && file.Name != "model.safetensors");
        return files.Any(file => file.Name == "config.json")
            && files.Any(file => file.Name.EndsWith(".safetensors", StringComparison.Ordinal)) ? new HubFiles(files, null, null) : null;
    }

    private static bool IsOfType(string stem, string type) => stem.EndsWith(type, StringComparison.OrdinalIgnoreCase)
        && (stem.Length == type.Length || stem[^(type.Length + 1)] is '-' or '.' or '/' or '_' && TypeOf(stem) is var found
            && (found is null || string.Equals(found, type, StringComparison.OrdinalIgnoreCase)));

    private static string? TypeOf(string stem) => EndingType().Match(stem) is { Success: true } match ? match.Value : null;

    [GeneratedRegex(@"^(config\.json|model\.safetensors(\.index\.json)?|model-\d+-of-\d+\.safetensors)$")]
    private static partial Regex OfWeights();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$")]
    private static partial Regex Plain();

    // A shard is one of several files, numbered. No folder's name begins with a dot.
    [GeneratedRegex(@"^(?!.*/[./])(?<stem>[A-Za-z0-9][A-Za-z0-9._/-]*?)(-\d{5}-of-(?<of>\d{5}))?\.gguf$")]
    private static partial Regex GgufNames();

    // As llama.cpp calls types, after the last sign that parts words.
    [GeneratedRegex(@"(?<=[-./]|^)((UD-)?I?Q\d\w*|TQ\d\w*|MXFP4\w*|B?F16|F32)$", RegexOptions.IgnoreCase)]
    private static partial Regex EndingType();
}
