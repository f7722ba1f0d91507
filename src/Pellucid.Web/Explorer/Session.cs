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
internal sealed class Session(ModelRegistry models, FactsOfModels facts, ReaderLanguage language) : IAsyncDisposable
{
    // How long is waited for memory that others use.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private ModelLease? _lease;
    private LanguageModel? _model;
    private bool _isLeaving, _isGone;
    private readonly Dictionary<string, CancellationTokenSource> _asked = [];
    private readonly Stack<ExplorerState> _past = [], _future = [];
    private Experiment? _of;
    private Runs? _runs;
    private bool _isTyping;

    /// <summary>What this page can go on to.</summary>
    public IReadOnlyList<string> ModelNames => [.. models.All.Select(one => one.Source.Name)];

    /// <summary>What is true of the model whatever it reads.</summary>
    public ModelFacts Facts => facts.Of(Model);

    public Gpt Gpt => Facts.Gpt;

    /// <summary>Its weights without what an adapter has learned.</summary>
    public Gpt BaseGpt => Model.Gpt;

    public GptConfig Config => Model.Gpt.Config;

    /// <summary>Tokens that a text may have: those of the shape, or fewer where the model was loaded for fewer.</summary>
    public int Context => Model.Gpt.Context;

    public Tokenizer Tokenizer => Model.Tokenizer;

    /// <summary>Where texts begin and end.</summary>
    public SpecialTokens Specials => Model.Specials;

    /// <summary>The token before every text, where the model has one.</summary>
    public int? PromptBegin => Model.PromptBegin;

    public string ModelName => Model.Name;

    /// <summary>The model that is looked at.</summary>
    public LanguageModel Model => _model ?? throw new InvalidOperationException("no model is there yet");

    /// <summary>Tokens of a text, after the begin token where the model has one before every prompt.</summary>
    public int[] Encode(string text) => Encode(Model, text);

    public ExplorerState State { get; private set; } = new();

    public bool IsDark { get; set; }

    public bool CanUndo => _past.Count > 0;

    public bool CanRedo => _future.Count > 0;

    /// <summary>Told when another model is looked at: what was found in the one before is of it alone.</summary>
    public event Action? ModelChanged;

    /// <summary>Told when <see cref="State"/> or the look of the page changed.</summary>
    public event Action? Changed;

    public void TellChanged() => Changed?.Invoke();

    /// <summary>Whether there is a model to look at: the first may wait in vain for memory that others use.</summary>
    public bool HasModel => _model is not null;

    /// <summary>Whether the address names another model than the one that is looked at.</summary>
    public bool WantsOtherModel => _model is null || (State.Model.Length > 0 ? State.Model : ModelNames[0]) != ModelName;

    /// <summary>Goes on to the model that the address names, which is loaded where it is not yet; where it cannot be had, back to the
    /// one before, and why is thrown.</summary>
    /// <exception cref="Api.ApiException">There is none of that name.</exception>
    /// <exception cref="NotSupportedException">Others use the memory that it needs.</exception>
    public async Task UseModelAsync()
    {
        var (before, wanted) = (_model?.Name, State.Model);
        await LeaveModelAsync();
        try
        {
            await EnterModelAsync(wanted.Length > 0 ? wanted : null);
        }
        catch (Exception) when (!_isGone)
        {
            State = State with { Model = before is null || before == ModelNames[0] ? "" : before };
            await EnterModelAsync(before);
            throw;
        }
        if (State.Model == wanted) // an alias is an address of it too; or meanwhile the reader went on to another one
            State = State with { Model = ModelName == ModelNames[0] ? "" : ModelName };
        State = State with
        {
            Layer = Math.Clamp(State.Layer, 0, Config.Layers - 1), Head = Math.Clamp(State.Head, 0, Config.Heads - 1),
        };
        if (before is not null) // positions and places are those of another one's tokens and layers
            State = State with { Position = -1, Key = -1, Place = "", Step = 0 };
        ModelChanged?.Invoke();
    }

    /// <summary>Has something computed of this model and another one beside it, in the order of their names: so nobody waits for whom
    /// waits for him.</summary>
    public async Task<T> BesideAsync<T>(string kind, string other, Func<LanguageModel, Gpt, T> compare)
    {
        var model = Model;
        using var lease = await TakeAsync(other);
        if (_isLeaving || model != Model)
            throw new OperationCanceledException();
        var beside = lease.Model;
        Cancel(kind);
        var source = _asked[kind] = new CancellationTokenSource();
        var (first, second) = string.CompareOrdinal(model.Name, beside.Name) < 0 ? (model, beside) : (beside, model);
        return await WaitAsync(kind, source.Token, () => first.Scheduler.RunAsync(() => second.Scheduler.RunAsync(
            () => compare(beside, facts.Of(beside).Gpt), source.Token).GetAwaiter().GetResult(), source.Token));
    }

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
    /// <exception cref="OperationCanceledException">It was superseded.</exception>
    /// <exception cref="StoppedException">The reader stopped it.</exception>
    public async Task<T> RunAsync<T>(string kind, Func<CancellationToken, T> work)
    {
        if (_isLeaving)
            throw new OperationCanceledException();
        Cancel(kind);
        var source = _asked[kind] = new CancellationTokenSource();
        var (token, gpt) = (source.Token, Gpt);
        return await WaitAsync(kind, token, () => Model.Scheduler.RunAsync(() =>
        {
            gpt.Interruption = token; // so that a large model is not heard to the end by nobody
            try
            {
                return work(token);
            }
            finally
            {
                gpt.Interruption = default;
            }
        }, token));
    }

    /// <summary>What was asked of the engine and is not answered.</summary>
    public WaitingQuestions Waiting { get; } = new();

    /// <summary>Gives up all that was asked, as the reader wishes it; what asked says so.</summary>
    public void Stop()
    {
        foreach (var kind in Waiting.Stop())
            Cancel(kind);
    }

    /// <summary>Gives up what was asked.</summary>
    public void Cancel(string kind)
    {
        if (_asked.Remove(kind, out var before))
            before.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        await LeaveModelAsync();
    }

    // Tells that somebody waits, and whether who asked gave it up himself.
    private async Task<T> WaitAsync<T>(string kind, CancellationToken token, Func<Task<T>> ask)
    {
        var asked = Waiting.Ask(kind);
        try
        {
            var result = await ask();
            token.ThrowIfCancellationRequested();
            return result;
        }
        catch (OperationCanceledException error) when (asked.IsStopped)
        {
            throw new StoppedException(error);
        }
        finally
        {
            Waiting.End(asked);
        }
    }

    public static int[] Encode(LanguageModel model, string text) =>
        model.PromptBegin is { } begin ? [begin, .. model.Tokenizer.Encode(text)] : model.Tokenizer.Encode(text);

    // With an adapter, the weights are put together before anything is asked.
    private async Task<ModelLease> TakeAsync(string? name)
    {
        using var patience = new CancellationTokenSource(LongestWait);
        ModelLease lease;
        try
        {
            lease = await models.UseAsync(name, patience.Token);
        }
        catch (OperationCanceledException error)
        {
            throw new NotSupportedException(language["text.there-is-not-enough-memory"], error);
        }
        try
        {
            await lease.Model.Scheduler.RunAsync(() => facts.Of(lease.Model).Gpt);
            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private async Task EnterModelAsync(string? name)
    {
        var lease = await TakeAsync(name);
        if (_isGone) // the page was closed while the model was loaded
        {
            lease.Dispose();
            throw new OperationCanceledException();
        }
        (_lease, _model, _isLeaving) = (lease, lease.Model, false);
    }

    // What panels still ask before they are gone would be asked of the model that is left.
    private async Task LeaveModelAsync()
    {
        _isLeaving = true;
        foreach (var kind in _asked.Keys.ToArray())
            Cancel(kind);
        if (_lease is not { } lease)
            return;
        _lease = null;
        try
        {
            await Model.Scheduler.RunAsync(() =>
            {
                Forget();
                return true;
            });
        }
        catch (ObjectDisposedException)
        {
            Forget(); // the engine has ended, so nobody computes
        }
        lease.Dispose();
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
        before ??= new ExperimentRun(Gpt, Tokenizer, experiment with { Changes = [] }, Model.PromptBegin);
        try
        {
            var after = experiment.Changes.Count == 0 ? before : new ExperimentRun(Gpt, Tokenizer, experiment,
                Model.PromptBegin, Facts.Dictionaries, before);
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
        if (count > Context)
            throw new ArgumentException(language["text.the-text-has-tokens-and", count, Context]);
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
