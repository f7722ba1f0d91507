using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tokens;

namespace Pellucid.Generation;

// Several models over the same weights, each with what was learned beside them.
public sealed partial class LanguageModel
{
    private readonly Lock _besideLock = new();
    private readonly List<LanguageModel> _beside = [];
    private LanguageModel? _below;
    private bool _ownsBelow;

    /// <summary>What was learned beside the weights, and this model computes with; null for the weights alone.</summary>
    public Adapter? Adapter => _options.Adapter;

    /// <summary>The model over the same weights that has no adapter.</summary>
    public LanguageModel Base => _below ?? this;

    /// <summary>
    /// Another model over the same weights, which are not loaded again: this one with an adapter. It has a scheduler of its own, and keys
    /// and values; tokenizer, template and sampling are those of the adapter's folder where they lie there. Texts of both may be written
    /// at one time, and have the bits that they have alone. It goes with this model, or before.
    /// </summary>
    /// <param name="path">A folder in PEFT's layout, or a GGUF file.</param>
    /// <param name="name">What programs call it; the names of both with a plus between them if left out.</param>
    /// <param name="options">How much is taken on at once; as much as by this one if left out.</param>
    /// <exception cref="InvalidDataException">Files are damaged, say what is not understood, or do not fit the model.</exception>
    /// <exception cref="FileNotFoundException">One of the files is missing.</exception>
    /// <exception cref="NotSupportedException">It is a reward model's, which scores texts and writes none.</exception>
    public LanguageModel WithAdapter(string path, string? name = null, SchedulerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        if (_below is not null)
            return _below.WithAdapter(path, name, options);
        var adapter = AdapterFolder.Read(path, Gpt);
        try
        {
            if (adapter.Config.HasHead)
                throw new NotSupportedException($"{path} is a reward model's adapter, which scores texts and writes none");
            var beside = NewBeside(path, name ?? $"{Name}+{CompanionFiles.NameOf(path)}", (options ?? _options) with { Adapter = adapter });
            lock (_besideLock)
                _beside.Add(beside);
            return beside;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    // One that nobody needs this model beside: it goes with that one.
    private LanguageModel TurnedInto(string path, string? name)
    {
        try
        {
            var tuned = WithAdapter(path, name);
            tuned._ownsBelow = true;
            return tuned;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private LanguageModel NewBeside(string path, string name, SchedulerOptions options)
    {
        var hasOwn = Tokenizer.Exists(path) && File.Exists(Path.Combine(path, Checkpoint.ConfigFile));
        var tokenizer = hasOwn ? CompanionFiles.LoadTokenizer(path, Gpt.Config.VocabularySize) : Tokenizer;
        var specials = hasOwn ? CompanionFiles.LoadSpecials(path, tokenizer, Gpt.Config.VocabularySize) : Specials;
        var hasTemplate = hasOwn || CompanionFiles.HasTemplate(path);
        return new LanguageModel(name, Gpt, tokenizer, options, specials: specials)
        {
            Chat = hasTemplate ? CompanionFiles.LoadTemplate(path) : Chat, Sampling = hasOwn ? SamplingDefaults.Read(path) : Sampling,
            _below = this,
        };
    }

    private async ValueTask DisposeBesideAsync()
    {
        LanguageModel[] beside;
        lock (_besideLock)
            beside = [.. _beside];
        foreach (var model in beside)
            await model.DisposeAsync();
    }

    private ValueTask LeaveBelowAsync(LanguageModel below)
    {
        lock (below._besideLock)
            below._beside.Remove(this);
        return _ownsBelow ? below.DisposeAsync() : ValueTask.CompletedTask;
    }
}
