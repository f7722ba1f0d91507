using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer;

/// <summary>The model as it is and with what was changed, both having read the text.</summary>
/// <param name="Before">As it is.</param>
/// <param name="After">With changes; the same as before where there are none.</param>
internal sealed record Runs(ExperimentRun Before, ExperimentRun After);

/// <summary>
/// One reader's page: what is seen, and the one way from all panels to the engine. Questions of one kind supersede each
/// other: an older one that has not begun is dropped, and of one that has begun nobody hears.
/// </summary>
internal sealed class Session(LanguageModel model, ReaderLanguage language) : IAsyncDisposable
{
    private readonly Dictionary<string, CancellationTokenSource> _asked = [];
    private readonly Stack<ExplorerState> _past = [], _future = [];
    private Experiment? _of;
    private Runs? _runs;
    private bool _isTyping;

    public Gpt Gpt => model.Gpt;

    public GptConfig Config => model.Gpt.Config;

    public Tokenizer Tokenizer => model.Tokenizer;

    /// <summary>Where texts begin and end.</summary>
    public SpecialTokens Specials => model.Specials;

    public string ModelName => model.Name;

    /// <summary>Tokens of a text, after the begin token where the model has one before every prompt.</summary>
    public int[] Encode(string text) => model.PromptBegin is { } begin ? [begin, .. Tokenizer.Encode(text)] : Tokenizer.Encode(text);

    public ExplorerState State { get; private set; } = new();

    public bool IsDark { get; set; }

    public bool CanUndo => _past.Count > 0;

    public bool CanRedo => _future.Count > 0;

    /// <summary>Told when <see cref="State"/> or the look of the page changed.</summary>
    public event Action? Changed;

    public void TellChanged() => Changed?.Invoke();

    /// <summary>What is seen first.</summary>
    public void Begin(ExplorerState state) => State = state;

    /// <summary>Goes on to another state; other texts and other changes of the model are remembered for undoing.</summary>
    /// <param name="state">What is seen next.</param>
    /// <param name="isTyping">Whether a letter was typed: what is typed without doing anything else is undone at once.</param>
    public void Set(ExplorerState state, bool isTyping = false)
    {
        if (state.Equals(State))
            return;
        if (!IsSame(state.Experiment, State.Experiment))
        {
            if (!isTyping || !_isTyping)
                _past.Push(State);
            _future.Clear();
        }
        (State, _isTyping) = (state, isTyping);
        TellChanged();
    }

    /// <summary>Shows an experiment, where it is seen.</summary>
    public void Open(Experiment experiment) => Set(State with
    {
        Panel = experiment.Measure is null ? PanelName.Intervene : PanelName.Experiments,
        Text = experiment.Text, Source = experiment.Source, Changes = experiment.Changes, Position = -1, Key = -1,
        Answer = experiment.Answer ?? State.Answer, Wrong = experiment.Wrong ?? State.Wrong,
        Measure = experiment.Measure ?? State.Measure,
    });

    public void Undo() => Move(_past, _future);

    public void Redo() => Move(_future, _past);

    /// <summary>Has something computed about the text, after everything else that was asked of the engine.</summary>
    /// <param name="kind">Questions of the same kind supersede each other.</param>
    /// <param name="read">Runs on the engine.</param>
    /// <exception cref="OperationCanceledException">It was superseded.</exception>
    public Task<T> AskAsync<T>(string kind, Func<Runs, T> read)
    {
        var experiment = State.Experiment;
        return RunAsync(kind, _ =>
        {
            RequireRoom(experiment.Text);
            return read(Ensure(experiment));
        });
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
        if (_runs is not null && _of is not null && IsSame(_of, experiment))
            return _runs;
        var before = _runs is not null && _of?.Text == experiment.Text ? _runs.Before : null;
        if (_runs is { } old && old.After != old.Before)
            old.After.Dispose();
        if (before is null)
            _runs?.Before.Dispose();
        (_runs, _of) = (null, null);
        before ??= new ExperimentRun(Gpt, Tokenizer, experiment with { Changes = [] }, model.PromptBegin);
        try
        {
            var after = experiment.Changes.Count == 0 ? before : new ExperimentRun(Gpt, Tokenizer, experiment, model.PromptBegin);
            (_runs, _of) = (new Runs(before, after), experiment);
            return _runs;
        }
        catch
        {
            before.Dispose();
            throw;
        }
    }

    private static bool IsSame(Experiment one, Experiment other) =>
        one.Text == other.Text && one.Source == other.Source && one.Changes.SequenceEqual(other.Changes);

    private void RequireRoom(string text)
    {
        var count = Encode(text).Length;
        if (text.Length == 0)
            throw new ArgumentException(language["text.the-text-is-empty-write"]);
        if (count > Config.Context)
            throw new ArgumentException(language["text.the-text-has-tokens-and", count, Config.Context]);
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
        _isTyping = false;
        var (position, key) = other.Text == State.Text ? (State.Position, State.Key) : (other.Position, other.Key);
        State = State with { Text = other.Text, Changes = other.Changes, Source = other.Source, Position = position, Key = key };
        TellChanged();
    }
}
