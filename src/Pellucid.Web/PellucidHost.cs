using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Pellucid.Generation;
using Pellucid.Web.Api;
using Pellucid.Web.Explorer;

namespace Pellucid.Web;

/// <summary>Builds the one web application: models for programs and, if wanted, for people.</summary>
public static class PellucidHost
{
    private const int LongestAddress = 256 << 10;

    // What is ended then is told why.
    private static readonly TimeSpan ToldWhy = TimeSpan.FromSeconds(5);

    /// <summary>Whether the explorer's page is part of this build; a native or trimmed one is without it:
    /// Blazor puts it together at run time.</summary>
    [FeatureSwitchDefinition("Pellucid.Explorer.IsSupported")]
    public static bool HasExplorer => !AppContext.TryGetSwitch("Pellucid.Explorer.IsSupported", out var isSupported) || isSupported;

    /// <summary>An application that is to be started.</summary>
    /// <param name="model">What is offered; it is not disposed of with the application.</param>
    /// <param name="options">How.</param>
    /// <exception cref="NotSupportedException">The explorer is asked for, and <see cref="HasExplorer"/> is false.</exception>
    public static WebApplication Create(LanguageModel model, HostOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        return Create(new ModelRegistry(model, options.Aliases), options);
    }

    /// <summary>An application that offers several models, each by its name.</summary>
    /// <param name="models">What is offered; it is not disposed of with the application.</param>
    /// <param name="options">How; the page for people shows the first model, and goes on to others.</param>
    /// <exception cref="NotSupportedException">The explorer is asked for, and <see cref="HasExplorer"/> is false.</exception>
    public static WebApplication Create(ModelRegistry models, HostOptions options)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(options);
        if (options.HasExplorer && !HasExplorer)
            throw new NotSupportedException(
                "this program was built native or trimmed, without the explorer's page, which needs the .NET runtime");
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(PellucidHost).Assembly.GetName().Name
        });
        builder.WebHost.UseUrls(options.Urls);
        if (options.Certificates.Count > 0)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server =>
        {
            if (options.Certificates.Count > 0)
                server.ConfigureHttpsDefaults(https =>
                    (https.ServerCertificate, https.ServerCertificateChain) = (options.Certificates[0], [.. options.Certificates.Skip(1)]));
            server.Limits.MaxRequestBodySize = options.MostBodyBytes;
            server.AddServerHeader = false;
            if (options.HasExplorer)
                // the address holds the text
                (server.Limits.MaxRequestLineSize, server.Limits.MaxRequestHeadersTotalSize) = (LongestAddress, 2 * LongestAddress);
        });
        // a start that fails is told by whoever started
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host =>
            host.ShutdownTimeout = options.ShutdownTime + ToldWhy);
        builder.Services.AddSingleton(models).AddSingleton(options);
        ApiRoutes.AddServices(builder);
        if (HasExplorer && options.HasExplorer)
            ExplorerPage.AddServices(builder);
        var application = builder.Build();
        ApiRoutes.Map(application);
        if (HasExplorer && options.HasExplorer)
            ExplorerPage.Map(application);
        return application;
    }
}
