using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Generation;

// The few calls that most programs need: a model by its name, a text that goes on, a look inside.
public sealed partial class LanguageModel
{
    /// <summary>Loads a model onto the processor. Any number of threads may use it at once: texts are written side by side, and all
    /// else waits for its turn.</summary>
    /// <param name="model">A model's folder or file; or <c>tiny</c>, the model that comes along, where nothing else has that name.</param>
    /// <param name="weights">How weights are stored, if not as they are; fewer bits are read faster.</param>
    /// <param name="threads">Threads that compute; 0 for all cores.</param>
    /// <param name="options">How much is taken on at once.</param>
    /// <exception cref="FileNotFoundException">There is no such model, or a file of it is missing.</exception>
    /// <exception cref="InvalidDataException">Files are damaged, say what is not understood, or do not fit each other.</exception>
    public static LanguageModel Load(string model, ElementType? weights = null, int threads = 0, SchedulerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        var path = Path.Exists(model) ? model : model == BuiltInModel.Name ? BuiltInModel.Folder
            : throw new FileNotFoundException($"there is no model {model}; {BuiltInModel.Name} is the one that comes along", model);
        var backend = CpuBackend.Create(threads);
        try
        {
            var loaded = Load(path, backend, weights, options);
            loaded.Owns(backend);
            return loaded;
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>The backend that the model was loaded onto is disposed with it from now on.</summary>
    public void Owns(Backend backend) => _ownBackend = backend;

    /// <summary>Goes on with a text, piece by piece as it is written, until the model ends it, a stop string comes, or so many tokens are
    /// there. Whoever stops listening ends it.</summary>
    /// <param name="prompt">The text; empty to have one begun.</param>
    /// <param name="maxTokens">Tokens to write at most.</param>
    /// <param name="sampling">How tokens are chosen; as the model's makers say if left out.</param>
    /// <param name="stops">Strings that end the text and are not part of it.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="ArgumentException">The prompt holds what no token stands for, or the options make no sense.</exception>
    /// <exception cref="QueueFullException">As many texts wait as may wait; thrown at once.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public IAsyncEnumerable<TextPiece> GenerateAsync(string prompt, int maxTokens = 200, SamplingOptions? sampling = null,
        IEnumerable<string>? stops = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 0);
        return WriteAsync(new GenerationRequest(Encode(prompt)) { MaxTokens = maxTokens, Sampling = sampling },
            stops, cancellation);
    }

    /// <summary>Reads tokens once, and keeps what is asked for of what goes on inside, after what is changed there.</summary>
    /// <param name="tokens">As <see cref="Encode"/> gives them.</param>
    /// <param name="taps">What is read and changed; without it, what the model says is kept alone.</param>
    /// <param name="cancellation">Gives up waiting for its turn.</param>
    /// <exception cref="ArgumentException">There are no tokens or too many, one is unknown, or the model has no such place.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public Task<Reading> ReadAsync(int[] tokens, Taps? taps = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        return Scheduler.RunAsync(() => Reading.Of(PlainGpt, tokens, taps), cancellation);
    }

    /// <summary>The same, and waits for it.</summary>
    /// <inheritdoc cref="ReadAsync" path="/param"/>
    /// <inheritdoc cref="ReadAsync" path="/exception"/>
    public Reading Read(int[] tokens, Taps? taps = null) => ReadAsync(tokens, taps).GetAwaiter().GetResult();
}
