using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Pellucid.Web.Api;

/// <summary>Lets only those in who show a key, where there are keys: programs by <c>Authorization: Bearer KEY</c>, people by the
/// password that their browser asks for. What tells of the server alone needs none.</summary>
internal sealed class ApiKeys(HostOptions options) : IMiddleware
{
    private const string Bearer = "Bearer ", Basic = "Basic ";

    private static readonly PathString[] Open = ["/health", "/ready", "/openapi.json"];

    private readonly byte[][] _hashes = [.. options.ApiKeys.Select(Hash)];

    /// <summary>Who asks: whoever shows a certain key, or else whoever is at the other end of a connection.</summary>
    public static string Client(HttpContext context) => context.Items[typeof(ApiKeys)] as string ?? context.Connection.Id;

    /// <summary>Whose what is kept is: of whoever shows that key, or of all where there are no keys.</summary>
    public static string Owner(HttpContext context) => context.Items[typeof(ApiKeys)] as string ?? "";

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path;
        if (_hashes.Length == 0 || Open.Contains(path) || path == "/metrics" && !options.GuardsMetrics)
            return next(context);
        if (Shown(context.Request.Headers.Authorization.ToString()) is not { } key)
            throw new ApiException(StatusCodes.Status401Unauthorized, "an API key is needed: Authorization: Bearer KEY", "missing_api_key");
        // All are compared, each in the same time whatever it holds.
        var (shown, known) = (Hash(key), false);
        foreach (var hash in _hashes)
            known |= CryptographicOperations.FixedTimeEquals(shown, hash);
        if (!known)
            throw new ApiException(StatusCodes.Status401Unauthorized, "this API key is not known", "invalid_api_key");
        context.Items[typeof(ApiKeys)] = Convert.ToHexString(shown);
        return next(context);
    }

    private static string? Shown(string header)
    {
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return header[Bearer.Length..].Trim();
        var bytes = new byte[header.Length];
        return header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            && Convert.TryFromBase64String(header[Basic.Length..].Trim(), bytes, out var count)
            && Encoding.UTF8.GetString(bytes, 0, count).Split(':', 2) is [_, var password] ? password : null;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
