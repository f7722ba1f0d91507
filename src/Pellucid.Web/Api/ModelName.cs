using Microsoft.AspNetCore.Http;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>The one model there is, and requests for others.</summary>
internal static class ModelName
{
    /// <summary>Refuses a request for another model.</summary>
    public static void Check(string? asked, LanguageModel model, HostOptions options)
    {
        if (asked is not null && asked != model.Name && !options.Aliases.Contains(asked))
            throw new ApiException(StatusCodes.Status404NotFound,
                $"there is no model '{asked}' here; there is '{model.Name}'", "model_not_found", "model");
    }
}
