using Pellucid.Models;

namespace Pellucid.Looking.Features;

/// <summary>
/// Learns features of a model's activations while the model reads a text. A step's windows follow from seed and step, so that
/// nothing of what was read has to be kept, and a run that is resumed has the bytes of one that never stopped.
/// </summary>
public sealed class FeatureTrainer : IDisposable
{
    private readonly Gpt _gpt;
    private readonly TokenWindows _windows;
    private readonly FeatureTrainingOptions _options;
    private readonly ActivationRows _rows;
    private readonly FeatureLearner _learner;

    /// <param name="gpt">The model, which is not changed.</param>
    /// <param name="reads">What features read.</param>
    /// <param name="writes">What a transcoder writes; null of an autoencoder.</param>
    /// <param name="windows">The text.</param>
    /// <param name="options">How features are learned.</param>
    /// <param name="about">What the folder says of the model and the text; shape and places are filled in.</param>
    /// <exception cref="ArgumentException">The model has no such activation, or options contradict each other.</exception>
    public FeatureTrainer(Gpt gpt, FeaturePlace reads, FeaturePlace? writes, TokenWindows windows, FeatureTrainingOptions options,
        (string? Model, string? Data, bool BeginsTexts) about = default)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_gpt, _windows, _options) = (gpt, windows, options);
        _rows = new ActivationRows(gpt, reads, writes ?? reads);
        try
        {
            var units = Batch(0);
            var config = new FeatureConfig
            {
                Architecture = options.Architecture, Width = _rows.Width, Features = options.Features, Reads = reads, Writes = writes,
                OutputWidth = _rows.OutputWidth, K = options.Architecture == FeatureArchitecture.TopK ? options.Active : 0,
                Model = about.Model, Data = about.Data, BeginsTexts = about.BeginsTexts, Context = windows.Length,
            };
            SaeLensConfig.NameOf(config);
            _ = (reads.Hook, writes?.Hook);
            _learner = new FeatureLearner(config, options, units, gpt.Backend);
        }
        catch
        {
            _rows.Dispose();
            throw;
        }
    }

    /// <summary>Steps that are done.</summary>
    public int Step { get; private set; }

    /// <summary>Rows of a step.</summary>
    public int RowsOfStep => Windows * _windows.Length;

    /// <summary>Makes a step.</summary>
    public FeatureStep Next()
    {
        Step++;
        return _learner.Step(Step, Batch(Step));
    }

    /// <summary>The features as they are now.</summary>
    public FeatureDictionary ToDictionary() => _learner.ToDictionary();

    /// <summary>Writes all that is needed to resume, whole or not at all.</summary>
    public void Save(string path) => FeatureState.Save(path, _learner, _gpt.Backend, Step, Description);

    /// <summary>Goes on where a run of the same options ended.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or of another run; the message says what differs.</exception>
    public void Resume(string path) => Step = FeatureState.Load(path, _learner, _gpt.Backend, Description);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _learner.Dispose();
        _rows.Dispose();
    }

    private int Windows => Math.Max(1, _options.Rows / _windows.Length);

    private FeatureBatch Batch(int step) => _rows.Of(_windows.Draw(_options.Seed, step, Windows));

    private IReadOnlyList<(string Name, string Value)> Description =>
    [
        ("the shape", $"{_learner.Learned.Config}"), ("the options", $"{_options}"), ("the model", $"{_gpt.Config}"),
        ("the text", $"{_windows.Description}"),
    ];
}
