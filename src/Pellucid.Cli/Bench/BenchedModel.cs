using System.CommandLine;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Cli.Bench;

/// <summary>A model that is timed: a shape with random weights, or one from files, its weights as they are stored there.</summary>
internal sealed class BenchedModel
{
    private readonly string? _path;
    private readonly ElementType _weights;

    /// <summary>Random weights.</summary>
    public BenchedModel(GptConfig config, ElementType weights) => (Config, _weights) = (config, weights);

    /// <summary>A folder or a GGUF file.</summary>
    public BenchedModel(string path) =>
        (_path, Config, _weights) = (path, Checkpoint.LoadConfig(ModelFolder.Resolve(path)), ElementType.Mixed);

    /// <summary>Its shape.</summary>
    public GptConfig Config { get; }

    /// <summary>Its name and how weights are stored.</summary>
    public string Description => _path is null ? $"{Config.Parameters} parameters, weights {_weights.Name()}"
        : $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(_path))} of {Config.Parameters} parameters";

    /// <summary>Loads or makes it.</summary>
    /// <exception cref="NotSupportedException">It does not fit into memory.</exception>
    public Gpt Create(ParseResult words, Backend backend, int sequences, int positions)
    {
        if (_path is not null)
        {
            MemoryLimit.CheckRunning(words, _path, _weights);
            return ModelFolder.LoadGpt(_path, backend, _weights);
        }
        MemoryLimit.CheckRunning(words, Config, _weights, sequences, positions);
        var gpt = new Gpt(Config, backend, weights: _weights);
        gpt.Initialize(1);
        return gpt;
    }
}
