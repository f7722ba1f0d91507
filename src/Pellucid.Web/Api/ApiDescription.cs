using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Pellucid.Web.Api;

/// <summary>What the description of the API says beside its paths: who serves it, and that it may need a key.</summary>
internal sealed class ApiDescription(HostOptions options) : IOpenApiDocumentTransformer
{
    private const string Key = "key";

    /// <summary>The version of this server.</summary>
    public static string Version { get; } = typeof(ApiDescription).Assembly.GetName().Version?.ToString(3) ?? "0";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info.Title = "Pellucid";
        document.Info.Version = Version;
        document.Info.Description = "Language models in the way of OpenAI's API, with what goes on inside of them.";
        document.Info.License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" };
        foreach (var server in document.Servers ?? [])
            server.Url = server.Url?.TrimEnd('/');
        foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
            tag.Description = "What programs can ask for, in the ways of OpenAI, Ollama, vLLM and llama.cpp's server";
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Key] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A key, where the server asks for one",
        };
        var needed = new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Key, document)] = [] };
        document.Security = options.ApiKeys.Count > 0 ? [needed] : [new OpenApiSecurityRequirement(), needed];
        return Task.CompletedTask;
    }
}
