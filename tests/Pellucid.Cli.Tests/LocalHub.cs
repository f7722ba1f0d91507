using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Pellucid.Cli.Tests;

/// <summary>A hub on this machine with one model, <c>test/small</c>.</summary>
internal sealed class LocalHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly HttpListener _listener = new();

    public LocalHub()
    {
        Address = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = Task.Run(Serve);
    }

    public string Address { get; }

    /// <summary>What the model consists of.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Paths that were asked for, and from which byte on.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>How many more large files break off.</summary>
    public int BreakOffs { get; set; }

    /// <summary>A hash that large files are said to have instead of their own.</summary>
    public string Promised { get; set; } = "";

    /// <summary>Who does not show it gets no files.</summary>
    public string? Token { get; init; }

    /// <summary>Where files really lie, if not here.</summary>
    public LocalHub? Storage { get; init; }

    /// <summary>Headers of authorization that came with what was asked.</summary>
    public List<string?> Shown { get; } = [];

    private async Task Serve()
    {
        while (_listener.IsListening)
            try
            {
                Answer(await _listener.GetContextAsync());
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or IOException
                or InvalidOperationException)
            {
            }
    }

    private void Answer(HttpListenerContext context)
    {
        var (path, response) = (context.Request.Url!.AbsolutePath, context.Response);
        var start = context.Request.Headers["Range"] is { } range
            ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : 0;
        Shown.Add(context.Request.Headers["Authorization"]);
        Asked.Add(start > 0 ? $"{path} from {start}" : path);
        if (Token is not null && path.Contains("/resolve/", StringComparison.Ordinal)
            && context.Request.Headers["Authorization"] is var shown && shown != $"Bearer {Token}")
        {
            response.StatusCode = shown is null ? 401 : 403;
            response.Close();
            return;
        }
        if (path == "/api/models/test/small/revision/main")
            Send(response, Encoding.UTF8.GetBytes(Listing()), 0, int.MaxValue);
        else if (path.StartsWith($"/test/small/resolve/{Commit}/", StringComparison.Ordinal)
            && Files.TryGetValue(path[$"/test/small/resolve/{Commit}/".Length..], out var bytes) && Storage is { } storage)
            response.Redirect(storage.Address + path);
        else if (path.StartsWith($"/test/small/resolve/{Commit}/", StringComparison.Ordinal)
            && Files.TryGetValue(path[$"/test/small/resolve/{Commit}/".Length..], out bytes))
            Send(response, bytes, start, bytes.Length > 10_000 && BreakOffs-- > 0 ? 5000 : int.MaxValue);
        else
            response.StatusCode = 404;
        response.Close();
    }

    private static void Send(HttpListenerResponse response, byte[] bytes, int start, int limit)
    {
        if (start > 0)
        {
            response.StatusCode = 206;
            response.Headers["Content-Range"] = $"bytes {start}-{bytes.Length - 1}/{bytes.Length}";
        }
        response.ContentLength64 = bytes.Length - start;
        response.OutputStream.Write(bytes, start, Math.Min(limit, bytes.Length - start));
        response.OutputStream.Flush();
        if (limit < bytes.Length - start)
            response.Abort();
    }

    private string Listing()
    {
        var siblings = Files.Select(file =>
            $$"""{"rfilename":"{{file.Key}}","size":{{file.Value.Length}},{{Hash(file.Key, file.Value)}}}""");
        return $$"""{"sha":"{{Commit}}","siblings":[{{string.Join(',', siblings)}}]}""";
    }

    private string Hash(string name, byte[] bytes) => IsLarge(name)
        ? $$"""
        "lfs":{"sha256":"{{(Promised.Length > 0 ? Promised : Convert.ToHexStringLower(SHA256.HashData(bytes)))}}","size":{{bytes.Length}}}
        """
        : $"\"blobId\":\"{Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]))}\"";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool IsLarge(string name) => name == "model.safetensors" || name.EndsWith(".gguf", StringComparison.Ordinal);

    public void Dispose() => _listener.Close();
}
