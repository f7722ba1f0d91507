using Microsoft.AspNetCore.Builder;

namespace Pellucid.Web.Api;

/// <summary>What programs ask for, by path.</summary>
internal static class ApiRoutes
{
    public static void AddServices(WebApplicationBuilder builder)
    {
    }

    public static void Map(WebApplication application)
    {
        application.MapGet("/health", () => "ok");
    }
}
