using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Models;

/// <summary>Weights of a model folder: <c>model.safetensors</c>, or several files that <c>model.safetensors.index.json</c> lists.</summary>
internal sealed class WeightFiles : IDisposable
{
    public const string IndexFile = Checkpoint.WeightsFile + ".index.json";

    private readonly List<SafetensorsReader> _readers = [];
    private readonly Dictionary<string, SafetensorsReader> _byName = [];

    private WeightFiles(string path) => Path = path;

    /// <summary>The file that messages name.</summary>
    public string Path { get; }

    /// <summary>Names of all tensors.</summary>
    public IEnumerable<string> Names => _byName.Keys;

    /// <summary>Whether a folder has weights.</summary>
    public static bool Exist(string folder) => File.Exists(System.IO.Path.Combine(folder, Checkpoint.WeightsFile)) || File.Exists(System.IO.Path.Combine(folder, IndexFile));

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
                weights.Add(single, null);
            else
                foreach (var file in Index(weights.Path).GroupBy(entry => entry.File))
                    weights.Add(System.IO.Path.Combine(folder, file.Key), [.. file.Select(entry => entry.Name)]);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The file that holds a tensor, or null.</summary>
    public SafetensorsReader? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var reader in _readers)
            reader.Dispose();
    }

    private void Add(string path, string[]? promised)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{Path} lists {Excerpt.Of(System.IO.Path.GetFileName(path))}, which is not there", path);
        var reader = new SafetensorsReader(path);
        _readers.Add(reader);
        foreach (var name in promised ?? [.. reader.Names])
            if (!reader.Contains(name))
                throw new InvalidDataException($"{path}: tensor {Excerpt.Of(name)} is missing, which {IndexFile} promises");
            else
                _byName[name] = reader;
    }

    private static List<(string Name, string File)> Index(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 8 });
            var entries = document.RootElement.GetProperty("weight_map").EnumerateObject().Select(entry => (entry.Name, File: entry.Value.GetString() ?? "")).ToList();
            foreach (var (name, file) in entries)
                if (file.Length == 0 || file != System.IO.Path.GetFileName(file) || file is "." or "..")
                    throw new InvalidDataException($"{path}: tensor {Excerpt.Of(name)} is said to lie in '{Excerpt.Of(file)}', which is no name of a file beside it");
            return entries;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }
}
