using System.Globalization;
using Microsoft.AspNetCore.Components;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>A panel: it asks the engine for what it shows whenever what is seen changes,
/// and tells in one line what cannot be shown.</summary>
public abstract class Panel : ComponentBase, IDisposable
{
    [Inject]
    internal Session Session { get; set; } = null!;

    [Inject]
    internal ReaderLanguage T { get; set; } = null!;

    private protected ModelFacts Facts => Session.Facts;

    private protected ExplorerState State => Session.State;

    /// <summary>Why nothing can be shown; null where it can.</summary>
    protected string? Problem { get; private set; }

    protected bool IsBusy { get; private set; }

    /// <summary>Whether the reader has left it: after every wait what it holds may be disposed of.</summary>
    protected bool IsGone { get; private set; }

    /// <summary>Asks for what is shown.</summary>
    protected abstract Task LoadAsync();

    protected override void OnInitialized() => Session.Changed += Reload;

    protected override Task OnInitializedAsync() => TryAsync(LoadAsync);

    private protected void Set(ExplorerState state) => Session.Set(state);

    /// <summary>Does something that the engine may refuse, or that something newer may supersede.</summary>
    protected async Task TryAsync(Func<Task> work)
    {
        try
        {
            IsBusy = true;
            await work();
            Problem = null;
        }
        catch (OperationCanceledException)
        {
            return; // whoever superseded it shows something
        }
        catch (StoppedException)
        {
            Problem = T["waiting.this-was-stopped"];
        }
        catch (Exception error) when (T.Refusal(error) is { } refusal)
        {
            Problem = refusal;
        }
        finally
        {
            IsBusy = false;
            if (!IsGone)
                StateHasChanged();
        }
    }

    private protected static string Number(double value) =>
        double.IsNaN(value) ? "–" : value.ToString("0.000", CultureInfo.InvariantCulture);

    private protected static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    protected string Show(int token) => Session.Tokenizer.Show(token);

    /// <summary>The position that is looked at, within a text of that many tokens.</summary>
    protected int PositionIn(int count) => State.Position < 0 || State.Position >= count ? count - 1 : State.Position;

    public virtual void Dispose()
    {
        IsGone = true;
        Session.Changed -= Reload;
    }

    private void Reload() => InvokeAsync(() => IsGone ? Task.CompletedTask : TryAsync(LoadAsync));
}
