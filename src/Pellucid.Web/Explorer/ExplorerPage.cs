using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using Pellucid.Web.Explorer.Watching;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer;

/// <summary>The page for people: what it needs, and where its files are.</summary>
internal static class ExplorerPage
{
    private const string Files = "web/";

    public static void AddServices(WebApplicationBuilder builder)
    {
        builder.Services.AddDataProtection()
            .AddKeyManagementOptions(keys => (keys.XmlRepository, keys.XmlEncryptor) = (new KeysInMemory(), new NullXmlEncryptor()));
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        // a text of a whole context, or a saved experiment
        builder.Services.AddSignalR(options => options.MaximumReceiveMessageSize = 1 << 20);
        builder.Services.AddMudServices().AddLocalizationInterceptor<ControlNames>();
        builder.Services.AddSingleton<FactsOfModels>().AddScoped<Session>().AddScoped<CorpusReading>()
            .AddScoped<CircuitReading>().AddScoped<PairReading>().AddScoped<Notebook>().AddScoped<KeptNeurons>()
            .AddScoped<KeptFeatures>().AddScoped<FeatureFindings>()
            .AddScoped<WatchedRuns>().AddScoped<CheckpointReading>()
            .AddScoped<ReaderLanguage>();
    }

    public static void Map(WebApplication application)
    {
        var assembly = typeof(ExplorerPage).Assembly;
        var version = $"\"{assembly.ManifestModule.ModuleVersionId:N}\"";
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Files, StringComparison.Ordinal)))
            application.MapGet("/" + name[Files.Length..], context => SendAsync(context, assembly, name, version)).ExcludeFromDescription();
        if (application.Services.GetRequiredService<HostOptions>().TourReport is { } report)
            application.MapGet("/tour", context =>
            {
                context.Response.ContentType = "text/html; charset=utf-8";
                return context.Response.SendFileAsync(report, context.RequestAborted);
            }).ExcludeFromDescription();
        application.UseAntiforgery();
        application.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }

    private static async Task SendAsync(HttpContext context, Assembly assembly, string name, string version)
    {
        (context.Response.Headers.ETag, context.Response.Headers.CacheControl) = (version, "no-cache");
        if (context.Request.Headers.IfNoneMatch == version)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        context.Response.ContentType = Path.GetExtension(name) switch { ".css" => "text/css; charset=utf-8", ".svg" => "image/svg+xml", _ =>
            "text/javascript; charset=utf-8" };
        await using var file = assembly.GetManifestResourceStream(name)!;
        context.Response.ContentLength = file.Length;
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
