using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pellucid.Generation;
using Pellucid.Web.Api;
using Pellucid.Web.Explorer;

namespace Pellucid.Web;

/// <summary>Builds the one web application: a model, loaded once, for programs and, if wanted, for people.</summary>
internal static class PellucidHost
{
    private const int LongestAddress = 256 << 10;

    public static WebApplication Create(LanguageModel model, HostOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, ApplicationName = typeof(PellucidHost).Assembly.GetName().Name });
        builder.WebHost.UseUrls(options.Urls);
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.Limits.MaxRequestBodySize = options.MostBodyBytes;
            server.AddServerHeader = false;
            if (options.HasExplorer)
                (server.Limits.MaxRequestLineSize, server.Limits.MaxRequestHeadersTotalSize) = (LongestAddress, 2 * LongestAddress); // the address holds the text
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // a start that fails is told by whoever started
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = options.ShutdownTime);
        builder.Services.AddSingleton(model).AddSingleton(options);
        ApiRoutes.AddServices(builder);
        if (options.HasExplorer)
            ExplorerPage.AddServices(builder);
        var application = builder.Build();
        ApiRoutes.Map(application);
        if (options.HasExplorer)
            ExplorerPage.Map(application);
        return application;
    }
}
