using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>
/// Continues many texts at once (Yu et al. 2022, "Orca"): a step is one forward over a token of every text that is being
/// written and a bounded number of tokens of prompts, so that a long prompt holds nobody up, and weights are read once
/// for all. What a text becomes does not depend on its company: it is what <see cref="Generator"/> would write. Other
/// work with the model is done between steps, one job at a time, on the same thread.
/// </summary>
public sealed partial class Scheduler : IAsyncDisposable
{
    private readonly Gpt _gpt;
    private readonly SchedulerOptions _options;
    private readonly Arena _arena;
    private readonly TokenRows _rows;
    private readonly KeyValueStore _store;
    private readonly PrefixCache _prefixes;
    private readonly GptRun _run;
    private readonly ConcurrentBag<SamplerMemory> _memories = [];
    private readonly ParallelOptions _parallel;
    private readonly Stack<int> _freeSlots = new();
    private readonly List<ScheduledText> _running = [];
    private readonly List<ScheduledText> _late = [];
    private readonly List<int> _wanted = [];
    private readonly Task _loop;
    private Tensor _stepLogits; // (wanted rows, V)
    private float[] _logits = [];
    private int[] _logitRows = [];
    private int _slotsUsed;
    private long _admitted;

    // Under the lock: what others put in.
    private readonly object _lock = new();
    private readonly List<ScheduledText> _waiting = [];
    private readonly Queue<Action> _jobs = new();
    private bool _ended;

    /// <summary>A scheduler for that model, with a thread of its own.</summary>
    public Scheduler(Gpt gpt, SchedulerOptions options)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MostRunning, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PromptTokensAStep, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.PrefixBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(options.DraftTokens);
        (_gpt, _options) = (gpt, options);
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = gpt.Backend.Threads };
        _arena = new Arena(gpt.Backend);
        _rows = new TokenRows(gpt.Backend);
        _store = gpt.CreateStore(options.MostRunning, options.KeyValueType);
        _prefixes = new PrefixCache(_store, options.PrefixBytes);
        _run = new GptRun(new Operations(gpt.Backend, _arena)) { Store = _store, Adapter = options.Adapter };
        _loop = Task.Factory.StartNew(Loop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Texts that may be written at once.</summary>
    public int MostRunning => _options.MostRunning;

    /// <summary>Texts being read or written.</summary>
    public int Running { get; private set; }

    /// <summary>Texts waiting for their turn.</summary>
    public int Waiting { get; private set; }

    /// <summary>Forwards computed so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Tokens drafted so far, and accepted.</summary>
    public DraftCounts Drafts { get; private set; }

    /// <summary>Bytes of keys and values: of texts being read or written, and kept for texts to come.</summary>
    public long KeyValueBytes => _store.Bytes;

    /// <summary>Where they lie.</summary>
    internal KeyValueStore Store => _store;

    /// <summary>Yields the tokens of a text as they come. Whoever stops listening ends the text.</summary>
    /// <exception cref="ArgumentException">The prompt is empty, has tokens that the model does not know, or does not fit.</exception>
    /// <exception cref="QueueFullException">As many texts wait as may wait; thrown at once.</exception>
    public GeneratedTokens GenerateAsync(GenerationRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request);
        var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var text = new ScheduledText(request, _gpt.Context, ended.Token);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            ForgetCancelled();
            if (IsFull(request.Client))
                throw new QueueFullException($"{_waiting.Count} texts are waiting already");
            _waiting.Add(text);
            Monitor.Pulse(_lock);
        }
        return new GeneratedTokens(text, Listen(text, ended, cancellation));
    }

    /// <summary>Runs work on the engine while nothing else does, between the steps of texts being written.
    /// Work is best short: texts wait for it.</summary>
    /// <exception cref="QueueFullException">As many jobs wait as may wait; thrown at once.</exception>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (_jobs.Count >= _options.MostWaiting)
                throw new QueueFullException($"{_jobs.Count} jobs are waiting already");
            _jobs.Enqueue(() => Do(work, result, cancellation));
            Monitor.Pulse(_lock);
        }
        return result.Task;
    }

    private static void Do<T>(Func<T> work, TaskCompletionSource<T> result, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            result.SetCanceled(cancellation);
            return;
        }
        try
        {
            result.SetResult(work());
        }
        catch (Exception error)
        {
            result.SetException(error);
        }
    }

    private static async IAsyncEnumerable<GeneratedToken> Listen(ScheduledText text, CancellationTokenSource ended,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        try
        {
            await foreach (var token in text.Told.ReadAllAsync(cancellation))
                yield return token;
        }
        finally
        {
            await ended.CancelAsync();
            ended.Dispose();
        }
    }

    private void Check(GenerationRequest request)
    {
        if (request.Prompt.Length == 0)
            throw new ArgumentException("there must be something to continue");
        if (request.Constraint is not null && request.Vocabulary is null)
            throw new ArgumentException("a constraint needs to know the tokens: write with a LanguageModel");
        foreach (var token in request.Prompt.Concat(request.Sampling?.LogitBias.Keys ?? []))
            if ((uint)token >= (uint)_gpt.Config.VocabularySize)
                throw new ArgumentException($"token {token} is outside the vocabulary of {_gpt.Config.VocabularySize}");
        if (request.Echo && request.Prompt.Length > _gpt.Context)
            throw new ArgumentException($"a prompt of {request.Prompt.Length} tokens does not fit the context of {_gpt.Context}");
    }

    private void Loop()
    {
        while (Admit(out var job))
        {
            job?.Invoke();
            try
            {
                Step();
            }
            catch (Exception error)
            {
                var cause = error is AggregateException { InnerException: { } inner } ? inner : error;
                _running.ForEach(text => Leave(text, cause, keep: false));
                _running.Clear();
            }
        }
    }

    // Waits for something to do; false once all is done and no more will come.
    private bool Admit(out Action? job)
    {
        lock (_lock)
        {
            while (_running.Count + _waiting.Count + _jobs.Count == 0 && !_ended)
            {
                (Running, Waiting) = (0, 0);
                Monitor.Wait(_lock);
            }
            ForgetCancelled();
            Admit();
            (Running, Waiting) = (_running.Count, _waiting.Count);
            return _jobs.TryDequeue(out job) || _running.Count > 0 || !_ended;
        }
    }

    private void ForgetCancelled() => _waiting.RemoveAll(text =>
    {
        if (!text.IsCancelled)
            return false;
        text.End(new OperationCanceledException());
        return true;
    });

    private void Step()
    {
        _running.RemoveAll(text => text.IsCancelled && Leave(text, new OperationCanceledException()));
        if (_running.Count == 0)
            return;
        Gather();
        Compute();
        Choose();
        foreach (var text in _running)
            Drafts = new(Drafts.Drafted + text.Drafts.Drafted, Drafts.Accepted + text.Drafts.Accepted);
        TellRollouts();
        KeepPages();
        foreach (var text in _late)
            WaitsForAnother(text); // on one that may end with this step
        _running.RemoveAll(text => text.HasEnded && Leave(text));
    }

    // Texts choose their tokens side by side: of a large vocabulary that takes nearly as long as the forward.
    private void Choose() => Parallel.For(0, _running.Count, _parallel,
        () => _memories.TryTake(out var memory) ? memory : new SamplerMemory(), (i, _, memory) =>
    {
        var (text, vocabulary) = (_running[i], _gpt.Config.VocabularySize);
        text.Advance(_logits.AsSpan(text.FirstLogitRow * vocabulary, text.WantedRows * vocabulary), vocabulary, memory);
        return memory;
    }, _memories.Add);

    // Rows of one step. Of the tokens of prompts that its client has, each text has its even share of what shorter ones leave:
    // nobody waits long for little, and nobody for ever.
    private void Gather()
    {
        _rows.Clear();
        _wanted.Clear();
        foreach (var text in _running)
            if (text.ForgetIfFull())
                _store.Release(text.Slot);
        _late.Clear();
        foreach (var text in _running)
            if (WaitsForAnother(text))
                _late.Add(text);
        LetRest();
        _running.Sort((left, right) => left.Pending.CompareTo(right.Pending));
        SharePrompts();
        foreach (var text in _running)
        {
            if (_late.Contains(text) || _resting.Contains(text))
            {
                text.Take(0);
                continue;
            }
            text.LastStep = Steps + 1;
            var tokens = text.Take(text.Pending > 1 ? TokensOfPrompt(text) : 1, _options.DraftTokens);
            _rows.Add(tokens, text.Position, text.Slot);
            text.FirstLogitRow = _wanted.Count;
            for (var row = _rows.Count - text.WantedRows; row < _rows.Count; row++)
                _wanted.Add(row);
        }
    }

    private void Compute()
    {
        _run.Operations.Reset();
        if (_logitRows.Length != _wanted.Count) // from step to step mostly as many
            _logitRows = new int[_wanted.Count];
        _wanted.CopyTo(_logitRows);
        _run.LogitRows = _wanted.Count > 0 ? _logitRows : null;
        _run.LastLayer = _wanted.Count > 0 ? null : _gpt.Config.Layers;
        var final = _gpt.Forward(_rows, _run);
        Steps++;
        if (_wanted.Count == 0)
            return;
        if (_logits.Length < _wanted.Count * _gpt.Config.VocabularySize)
            _logits = new float[_wanted.Count * _gpt.Config.VocabularySize];
        _stepLogits = _gpt.Logits(_gpt.AtTemperature(final, _options.Temperature, _run), _run);
        _gpt.Backend.Read(_stepLogits, _logits.AsSpan(0, _wanted.Count * _gpt.Config.VocabularySize));
    }

    /// <summary>Ends once all that was asked for is done.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _ended = true;
            Monitor.Pulse(_lock);
        }
        await _loop;
        _store.Dispose();
        _rows.Dispose();
        _arena.Dispose();
    }
}
