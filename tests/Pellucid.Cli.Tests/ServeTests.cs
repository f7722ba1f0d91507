using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary><c>pellucid serve</c> as a process: what its page shows works as it stands, and it ends as it should.</summary>
public sealed partial class ServeTests : IDisposable
{
    private readonly PellucidProcess _pellucid = new();
    private readonly HttpClient _http = new();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_request_of_its_page_is_answered_and_a_text_is_what_generate_writes()
    {
        Assert.Equal(0, _pellucid.Run("train", "--data", "micro-world", "--out", "runs/micro-world", "--steps", "10").Code);
        using var server = Serve("serve", "runs/micro-world", "--urls", "http://127.0.0.1:0", "--weights", "bf16");
        var lines = Requests().Matches(await File.ReadAllTextAsync(Path.Combine(DocumentationTests.Root(), "docs", "serving.md"), Ended))
            .SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        Assert.True(lines.Length >= 11);
        var answers = new List<string>();
        foreach (var line in lines)
            answers.Add(await SendAsync(line));
        var written = _pellucid.Run("generate", "runs/micro-world", "Anna gave a ring to", "--max-tokens", "12", "--temperature", "0.8",
            "--seed", "1", "--stop", "\n", "--weights", "bf16", "--json").Json;
        Assert.Equal(written.GetProperty("text").GetString(),
            JsonDocument.Parse(answers[0]).RootElement.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Contains("is ready", _pellucid.Run("doctor", "--server", _http.BaseAddress!.ToString()).Output, StringComparison.Ordinal);
        await EndAsync(server);
        var gone = _pellucid.Run("doctor", "--server", _http.BaseAddress.ToString());
        Assert.Equal(1, gone.Code);
        Assert.Contains("does not answer", gone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_being_written_is_finished_before_the_server_ends()
    {
        Assert.Equal(0, _pellucid.Run("train", "--data", "micro-world", "--out", "model", "--steps", "2", "--layers", "1",
            "--width", "32", "--heads", "2").Code);
        using var server = Serve("serve", "model", "--urls", "http://127.0.0.1:0", "--api-key-file",
            _pellucid.File("keys.txt", "# ours\none\n\ntwo\n"));
        foreach (var key in (string?[])[null, "# ours", "three"])
        {
            _http.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
            using var refused = await _http.GetAsync("/v1/models", Ended);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "two");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = JsonContent.Create(new { prompt = "Anna", max_tokens = 600, stream = true })
        };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ended);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ended));
        Assert.StartsWith("data: {", await reader.ReadLineAsync(Ended), StringComparison.Ordinal);
        var ending = EndAsync(server);
        Assert.EndsWith("data: [DONE]\n\n", await reader.ReadToEndAsync(Ended), StringComparison.Ordinal);
        await ending;
    }

    [Fact]
    public async Task Keys_and_where_traces_go_can_stand_in_the_environment()
    {
        Assert.Equal(0, _pellucid.Run("train", "--data", "micro-world", "--out", "model", "--steps", "1", "--layers", "1",
            "--width", "16", "--heads", "1").Code);
        using var collector = new Collector();
        using var server = Serve(["serve", "model", "--urls", "http://127.0.0.1:0"], ("PELLUCID_API_KEYS", "one, two"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
        foreach (var (key, status) in ((string, HttpStatusCode)[])[("one, two", HttpStatusCode.Unauthorized),
            ("three", HttpStatusCode.Unauthorized), ("two", HttpStatusCode.OK)])
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var answer = await _http.PostAsJsonAsync("/v1/completions", new { prompt = "Anna", max_tokens = 2 }, Ended);
            Assert.Equal(status, answer.StatusCode);
        }
        await EndAsync(server);
        Assert.Contains("text_completion model", collector.Got("/v1/traces"), StringComparison.Ordinal);
        Assert.Contains("gen_ai.usage.output_tokens", collector.Got("/v1/traces"), StringComparison.Ordinal);
        Assert.Contains("gen_ai.server.time_to_first_token", collector.Got("/v1/metrics"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "serve", "model", "--urls", "nonsense")]
    [InlineData(2, "explore", "model", "--urls", "nonsense")]
    [InlineData(2, "serve", "model", "--parallel", "0")]
    [InlineData(2, "serve", "model", "--urls", "https://127.0.0.1:0")]
    [InlineData(2, "serve", "model", "--urls", "http://127.0.0.1:0", "--port", "0")]
    [InlineData(2, "explore", "model", "--port", "65536")]
    [InlineData(1, "serve", "nowhere")]
    [InlineData(1, "serve", "model", "--api-key-file", "nowhere")]
    public void What_cannot_be_served_is_told_in_one_line(int code, params string[] words)
    {
        Assert.Equal(0, _pellucid.Run("train", "--data", "micro-world", "--out", "model", "--steps", "1", "--layers", "1",
            "--width", "16", "--heads", "1").Code);
        var home = Directory.CreateDirectory(_pellucid.File("home")).FullName;
        var outcome = _pellucid.Run("", words, ("HOME", home));
        Assert.Equal(code, outcome.Code);
        Assert.Empty(outcome.Output);
        Assert.StartsWith("pellucid: ", Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(home));
    }

    [Theory]
    [InlineData("serve", ",")]
    [InlineData("explore", " , ")]
    public void Keys_that_are_none_let_nobody_in(string verb, string keys)
    {
        var outcome = _pellucid.Run("", [verb, "tiny", "--port", "0"], ("PELLUCID_API_KEYS", keys));
        Assert.Equal(1, outcome.Code);
        Assert.Contains("PELLUCID_API_KEYS holds no key", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_is_told_where_the_server_listens_and_the_world_is_warned_of()
    {
        using var server = _pellucid.Start(["serve", "tiny", "--host", "0.0.0.0", "--port", "0", "--json", "--alias", "gpt-4o-mini"], []);
        var told = JsonDocument.Parse((await server.StandardOutput.ReadLineAsync(Ended))!).RootElement;
        Assert.Equal("tiny", told.GetProperty("model").GetString());
        var port = new Uri(told.GetProperty("urls")[0].GetString()!).Port;
        using var answer = await _http.GetAsync($"http://127.0.0.1:{port}/v1/models/gpt-4o-mini", Ended);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await EndAsync(server);
        Assert.Contains("warning: whoever can reach this machine", await server.StandardError.ReadToEndAsync(Ended),
            StringComparison.Ordinal);
        Assert.Empty(await server.StandardOutput.ReadToEndAsync(Ended));
    }

    [Fact]
    public async Task As_many_texts_are_written_at_once_as_fit_into_memory()
    {
        // 64 pages of 64 positions of 64 keys and values: 2 MiB a text in single precision, of 256 MiB in all.
        Assert.Equal(0, _pellucid.Run("train", "--data", "micro-world", "--out", "model", "--steps", "1", "--layers", "1", "--batch", "1",
            "--width", "64", "--heads", "1", "--context", "4096", "--eval-batches", "1").Code);
        foreach (var (words, least, most) in ((string[], int, int)[])[(["--prefix-memory", "200"], 24, 28),
            (["--prefix-memory", "200", "--kv-type", "bf16"], 50, 56), (["--prefix-memory", "300"], 1, 1),
            (["--prefix-memory", "0"], 64, 64), (["--prefix-memory", "300", "--parallel", "64"], 64, 64)])
        {
            using var server = _pellucid.Start(["serve", "model", "--port", "0", .. words], [("DOTNET_GCHeapHardLimit", "0x10000000")]);
            var line = await server.StandardOutput.ReadLineAsync(Ended);
            var told = MemoryHolds().Match(line!);
            Assert.InRange(told.Success ? int.Parse(told.Groups[1].Value) : 64, least, most);
            await EndAsync(server);
        }
    }

    [Fact]
    public async Task Several_models_are_served_each_by_its_names_and_over_tls()
    {
        foreach (var name in (string[])["one", "two"])
            Assert.Equal(0, _pellucid.Run("train", "--data", "micro-world", "--out", name, "--steps", "1", "--layers", "1",
                "--width", "16", "--heads", "1").Code);
        using var key = RSA.Create(2048);
        var asked = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = asked.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var server = _pellucid.Start(["serve", "one", "two", "--port", "0", "--alias", "uno", "due=two", "--memory", "1",
            "--tls-certificate", _pellucid.File("cert.pem", certificate.ExportCertificatePem()),
            "--tls-key", _pellucid.File("key.pem", key.ExportPkcs8PrivateKeyPem())], []);
        var line = await server.StandardOutput.ReadLineAsync(Ended);
        Assert.True(line is not null, line is null ? await server.StandardError.ReadToEndAsync(Ended) : line);
        Assert.StartsWith("one, two listens on https://127.0.0.1:", line, StringComparison.Ordinal);
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == certificate.Thumbprint,
        };
        using var http = new HttpClient(handler) { BaseAddress = new Uri(line!.Split(" listens on ")[1].Split(';')[0]) };
        foreach (var (name, model) in ((string, string)[])[("two", "two"), ("one", "one"), ("due", "two"), ("uno", "one")])
        {
            using var answer = await http.PostAsJsonAsync("/v1/completions", new { model = name, prompt = "Anna", max_tokens = 2 }, Ended);
            Assert.Equal(model, (await answer.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("model").GetString());
        }
        await EndAsync(server);
        var wrong = _pellucid.Run("serve", "one", "--port", "0", "--tls-certificate", "cert.pem");
        Assert.Equal(2, wrong.Code);
        Assert.Contains("--tls-certificate and --tls-key go together", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("no certificate and its key",
            _pellucid.Run("serve", "one", "--port", "0", "--tls-certificate", "key.pem", "--tls-key", "key.pem").Error,
                StringComparison.Ordinal);
        Assert.Contains("there is no model 'three'",
            _pellucid.Run("serve", "one", "--port", "0", "--alias", "x=three").Error, StringComparison.Ordinal);
    }

    private Process Serve(params string[] words) => Serve(words, []);

    private Process Serve(string[] words, params (string, string)[] environment)
    {
        var server = _pellucid.Start(words, environment);
        var line = server.StandardOutput.ReadLine();
        Assert.True(line is not null, line is null ? server.StandardError.ReadToEnd() : line);
        _http.BaseAddress = new Uri(line!.Split(" listens on ")[1].Split(';')[0]);
        return server;
    }

    private static async Task EndAsync(Process server)
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{server.Id}"]))
            await kill.WaitForExitAsync(Ended);
        await server.WaitForExitAsync(Ended);
        Assert.Equal(0, server.ExitCode);
    }

    // The line as curl would send it.
    private async Task<string> SendAsync(string line)
    {
        var words = Words().Matches(line).Select(match => match.Value.Trim('\'', '"')).ToArray();
        var (address, body) = (new Uri(words.First(word => word.StartsWith("http://", StringComparison.Ordinal))),
            Array.IndexOf(words, "-d"));
        using var request = new HttpRequestMessage(body < 0 ? HttpMethod.Get : HttpMethod.Post, address.AbsolutePath)
        {
            Content = body < 0 ? null : new StringContent(words[body + 1], Encoding.UTF8, "application/json")
        };
        using var response = await _http.SendAsync(request, Ended);
        var answer = await response.Content.ReadAsStringAsync(Ended);
        Assert.True(response.IsSuccessStatusCode, $"{line}: {answer}");
        return answer;
    }

    public void Dispose()
    {
        _http.Dispose();
        _pellucid.Dispose();
    }

    /// <summary>Whatever is sent to it, by path.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly ConcurrentQueue<(string Path, string Body)> _got = [];

        public Collector()
        {
            Address = $"http://127.0.0.1:{FreePort()}/";
            _listener.Prefixes.Add(Address);
            _listener.Start();
            _ = ListenAsync();
        }

        public string Address { get; }

        public string Got(string path) => string.Concat(_got.Where(one => one.Path == path).Select(one => one.Body));

        public void Dispose() => _listener.Close();

        private async Task ListenAsync()
        {
            while (_listener.IsListening)
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream, Encoding.Latin1);
                _got.Enqueue((context.Request.Url!.AbsolutePath, await reader.ReadToEndAsync()));
                context.Response.Close();
            }
        }

        private static int FreePort()
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
    }

    [GeneratedRegex("```curl\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Requests();

    [GeneratedRegex("memory holds ([0-9]+) texts of a whole context at once")]
    private static partial Regex MemoryHolds();

    [GeneratedRegex("'[^']*'|\"[^\"]*\"|\\S+")]
    private static partial Regex Words();
}
