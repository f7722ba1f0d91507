using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Pellucid.Web.Api;

/// <summary>Lets only those in who show a key, where there are keys: <c>Authorization: Bearer KEY</c>.</summary>
internal sealed class ApiKeys(HostOptions options) : IMiddleware
{
    private const string Scheme = "Bearer ";

    private readonly byte[][] _hashes = [.. options.ApiKeys.Select(Hash)];

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (_hashes.Length == 0)
            return next(context);
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw new ApiException(StatusCodes.Status401Unauthorized, "an API key is needed: Authorization: Bearer KEY", "missing_api_key");
        // All are compared, each in the same time whatever it holds.
        var (shown, known) = (Hash(header[Scheme.Length..].Trim()), false);
        foreach (var hash in _hashes)
            known |= CryptographicOperations.FixedTimeEquals(shown, hash);
        return known ? next(context)
            : throw new ApiException(StatusCodes.Status401Unauthorized, "this API key is not known", "invalid_api_key");
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
