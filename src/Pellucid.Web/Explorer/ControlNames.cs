using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging;
using MudBlazor;

namespace Pellucid.Web.Explorer;

/// <summary>Names that controls of the library give to their parts, which only screen readers tell, in the reader's language.</summary>
internal sealed class ControlNames(ILoggerFactory loggers, Language language) : DefaultLocalizationInterceptor(loggers, null)
{
    public override LocalizedString Handle(string key, params object[] arguments) => (language.IsChinese ? key : "") switch
    {
        "MudInput_Increment" => new(key, "增加"),
        "MudInput_Decrement" => new(key, "减少"),
        "MudInput_Clear" => new(key, "清除"),
        "MudSnackbar_Close" => new(key, "关闭"),
        _ => base.Handle(key, arguments),
    };
}
