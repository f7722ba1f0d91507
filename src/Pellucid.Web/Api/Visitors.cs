using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Pellucid.Web.Api;

/// <summary>
/// Turns away browsers that were led here. A page of a foreign name may resolve that name to loopback (DNS rebinding), so on loopback
/// only names of loopback are answered, and those that were allowed; and what changes or computes something is answered to pages of
/// this very server alone, and to origins that were allowed.
/// </summary>
internal sealed class Visitors(HostOptions options) : IMiddleware
{
    private const string Explorer = "/_blazor", AnyOrigin = "*", RememberedSeconds = "600";

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var (request, response) = (context.Request, context.Response);
        if (!IsKnown(request.Host, context.Connection.LocalIpAddress))
            throw Forbidden($"this server is not called '{request.Host.Host}' (see --allowed-hosts)", "unknown_host");
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0 || IsOwn(origin, request.Host))
            return next(context);
        var isAllowed = options.CorsOrigins.Contains(AnyOrigin) || options.CorsOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
        var isExplorer = request.Path.StartsWithSegments(Explorer);
        var isReading = HttpMethods.IsGet(request.Method);
        if (isExplorer || !isAllowed && !isReading)
            throw Forbidden($"pages of {origin} are not answered here (see --cors-origins)", "unknown_origin");
        if (!isAllowed)
            return next(context); // without the header that lets a page read the answer
        response.OnStarting(() => // a refusal begins its headers anew
        {
            response.Headers.AccessControlAllowOrigin = origin;
            response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
            return Task.CompletedTask;
        });
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod.Count == 0)
            return next(context);
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowMethods = "GET, HEAD, POST, DELETE";
        response.Headers.AccessControlAllowHeaders = request.Headers.AccessControlRequestHeaders;
        response.Headers.AccessControlMaxAge = RememberedSeconds;
        return Task.CompletedTask;
    }

    private bool IsKnown(HostString host, IPAddress? local)
    {
        if (!host.HasValue || IsLoopback(host.Host) || options.AllowedHosts.Contains(host.Host, StringComparer.OrdinalIgnoreCase))
            return true; // browsers always say a name
        var isOnLoopback = local is null || IPAddress.IsLoopback(local);
        return !isOnLoopback && (options.AllowedHosts.Count == 0 || IPAddress.TryParse(host.Host.Trim('[', ']'), out _));
    }

    private static bool IsLoopback(string name) => name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(name.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);

    // Behind a proxy the scheme may be another one.
    private static bool IsOwn(string origin, HostString host) => origin.Split("://") is [_, var authority]
        && authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase);

    private static ApiException Forbidden(string message, string code) => new(StatusCodes.Status403Forbidden, message, code);
}
