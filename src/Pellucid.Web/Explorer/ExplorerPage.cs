using Microsoft.AspNetCore.Builder;

namespace Pellucid.Web.Explorer;

/// <summary>The page for people.</summary>
internal static class ExplorerPage
{
    public static void AddServices(WebApplicationBuilder builder)
    {
    }

    public static void Map(WebApplication application)
    {
    }
}
