using System.Text.Json;
using Pellucid.Files;
using Pellucid.Models.Families;
using Pellucid.Models.Weights;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Models;

/// <summary>Weights of a model folder: <c>model.safetensors</c>, or several files that <c>model.safetensors.index.json</c> lists.</summary>
internal sealed class WeightFiles : IWeightSource
{
    public const string IndexFile = Checkpoint.WeightsFile + ".index.json";

    private const int LongestFileName = 255;

    private readonly List<SafetensorsReader> _readers = [];
    private readonly Dictionary<string, SafetensorsReader> _byName = [];

    private WeightFiles(string path) => Path = path;

    /// <summary>The file that messages name.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public string Description => Checkpoint.ConfigFile;

    /// <summary>Names of all tensors.</summary>
    public IEnumerable<string> Names => _byName.Keys;

    /// <summary>Whether a folder has weights.</summary>
    public static bool Exist(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, Checkpoint.WeightsFile)) || File.Exists(System.IO.Path.Combine(folder, IndexFile));

    /// <summary>Refuses a folder whose weights are only there as a program that Python would run.</summary>
    /// <exception cref="InvalidDataException">It has such a file, and no safetensors; the message says what to do.</exception>
    public static void RefusePickles(string folder)
    {
        if (Exist(folder) || !Directory.Exists(folder))
            return;
        var pickle = Directory.EnumerateFiles(folder)
            .Select(path => System.IO.Path.GetFileName(path))
            .Order(StringComparer.Ordinal).FirstOrDefault(name =>
                System.IO.Path.GetExtension(name) is ".bin" or ".pt" or ".pth"
                && (name.Contains("model", StringComparison.Ordinal) || name.StartsWith("consolidated", StringComparison.Ordinal)));
        if (pickle is not null)
            throw new InvalidDataException(
                $"{System.IO.Path.Combine(folder, pickle)}: weights in PyTorch's format are a program, which is not run here; "
                    + $"write {Checkpoint.WeightsFile} with transformers (model.save_pretrained(folder)), or fetch a revision that has it");
    }

    /// <summary>Opens them.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or the index and the files disagree.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static WeightFiles Open(string folder)
    {
        var single = System.IO.Path.Combine(folder, Checkpoint.WeightsFile);
        var weights = new WeightFiles(File.Exists(single) ? single : System.IO.Path.Combine(folder, IndexFile));
        try
        {
            if (weights.Path == single)
                weights.Add(single);
            else
                weights.AddListed(folder);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<long>? Shape(string name) =>
        _byName.TryGetValue(name, out var file) ? [.. file.Shape(name).Select(length => (long)length)] : null;

    /// <inheritdoc/>
    public BlockFormat? Format(string name) => BlockFormat.Find(_byName[name].Type(name).ToLowerInvariant());

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination, long first = 0) => _byName[name].ReadWeight(name, destination, first);

    /// <inheritdoc/>
    public void ReadBytes(string name, Span<byte> destination, long first) => _byName[name].ReadBytes(name, first, destination);

    /// <inheritdoc/>
    public IEnumerable<StoredPiece> Pieces(Parameter parameter, GptConfig config) => config.Family.Pieces(parameter, config);

    /// <inheritdoc/>
    public IEnumerable<string> WrittenNames(string name, GptConfig config) => config.Family.WrittenNames(name);

    /// <inheritdoc/>
    public bool IsHarmless(string name, GptConfig config) => config.Family.IsHarmless(name);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var reader in _readers)
            reader.Dispose();
    }

    private void Add(string path)
    {
        var reader = OpenFile(path);
        foreach (var name in reader.Names)
            _byName[name] = reader;
    }

    // Each entry is looked up in its file as it is read: a list that promises much keeps no more than is there.
    private void AddListed(string folder)
    {
        try
        {
            var json = JsonWalk.Begin(File.ReadAllBytes(Path), deepest: 8);
            var isThere = false;
            json.Enter(JsonTokenType.StartObject);
            while (json.NextField())
                if (json.ValueTextEquals("weight_map"u8))
                {
                    isThere = true;
                    AddMap(ref json, folder);
                }
                else
                    json.Skip();
            json.End();
            if (!isThere)
                throw new InvalidDataException($"{Path}: 'weight_map' is missing");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{Path}: {Excerpt.Of(error)}", error);
        }
    }

    private void AddMap(ref Utf8JsonReader json, string folder)
    {
        var (byFile, lastFile) = (new Dictionary<string, SafetensorsReader>(), "");
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
        {
            var name = json.GetString()!;
            json.Read();
            if (json.ValueSpan.Length > LongestFileName)
                throw new InvalidDataException(
                    $"{Path}: tensor {Excerpt.Of(name)} is said to lie in a file of a name of {json.ValueSpan.Length} bytes");
            var file = lastFile.Length > 0 && json.ValueTextEquals(lastFile) ? lastFile : json.GetString() ?? "";
            if (file.Length == 0 || file != System.IO.Path.GetFileName(file) || file is "." or "..")
                throw new InvalidDataException(
                    $"{Path}: tensor {Excerpt.Of(name)} is said to lie in '{Excerpt.Of(file)}', which is no name of a file beside it");
            if (!byFile.TryGetValue(file, out var reader))
                byFile.Add(file, reader = OpenFile(System.IO.Path.Combine(folder, file)));
            if (!reader.Contains(name))
                throw new InvalidDataException(
                    $"{System.IO.Path.Combine(folder, file)}: tensor {Excerpt.Of(name)} is missing, which {IndexFile} promises");
            if (!_byName.TryAdd(name, reader))
                throw new InvalidDataException($"{Path}: tensor {Excerpt.Of(name)} is there twice");
            lastFile = file;
        }
    }

    private SafetensorsReader OpenFile(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{Path} lists {Excerpt.Of(System.IO.Path.GetFileName(path))}, which is not there", path);
        var reader = new SafetensorsReader(path);
        _readers.Add(reader);
        return reader;
    }
}
