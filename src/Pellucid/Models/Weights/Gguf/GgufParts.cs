using System.Globalization;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>A model in several files: <c>NAME-00001-of-00003.gguf</c> holds the keys, and each of them some of the tensors.</summary>
internal static class GgufParts
{
    private const string NumberKey = "split.no", CountKey = "split.count", TensorsKey = "split.tensors.count";
    private const int Most = 99_999;

    /// <summary>Opens the other files of a model, if there are others.</summary>
    /// <param name="files">The first; the others are added.</param>
    /// <returns>The tensors of all.</returns>
    public static Dictionary<string, GgufTensor> Open(List<GgufFile> files)
    {
        var first = files[0];
        var keys = new GgufMetadata(first);
        var count = keys.Find(CountKey)?.Integer(0, Most) ?? 1;
        if (count <= 1)
            return first.Tensors;
        var (number, ending) = (keys.Require(NumberKey).Integer(0, count - 1), Ending(1, count));
        if (number != 0)
            throw first.Refusal($"is part {number + 1} of {count}; give the first, whose name ends with {ending}");
        if (!first.Path.EndsWith(ending, StringComparison.Ordinal))
            throw first.Refusal($"is part 1 of {count}, but its name does not end with {ending}, so that the others cannot be found");
        var tensors = new Dictionary<string, GgufTensor>(first.Tensors);
        for (var part = 2; part <= count; part++)
            Add(files, tensors, first.Path[..^ending.Length] + Ending(part, count), part, count);
        if (keys.Find(TensorsKey) is { } promised && promised.Integer() != tensors.Count)
            throw promised.Refusal($"is {promised.Integer()}, but the {count} files hold {tensors.Count} tensors");
        return tensors;
    }

    private static void Add(List<GgufFile> files, Dictionary<string, GgufTensor> tensors, string path, long part, long count)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{files[0].Path} is part 1 of {count}, but {path} is not there", path);
        var file = new GgufFile(path);
        files.Add(file);
        var keys = new GgufMetadata(file);
        if ((keys.Require(NumberKey).Integer(), keys.Require(CountKey).Integer()) is var (number, of) && (number, of) != (part - 1, count))
            throw file.Refusal($"says that it is part {number + 1} of {of}, not {part} of {count}");
        foreach (var (name, tensor) in file.Tensors)
            if (!tensors.TryAdd(name, tensor))
                throw file.Refusal($"tensor {name} is in {tensors[name].File.Path} too");
    }

    private static string Ending(long part, long count) =>
        string.Create(CultureInfo.InvariantCulture, $"-{part:00000}-of-{count:00000}.gguf");
}
