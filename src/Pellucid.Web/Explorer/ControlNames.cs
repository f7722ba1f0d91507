using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging;
using MudBlazor;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer;

/// <summary>Names that controls of the library give to their parts, which only screen readers tell, in the reader's language.</summary>
internal sealed class ControlNames(ILoggerFactory loggers, ReaderLanguage language) : DefaultLocalizationInterceptor(loggers, null)
{
    public override LocalizedString Handle(string key, params object[] arguments) => key switch
    {
        "MudInput_Increment" => new(key, language["controls.increment"]),
        "MudInput_Decrement" => new(key, language["controls.decrement"]),
        "MudInput_Clear" => new(key, language["controls.clear"]),
        "MudSnackbar_Close" => new(key, language["controls.close"]),
        _ => base.Handle(key, arguments),
    };
}
