using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.LongTests;

/// <summary>
/// <c>pellucid serve</c> as a process under load, over loopback: many streams at once, each compared with what a generator
/// alone writes; throughput against one stream; thousands of requests while memory is watched; clients that vanish.
/// </summary>
internal sealed class ServerLoad : IDisposable
{
    private static readonly string Command = Path.Combine(AppContext.BaseDirectory, "Pellucid.Cli.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory("pellucid-load-").FullName;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(30) };
    private readonly Process _server;
    private readonly ElementType _weights;
    private readonly int _threads;

    private ServerLoad(string preset, string weights, int context, int threads)
    {
        _threads = threads;
        _weights = Enum.Parse<ElementType>(weights switch { "bf16" => nameof(ElementType.BFloat16), "q8_0" => nameof(ElementType.Q8_0), _ => nameof(ElementType.PackedFloat32) });
        WriteModel(preset, context);
        var start = new ProcessStartInfo("dotnet", [Command, "serve", _folder, "--urls", "http://127.0.0.1:0", "--weights", weights, "--threads", $"{threads}"]) { RedirectStandardOutput = true };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "";
        _server = Process.Start(start)!;
        var line = _server.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the server did not start");
        _http.BaseAddress = new Uri(line.Split(" listens on ")[1].Split(';')[0]);
    }

    public static int Run(string preset, string weights, int context, int threads, int streams, int tokens, int requests, int disconnects)
    {
        using var load = new ServerLoad(preset, weights, context, threads);
        load.FirstToken();
        var wrong = load.Streams(streams, tokens);
        wrong += load.Flatness(requests);
        wrong += load.Disconnects(disconnects);
        return wrong == 0 ? 0 : 1;
    }

    private void FirstToken()
    {
        var times = Enumerable.Range(0, 21).Select(i => (Text: StreamAsync(Prompt(i), i, 1, out var first).Result, First: first)).ToList();
        Console.WriteLine($"first token of a prompt of a few words after {times.Select(time => time.First.Task.Result.TotalMilliseconds).Order().ElementAt(10):N1} ms (median of 21)");
    }

    // Streams side by side against one alone; then each against a generator in this process, which the server knows nothing of.
    private int Streams(int streams, int tokens)
    {
        Task<string> One(int i) => StreamAsync(Prompt(i), i, tokens, out _);
        One(0).Wait();
        var clock = Stopwatch.StartNew();
        var alone = One(0).Result;
        var single = tokens / clock.Elapsed.TotalSeconds;
        clock.Restart();
        var texts = Task.WhenAll(Enumerable.Range(0, streams).Select(One)).Result;
        var together = streams * tokens / clock.Elapsed.TotalSeconds;
        using var backend = CpuBackend.Create(_threads);
        using var gpt = Checkpoint.Load(_folder, backend, _weights);
        var tokenizer = Tokenizer.Load(_folder);
        var expected = Enumerable.Range(0, streams).Select(i =>
        {
            using var generator = new Generator(gpt);
            return tokenizer.Decode([.. generator.Generate(tokenizer.Encode(Prompt(i)), new Sampler(new SamplingOptions { Seed = (ulong)i }), tokens)]);
        }).ToArray();
        var wrong = expected.Where((text, i) => text != texts[i]).Count() + (alone == expected[0] ? 0 : 1);
        Console.WriteLine($"{streams} streams of {tokens} tokens: {together:N0} tokens/s, one alone {single:N0}: {together / single:N1} times; {wrong} texts are not what a generator alone writes");
        return wrong;
    }

    // Memory after a tenth of the requests against memory after all.
    private int Flatness(int requests)
    {
        var (early, failures, clock) = (0L, 0, Stopwatch.StartNew());
        Parallel.For(0, requests, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            if (i == requests / 10)
                Interlocked.CompareExchange(ref early, Memory(), 0);
            using var response = _http.PostAsJsonAsync("/v1/completions", new { prompt = Prompt(i), max_tokens = 1 + i % 3, seed = i, logprobs = i % 2 }).Result;
            if (response.StatusCode != HttpStatusCode.OK || !response.Content.ReadAsStringAsync().Result.Contains("\"finish_reason\"", StringComparison.Ordinal))
                Interlocked.Increment(ref failures);
        });
        Console.WriteLine($"{requests} requests in {clock.Elapsed.TotalSeconds:N0} s, {failures} failed; memory {early / 1e6:N0} MB after a tenth, {Memory() / 1e6:N0} MB after all");
        return failures + (Memory() > early * 1.1 ? 1 : 0);
    }

    private int Disconnects(int count)
    {
        var body = """{"prompt":"the cat sat on the mat","max_tokens":4000,"stream":true}""";
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = 20 }, i =>
        {
            using var client = new TcpClient("127.0.0.1", _http.BaseAddress!.Port) { LingerState = new LingerOption(true, 0) };
            client.GetStream().Write(Encoding.ASCII.GetBytes($"POST /v1/completions HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            if (i % 2 == 0)
                client.GetStream().ReadAtLeast(new byte[2000], 200);
        });
        var clock = Stopwatch.StartNew();
        while (Texts() > 0 && clock.Elapsed < TimeSpan.FromSeconds(30))
            Thread.Sleep(20);
        Console.WriteLine($"{count} clients vanished; {Texts()} texts still run {clock.Elapsed.TotalSeconds:N1} s later");
        return Texts();
    }

    private int Texts() => _http.GetStringAsync("/metrics").Result.Split('\n').Where(line => line.StartsWith("pellucid_texts_", StringComparison.Ordinal)).Sum(line => (int)double.Parse(line.Split('}')[^1].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));

    private long Memory()
    {
        _server.Refresh();
        return _server.WorkingSet64;
    }

    private static string Prompt(int i) => string.Concat(Enumerable.Range(0, 1 + i % 7).Select(word => $" {(i + word) % 100}"));

    private Task<string> StreamAsync(string prompt, int seed, int tokens, out TaskCompletionSource<TimeSpan> first) => StreamAsync(prompt, seed, tokens, first = new TaskCompletionSource<TimeSpan>());

    private async Task<string> StreamAsync(string prompt, int seed, int tokens, TaskCompletionSource<TimeSpan> first)
    {
        var begun = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(new { prompt, seed, max_tokens = tokens, stream = true }) };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var (text, isDone) = (new StringBuilder(), false);
        while (await reader.ReadLineAsync() is { } line)
            if (line == "data: [DONE]")
                isDone = true;
            else if (line.Length > 0)
            {
                first.TrySetResult(Stopwatch.GetElapsedTime(begun));
                text.Append(JsonDocument.Parse(line[6..]).RootElement.GetProperty("choices")[0].GetProperty("text").GetString());
            }
        return isDone ? text.ToString() : throw new InvalidDataException("a stream broke off");
    }

    // Random weights, and a character for every token of the preset's vocabulary.
    private void WriteModel(string preset, int context)
    {
        var config = GptPresets.Find(preset) ?? throw new ArgumentException($"there is no preset {preset}");
        var runes = Enumerable.Range(32, 95).Concat(Enumerable.Range(0x3400, 0xD800 - 0x3400)).Concat(Enumerable.Range(0x20000, 0x10000)).Select(code => new Rune(code));
        using var backend = CpuBackend.Create();
        using var gpt = new Gpt(config with { Context = context }, backend);
        gpt.Initialize(1);
        Checkpoint.Save(_folder, gpt);
        new CharacterTokenizer(runes.Take(config.VocabularySize)).Save(_folder);
    }

    public void Dispose()
    {
        _server.Kill();
        _server.WaitForExit();
        _server.Dispose();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
