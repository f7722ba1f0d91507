using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Web.Explorer;

/// <summary>The model as it is and with what was changed, both having read the text.</summary>
/// <param name="Before">As it is.</param>
/// <param name="After">With changes; the same as before where there are none.</param>
internal sealed record Runs(ExperimentRun Before, ExperimentRun After);

/// <summary>
/// One reader's page: what is seen, and the one way from all panels to the engine. Questions of one kind supersede each
/// other: an older one that has not begun is dropped, and of one that has begun nobody hears.
/// </summary>
internal sealed class Session(LanguageModel model) : IAsyncDisposable
{
    private readonly Dictionary<string, CancellationTokenSource> _asked = [];
    private readonly Stack<ExplorerState> _past = [], _future = [];
    private Experiment? _of;
    private Runs? _runs;

    public Gpt Gpt => model.Gpt;

    public GptConfig Config => model.Gpt.Config;

    public Tokenizer Tokenizer => model.Tokenizer;

    public string ModelName => model.Name;

    public ExplorerState State { get; private set; } = new();

    public bool IsDark { get; set; }

    public bool CanUndo => _past.Count > 0;

    public bool CanRedo => _future.Count > 0;

    /// <summary>Told when <see cref="State"/> or the look of the page changed.</summary>
    public event Action? Changed;

    public void TellChanged() => Changed?.Invoke();

    /// <summary>What is seen first.</summary>
    public void Begin(ExplorerState state) => State = state;

    /// <summary>Goes on to another state; changes of the model are remembered for undoing.</summary>
    public void Set(ExplorerState state)
    {
        if (state.Equals(State))
            return;
        if (!state.Changes.SequenceEqual(State.Changes) || state.Source != State.Source)
        {
            _past.Push(State);
            _future.Clear();
        }
        State = state;
        TellChanged();
    }

    public void Undo() => Move(_past, _future);

    public void Redo() => Move(_future, _past);

    /// <summary>Has something computed about the text, after everything else that was asked of the engine.</summary>
    /// <param name="kind">Questions of the same kind supersede each other.</param>
    /// <param name="read">Runs on the engine.</param>
    /// <exception cref="OperationCanceledException">It was superseded.</exception>
    public Task<T> AskAsync<T>(string kind, Func<Runs, T> read)
    {
        var experiment = State.Experiment;
        return RunAsync(kind, _ => read(Ensure(experiment)));
    }

    /// <summary>Has something else computed on the engine.</summary>
    public async Task<T> RunAsync<T>(string kind, Func<CancellationToken, T> work)
    {
        Cancel(kind);
        var source = _asked[kind] = new CancellationTokenSource();
        var token = source.Token;
        var result = await model.Scheduler.RunAsync(() => work(token), token);
        token.ThrowIfCancellationRequested();
        return result;
    }

    /// <summary>Gives up what was asked.</summary>
    public void Cancel(string kind)
    {
        if (_asked.Remove(kind, out var before))
            before.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var kind in _asked.Keys.ToArray())
            Cancel(kind);
        try
        {
            await model.Scheduler.RunAsync(() =>
            {
                Forget();
                return true;
            });
        }
        catch (ObjectDisposedException)
        {
            Forget(); // the engine has ended, so nobody computes
        }
    }

    // Only ever on the engine's thread.
    private Runs Ensure(Experiment experiment)
    {
        if (_runs is not null && _of is not null && _of.Text == experiment.Text && _of.Source == experiment.Source && _of.Changes.SequenceEqual(experiment.Changes))
            return _runs;
        var before = _runs is not null && _of?.Text == experiment.Text ? _runs.Before : null;
        if (_runs is { } old && old.After != old.Before)
            old.After.Dispose();
        if (before is null)
            _runs?.Before.Dispose();
        (_runs, _of) = (null, null);
        before ??= new ExperimentRun(Gpt, Tokenizer, experiment with { Changes = [] });
        try
        {
            var after = experiment.Changes.Count == 0 ? before : new ExperimentRun(Gpt, Tokenizer, experiment);
            (_runs, _of) = (new Runs(before, after), experiment);
            return _runs;
        }
        catch
        {
            before.Dispose();
            throw;
        }
    }

    private void Forget()
    {
        if (_runs is { } runs && runs.After != runs.Before)
            runs.After.Dispose();
        _runs?.Before.Dispose();
        (_runs, _of) = (null, null);
    }

    private void Move(Stack<ExplorerState> from, Stack<ExplorerState> to)
    {
        if (!from.TryPop(out var other))
            return;
        to.Push(State);
        State = State with { Changes = other.Changes, Source = other.Source };
        TellChanged();
    }
}
