using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
    private static readonly Option<string?> TlsCertificate = new("--tls-certificate")
    {
        Description = "A file in PEM with the server's certificate, and those that it rests on; then https is spoken",
    };
    private static readonly Option<string?> TlsKey = new("--tls-key") { Description = "A file in PEM with the certificate's key" };
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
    public static IReadOnlyList<Option> All => [Urls, Host, Port, TlsCertificate, TlsKey, ApiKeyFile, AllowedHosts, CorsOrigins];

    /// <summary>What was said.</summary>
    public static Web.HostOptions Read(ParseResult words) => new()
    {
        Urls = ReadUrls(words),
        Certificates = ReadCertificates(words.GetValue(TlsCertificate), words.GetValue(TlsKey)),
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
        var isTls = words.GetValue(TlsCertificate) is not null;
        urls ??= $"{(isTls ? "https" : "http")}://{host}:{port ?? DefaultPort}";
        return isTls || !urls.Split(';').Any(url => url.Trim().StartsWith("https:", StringComparison.OrdinalIgnoreCase)) ? urls
            : throw new ArgumentException($"--urls {urls}: for https a certificate is needed (--tls-certificate and --tls-key); or put a "
                + "proxy such as nginx or Caddy before it, and tell --allowed-hosts the name by which that one calls it");
    }

    // The first is the server's own.
    private static X509Certificate2Collection ReadCertificates(string? certificate, string? key)
    {
        if (certificate is null && key is null)
            return [];
        if (certificate is null || key is null)
            throw new ArgumentException("--tls-certificate and --tls-key go together");
        foreach (var file in (string[])[certificate, key])
            if (!File.Exists(file))
                throw new FileNotFoundException($"there is no file {file}", file);
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(certificate);
            return [X509Certificate2.CreateFromPemFile(certificate, key), .. all.Skip(1)];
        }
        catch (CryptographicException error)
        {
            throw new InvalidDataException($"{certificate} and {key} are no certificate and its key: {error.Message}", error);
        }
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
