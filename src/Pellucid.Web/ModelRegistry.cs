using Microsoft.AspNetCore.Http;
using Pellucid.Generation;
using Pellucid.Web.Api;

namespace Pellucid.Web;

/// <summary>A model that can be asked for by its names.</summary>
/// <param name="Name">What programs call it.</param>
/// <param name="Load">Loads it.</param>
public sealed record ModelSource(string Name, Func<LanguageModel> Load)
{
    /// <summary>Other names of it.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Bytes that it takes, about.</summary>
    public long Bytes { get; init; }

    /// <summary>What it has in common with every other model of the same word, such as the weights that several adapters stand beside;
    /// null for nothing.</summary>
    public string? Base { get; init; }

    /// <summary>Those of <see cref="Bytes"/> that are taken once by all models of one <see cref="Base"/>.</summary>
    public long BaseBytes { get; init; }

    /// <summary>Gives the model back.</summary>
    public Func<LanguageModel, ValueTask> Unload { get; init; } = model => model.DisposeAsync();
}

/// <summary>
/// The models of a server by their names. Each is loaded when it is first asked for; where they do not all fit the memory that they may
/// take, the one that has not been asked for the longest, and that nobody uses, is given back first.
/// </summary>
public sealed class ModelRegistry : IAsyncDisposable
{
    private const string Latest = ":latest"; // as clients of Ollama say

    private readonly List<Held> _models;
    private readonly long _memory;
    private readonly SemaphoreSlim _loading = new(1);
    private readonly object _lock = new();
    private TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _uses;

    /// <summary>Of those models.</summary>
    /// <param name="models">The first one is meant where a request names none.</param>
    /// <param name="memory">Bytes that they may take together, about; one always may.</param>
    /// <exception cref="ArgumentException">There is none, or two have the same name.</exception>
    public ModelRegistry(IReadOnlyList<ModelSource> models, long memory = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(models);
        (_models, _memory) = ([.. models.Select(model => new Held(model))], memory);
        if (_models.Count == 0)
            throw new ArgumentException("there must be a model to serve");
        if (models.SelectMany(one => one.Aliases.Append(one.Name).Distinct()).GroupBy(name => name)
            .FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"two models are called '{twice.Key}'; give one of them another name");
    }

    /// <summary>One model that is loaded already, and stays its owner's.</summary>
    internal ModelRegistry(LanguageModel model, IReadOnlyList<string> aliases)
        : this([new ModelSource(model.Name, () => model) { Aliases = [.. aliases.Where(alias => alias != model.Name).Distinct()] }]) =>
        (_models[0].Model, _models[0].IsKept) = (model, true);

    /// <summary>Loads the first model, which is kept as long as the others leave it memory.</summary>
    public async Task<LanguageModel> LoadFirstAsync(CancellationToken cancellation = default)
    {
        using var lease = await UseAsync(null, cancellation);
        return lease.Model;
    }

    /// <summary>The models, and those of them that are loaded.</summary>
    internal IReadOnlyList<(ModelSource Source, LanguageModel? Model)> All
    {
        get
        {
            lock (_lock)
                return [.. _models.Select(one => (one.Source, one.Model))];
        }
    }

    /// <summary>The model of a name, to be used until the lease is given back.</summary>
    /// <param name="name">A name or an alias; null for the first model.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    internal async Task<ModelLease> UseAsync(string? name, CancellationToken cancellation)
    {
        var held = Find(name);
        lock (_lock)
            if (held.Model is not null)
                return Lease(held);
        await _loading.WaitAsync(cancellation);
        try
        {
            while (true)
            {
                Task released;
                (Held Held, LanguageModel Model)? leaving = null;
                lock (_lock)
                {
                    if (held.Model is not null)
                        return Lease(held);
                    released = _released.Task;
                    if (!Fits(held) && _models.Where(one => one is { Model: not null, Users: 0, IsKept: false }).MinBy(one => one.LastUse)
                        is { } oldest)
                        (leaving, oldest.Model) = ((oldest, oldest.Model!), null);
                    else if (Fits(held))
                        released = Task.CompletedTask;
                }
                if (leaving is { } one)
                    await one.Held.Source.Unload(one.Model);
                else if (!released.IsCompleted)
                    await released.WaitAsync(cancellation);
                else
                    break;
            }
            var model = await Task.Run(held.Source.Load, cancellation);
            lock (_lock)
            {
                held.Model = model;
                return Lease(held);
            }
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>The same for a request, which waits no longer than it may take.</summary>
    internal async Task<ModelLease> UseAsync(string? name, RequestTime time, HttpContext context)
    {
        using var ended = time.Begin(context);
        return await UseAsync(name, ended.Token);
    }

    /// <summary>The model of a name.</summary>
    internal ModelSource Source(string? name) => Find(name).Source;

    private Held Find(string? name) => name is null ? _models[0] : Called(name)
        ?? (name.EndsWith(Latest, StringComparison.Ordinal) ? Called(name[..^Latest.Length]) : null)
        ?? throw new ApiException(StatusCodes.Status404NotFound, $"there is no model '{name}' here; there "
            + (_models.Count == 1 ? $"is '{_models[0].Source.Name}'"
                : $"are '{string.Join("', '", _models.Select(one => one.Source.Name))}'"),
            "model_not_found", "model");

    private Held? Called(string name) => _models.Find(one => one.Source.Name == name || one.Source.Aliases.Contains(name));

    private bool Fits(Held held)
    {
        var together = _models.Where(one => one.Model is not null).Append(held).Select(one => one.Source).ToArray();
        return together.Length == 1 || together.Sum(one => (decimal)one.Bytes)
            - together.Where(one => one.Base is not null).GroupBy(one => one.Base)
                .Sum(group => group.Skip(1).Sum(one => (decimal)one.BaseBytes)) <= _memory;
    }

    private ModelLease Lease(Held held)
    {
        (held.Users, held.LastUse) = (held.Users + 1, ++_uses);
        return new ModelLease(held.Model!, () =>
        {
            lock (_lock)
            {
                if (--held.Users > 0)
                    return;
                _released.TrySetResult();
                _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        });
    }

    /// <summary>Waits for what runs and gives back the memory of all models that it has loaded.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var held in _models)
            if (held is { Model: { } model, IsKept: false })
                await held.Source.Unload(model);
        _loading.Dispose();
    }

    private sealed class Held(ModelSource source)
    {
        public ModelSource Source => source;

        public LanguageModel? Model { get; set; }

        public int Users { get; set; }

        public long LastUse { get; set; }

        public bool IsKept { get; set; }
    }
}

/// <summary>A model in use: it is not given back meanwhile.</summary>
internal sealed class ModelLease(LanguageModel model, Action release) : IDisposable
{
    private Action? _release = release;

    public LanguageModel Model => model;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
