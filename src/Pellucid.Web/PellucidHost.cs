using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Pellucid.Generation;
using Pellucid.Web.Api;
using Pellucid.Web.Explorer;

namespace Pellucid.Web;

/// <summary>Builds the one web application: a model, loaded once, for programs and, if wanted, for people.</summary>
internal static class PellucidHost
{
    public static WebApplication Create(LanguageModel model, HostOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, ApplicationName = typeof(PellucidHost).Assembly.GetName().Name });
        builder.WebHost.UseUrls(options.Urls);
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
