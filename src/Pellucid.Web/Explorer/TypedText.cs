using Microsoft.AspNetCore.Components.Web;
using MudBlazor;

namespace Pellucid.Web.Explorer;

/// <summary>A text that is taken up a moment after the last key, so that the model is not asked at each; and at once when the field is
/// left, so that a button beside it acts on what stands there.</summary>
public sealed class TypedText : MudTextField<string>
{
    /// <summary>A field that looks as all do; every parameter may be set otherwise.</summary>
    public TypedText()
    {
        Immediate = true;
        DebounceInterval = 250;
        Variant = Variant.Outlined;
        Margin = Margin.Dense;
    }

    /// <inheritdoc/>
    protected override async Task OnBlurredAsync(FocusEventArgs obj)
    {
        await SetValueAndUpdateTextAsync(ReadText, updateText: false);
        await base.OnBlurredAsync(obj);
    }
}
