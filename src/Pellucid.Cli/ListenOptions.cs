using System.CommandLine;
using System.Net;
using Pellucid.Files;

namespace Pellucid.Cli;

/// <summary>Where a server listens, and to whom: for <c>serve</c> and <c>explore</c> alike.</summary>
internal static class ListenOptions
{
    private const string ApiKeyVariable = "PELLUCID_API_KEYS", DefaultHost = "127.0.0.1";
    private const int DefaultPort = 8080;

    /// <summary>What both say of keys.</summary>
    public const string Keys = $"Keys that must be shown stand in a file, one a line, or in {ApiKeyVariable}, with commas between them.";

    private static readonly Option<string?> Urls =
        new("--urls") { Description = $"Where to listen; several with ; between them (http://{DefaultHost}:8080)" };
    private static readonly Option<string?> Host = new("--host") { Description = "The address to listen on, instead of --urls" };
    private static readonly Option<int?> Port =
        new("--port") { Description = "The port to listen on, instead of --urls; 0 for a free one" };
    private static readonly Option<string?> ApiKeyFile =
        new("--api-key-file") { Description = "A file with the keys that may be shown, one a line; lines that begin with # are comments" };
    private static readonly Option<string[]> AllowedHosts = new("--allowed-hosts")
    {
        Description = "Names that the server may be called by, beside those of loopback",
        AllowMultipleArgumentsPerToken = true
    };
    private static readonly Option<string[]> CorsOrigins = new("--cors-origins")
    {
        Description = "Origins, such as https://example.org, whose pages may ask; * for all",
        AllowMultipleArgumentsPerToken = true
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All => [Urls, Host, Port, ApiKeyFile, AllowedHosts, CorsOrigins];

    /// <summary>What was said.</summary>
    public static Web.HostOptions Read(ParseResult words) => new()
    {
        Urls = ReadUrls(words),
        ApiKeys = ReadApiKeys(words.GetValue(ApiKeyFile)),
        AllowedHosts = Split(words.GetValue(AllowedHosts)),
        CorsOrigins = [.. Split(words.GetValue(CorsOrigins)).Select(origin => origin.TrimEnd('/'))],
    };

    /// <summary>Whether somebody outside this machine can reach one of those addresses.</summary>
    public static bool IsReachable(IEnumerable<string> urls) => urls.Select(url => new Uri(url)).Any(url => !url.IsLoopback);

    private static string ReadUrls(ParseResult words)
    {
        var (urls, host, port) = (words.GetValue(Urls), words.GetValue(Host), words.GetValue(Port));
        if (urls is not null && (host is not null || port is not null))
            throw new ArgumentException("--urls says where to listen; --host and --port cannot say so too");
        if (port is < 0 or > IPEndPoint.MaxPort)
            throw new ArgumentException($"--port must lie between 0 and {IPEndPoint.MaxPort}");
        host = host is not null && IPAddress.TryParse(host, out var address)
            && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : host ?? DefaultHost;
        urls ??= $"http://{host}:{port ?? DefaultPort}";
        return !urls.Split(';').Any(url => url.Trim().StartsWith("https:", StringComparison.OrdinalIgnoreCase)) ? urls
            : throw new ArgumentException($"--urls {urls}: this server speaks http only; for https put a proxy such as nginx or Caddy "
                + "before it, and tell --allowed-hosts the name by which that one calls it");
    }

    // Whoever speaks of keys wants some: where there are none, nobody is let in by mistake.
    private static string[] ReadApiKeys(string? file)
    {
        var said = Environment.GetEnvironmentVariable(ApiKeyVariable);
        if (file is null && said is null)
            return [];
        IEnumerable<string> keys = file is not null ? PlainText.Lines(file).Select(line => line.Trim()).Where(line => !line.StartsWith('#'))
            : said!.Split(',').Select(key => key.Trim());
        string[] all = [.. keys.Where(key => key.Length > 0)];
        return all.Length > 0 ? all : throw new InvalidDataException(
            file is not null ? $"{file} holds no key" : $"{ApiKeyVariable} holds no key; unset it to ask for none");
    }

    private static string[] Split(string[]? words) =>
        [.. (words ?? []).SelectMany(word => word.Split([',', ';'])).Select(word => word.Trim()).Where(word => word.Length > 0)];
}
