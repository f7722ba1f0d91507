using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>Models are fetched from a hub of the test's own, on this machine.</summary>
public sealed class PullTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly PellucidProcess _pellucid = new();
    private readonly HttpListener _hub = new();
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly List<string> _asked = [];
    private readonly string _endpoint;
    private int _breakOffs;
    private string _promised = "";

    public PullTests()
    {
        Assert.Equal(0, _pellucid.Run("train", "--steps", "2", "--layers", "1", "--width", "16", "--heads", "2", "--context", "16",
            "--tokenizer", "bpe:300", "--eval-batches", "1", "--out", "made").Code);
        foreach (var name in (string[])["config.json", "model.safetensors", "vocab.json", "merges.txt", "generation_config.json"])
            _files[name] = File.ReadAllBytes(_pellucid.File($"made/{name}"));
        _files["chat_template.jinja"] = "{% for message in messages %}{{ message.content }}{% endfor %}"u8.ToArray();
        _files["tokenizer_config.json"] = "{\"eos_token\": \"<|endoftext|>\"}"u8.ToArray();
        _files["README.md"] = "not wanted"u8.ToArray();
        _endpoint = $"http://127.0.0.1:{FreePort()}";
        _hub.Prefixes.Add(_endpoint + "/");
        _hub.Start();
        _ = Task.Run(Serve);
    }

    [Fact]
    public void A_model_is_fetched_once_and_found_by_its_name()
    {
        var json = Pull("test/small", "--json").Json;
        Assert.Equal(Commit, json.GetProperty("commit").GetString());
        Assert.DoesNotContain(_asked, path => path.Contains("README", StringComparison.Ordinal));
        var made = _pellucid.Run("generate", "made", "The", "--temperature", "0", "--max-tokens", "5");
        Assert.Equal(made.Output, Run("generate", "test/small", "The", "--temperature", "0", "--max-tokens", "5").Output);
        var asked = _asked.Count;
        Assert.Equal(0, Pull("test/small").Code);
        Assert.Equal(asked + 1, _asked.Count); // what it holds is asked anew, nothing is fetched anew
        Assert.Equal(0,
            Run("train", "--init", "test/small", "--data", "micro-world", "--steps", "2", "--eval-batches", "1", "--out", "tuned").Code);
        Assert.All(_files.Keys.Where(name => name is not ("model.safetensors" or "README.md")),
            name => Assert.Equal(_files[name], File.ReadAllBytes(_pellucid.File($"tuned/{name}"))));
    }

    [Fact]
    public async Task A_fetched_model_is_served_under_its_name_and_its_commit()
    {
        Assert.Equal(0, Pull("test/small").Code);
        using var server = _pellucid.Start(["serve", "test/small", "--urls", "http://127.0.0.1:0"],
            ("PELLUCID_CACHE", _pellucid.File("cache")));
        var said = await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var address = Regex.Match(said!, @"^test/small listens on (http://127\.0\.0\.1:\d+);").Groups[1].Value;
        using var http = new HttpClient();
        foreach (var (name, status) in (ReadOnlySpan<(string, HttpStatusCode)>)[("test/small", HttpStatusCode.OK),
            (Commit, HttpStatusCode.OK), ("small", HttpStatusCode.NotFound)])
        {
            var request = new StringContent($$"""{"model":"{{name}}","prompt":"The","max_tokens":2}""", Encoding.UTF8, "application/json");
            using var answer = http.Send(new HttpRequestMessage(HttpMethod.Post, address + "/v1/completions") { Content = request },
                TestContext.Current.CancellationToken);
            Assert.Equal(status, answer.StatusCode);
        }
        PellucidProcess.Interrupt(server);
        Assert.Equal(0, PellucidProcess.Finish(server).Code);
    }

    [Fact]
    public void What_broke_off_goes_on()
    {
        _breakOffs = 2;
        Assert.Equal(0, Pull("test/small").Code);
        Assert.Contains(_asked, path => path.EndsWith("model.safetensors from 5000", StringComparison.Ordinal));
        Assert.Equal(_files["model.safetensors"],
            File.ReadAllBytes(Path.Combine(_pellucid.Folder, "cache", "models", "test--small", Commit, "model.safetensors")));
        _breakOffs = 100;
        Directory.Delete(_pellucid.File("cache"), recursive: true);
        TrainTests.AssertRefused(ErrorOnly(Pull("test/small")), 1, "fetch it again to go on");
        _breakOffs = 0;
        Assert.Equal(0, Pull("test/small").Code); // by hand
    }

    [Fact]
    public void What_is_not_what_was_promised_is_thrown_away()
    {
        _promised = new string('0', 64);
        TrainTests.AssertRefused(ErrorOnly(Pull("test/small")), 1,
            "its SHA-256 is not the one that the hub promised; it was thrown away, fetch it again");
        Assert.Empty(Directory.GetFiles(_pellucid.File("cache"), "model.safetensors*", SearchOption.AllDirectories));
        TrainTests.AssertRefused(Run("generate", "test/small", "The"), 1, "there is no model folder test/small");
        TrainTests.AssertRefused(Pull("test/other"), 1, "the hub has no public model test/other");
        TrainTests.AssertRefused(Pull("../x"), 2, "'../x' is no name of a model or revision");
        TrainTests.AssertRefused(_pellucid.Run("", ["model", "pull", "gpt2"], ("HF_ENDPOINT", "http://127.0.0.1:1")), 1,
            "the hub cannot be reached");
    }

    private Outcome Pull(string name, params string[] more) => Run(["model", "pull", name, .. more]);

    private Outcome Run(params string[] words) =>
        _pellucid.Run("", words, ("HF_ENDPOINT", _endpoint), ("PELLUCID_CACHE", _pellucid.File("cache")));

    private static Outcome ErrorOnly(Outcome outcome) =>
        outcome with { Error = outcome.Error.Split('\n').Single(line => line.StartsWith("pellucid: ", StringComparison.Ordinal)) };

    private async Task Serve()
    {
        while (_hub.IsListening)
            try
            {
                Answer(await _hub.GetContextAsync());
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
        _asked.Add(start > 0 ? $"{path} from {start}" : path);
        if (path == "/api/models/test/small/revision/main")
            Send(response, Encoding.UTF8.GetBytes(Listing()), 0, int.MaxValue);
        else if (path.StartsWith($"/test/small/resolve/{Commit}/", StringComparison.Ordinal)
            && _files.TryGetValue(Path.GetFileName(path), out var bytes))
            Send(response, bytes, start, bytes.Length > 10_000 && _breakOffs-- > 0 ? 5000 : int.MaxValue);
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
        var siblings = _files.Select(file =>
            $$"""{"rfilename":"{{file.Key}}","size":{{file.Value.Length}},{{Hash(file.Key, file.Value)}}}""");
        return $$"""{"sha":"{{Commit}}","siblings":[{{string.Join(',', siblings)}}]}""";
    }

    private string Hash(string name, byte[] bytes) => name == "model.safetensors"
        ? $$"""
        "lfs":{"sha256":"{{(_promised.Length > 0 ? _promised : Convert.ToHexStringLower(SHA256.HashData(bytes)))}}","size":{{bytes.Length}}}
        """
        : $"\"blobId\":\"{Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]))}\"";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        _hub.Close();
        _pellucid.Dispose();
    }
}
