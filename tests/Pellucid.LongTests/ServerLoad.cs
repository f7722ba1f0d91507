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
/// <c>pellucid serve</c> as a process under load, over loopback. With a small model: the first token, thousands of requests
/// while memory is watched, a queue that overflows. With one of the preset's shape: many streams at once, each compared
/// with what a generator alone writes, throughput against one stream, clients that vanish.
/// </summary>
internal sealed class ServerLoad : IDisposable
{
    // Ten million parameters: the shape of nanoGPT's model of characters.
    public static GptConfig Small { get; } = new() { VocabularySize = 128, Context = 256, Layers = 6, Heads = 6, Width = 384 };

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(30) };
    private readonly RandomModelServer _server;
    private readonly ElementType _weights;
    private readonly int _threads;

    private ServerLoad(GptConfig config, string weights, int threads)
    {
        _threads = threads;
        _weights = Enum.Parse<ElementType>(weights switch { "bf16" => nameof(ElementType.BFloat16), "q8_0" => nameof(ElementType.Q8_0), _ =>
            nameof(ElementType.PackedFloat32) });
        _server = new RandomModelServer(config, "serve", "--weights", weights, "--threads", $"{threads}");
        _http.BaseAddress = _server.Address;
    }

    public static int Run(string preset, string weights, int context, int threads, int streams, int tokens, int requests, int disconnects)
    {
        var (config, wrong) = (GptPresets.Find(preset) ?? throw new ArgumentException($"there is no preset {preset}"), 0);
        using (var load = new ServerLoad(Small, "f32", threads))
        {
            load.FirstToken();
            wrong += load.Flatness(requests);
            wrong += load.FullQueue();
        }
        using (var load = new ServerLoad(config with { Context = context }, weights, threads))
        {
            load.FirstToken();
            wrong += load.Streams(streams, tokens);
            wrong += load.Disconnects(disconnects);
        }
        return wrong == 0 ? 0 : 1;
    }

    private void FirstToken()
    {
        var times = Enumerable.Range(0, 21).Select(i => (Text: StreamAsync(Prompt(i), i, 1, out var first).Result, First: first)).ToList();
        Console.WriteLine($"{_server.Config.Parameters / 1e6:N0} million parameters, {_weights}: first token of a prompt of a few words "
            + $"after {times.Select(time => time.First.Task.Result.TotalMilliseconds).Order().ElementAt(10):N1} ms (median of 21)");
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
        using var gpt = Checkpoint.Load(_server.Folder, backend, _weights);
        var tokenizer = Tokenizer.Load(_server.Folder);
        var expected = Enumerable.Range(0, streams).Select(i =>
        {
            using var generator = new Generator(gpt);
            return tokenizer.Decode([.. generator.Generate(tokenizer.Encode(Prompt(i)),
                new Sampler(new SamplingOptions { Seed = (ulong)i }), tokens)]);
        }).ToArray();
        var wrong = expected.Where((text, i) => text != texts[i]).Count() + (alone == expected[0] ? 0 : 1);
        Console.WriteLine($"{streams} streams of {tokens} tokens: {together:N0} tokens/s, one alone {single:N0}: "
            + $"{together / single:N1} times; {wrong} texts are not what a generator alone writes");
        return wrong;
    }

    // Memory after a tenth of the requests against memory after all.
    private int Flatness(int requests)
    {
        var (early, failures, clock) = (0L, 0, Stopwatch.StartNew());
        Parallel.For(0, requests, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            if (i == requests / 10)
                Interlocked.CompareExchange(ref early, _server.Memory, 0);
            using var response = _http.PostAsJsonAsync("/v1/completions",
                new { prompt = Prompt(i), max_tokens = 1 + i % 3, seed = i, logprobs = i % 2 }).Result;
            if (response.StatusCode != HttpStatusCode.OK
                || !response.Content.ReadAsStringAsync().Result.Contains("\"finish_reason\"", StringComparison.Ordinal))
                Interlocked.Increment(ref failures);
        });
        Console.WriteLine($"{requests} requests in {clock.Elapsed.TotalSeconds:N0} s, {failures} failed; "
            + $"memory {early / 1e6:N0} MB after a tenth, {_server.Memory / 1e6:N0} MB after all");
        return failures + (_server.Memory > early * 1.1 ? 1 : 0);
    }

    // More endless streams than may run and wait; whoever is refused is told when to come again, and none of the others is hurt.
    private int FullQueue()
    {
        var (most, scheduling, wrong) = (500, new SchedulerOptions(), 0);
        using var patience = new CancellationTokenSource();
        var answers = Task.WhenAll(Enumerable.Range(0, most).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
            {
                Content = JsonContent.Create(new { prompt = Prompt(i), seed = i, max_tokens = 4000, stream = true })
            };
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        })).Result;
        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        wrong += answers.Length - refused.Count - scheduling.MostRunning - scheduling.MostWaiting == 0 ? 0 : 1;
        wrong += refused.Count(answer => answer.Headers.RetryAfter?.Delta is null)
            + answers.Except(refused).Count(answer => !answer.IsSuccessStatusCode);
        foreach (var answer in answers)
            answer.Dispose();
        Console.WriteLine($"{most} endless streams at once: {most - refused.Count} taken, {refused.Count} answered 429, Retry-After "
            + $"{refused.FirstOrDefault()?.Headers.RetryAfter} s; {Left(out var seconds)} texts still run {seconds:N1} s after they left");
        return wrong + Texts();
    }

    private int Disconnects(int count)
    {
        var body = """{"prompt":"the cat sat on the mat","max_tokens":4000,"stream":true}""";
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = 20 }, i =>
        {
            using var client = new TcpClient("127.0.0.1", _http.BaseAddress!.Port) { LingerState = new LingerOption(true, 0) };
            client.GetStream().Write(Encoding.ASCII.GetBytes("POST /v1/completions HTTP/1.1\r\nHost: here\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            if (i % 2 == 0)
                client.GetStream().ReadAtLeast(new byte[2000], 200);
        });
        Console.WriteLine($"{count} clients vanished; {Left(out var seconds)} texts still run {seconds:N1} s later");
        return Texts();
    }

    // Texts that run once nobody listens any more: waits for none, half a minute at most.
    private int Left(out double seconds)
    {
        var clock = Stopwatch.StartNew();
        while (Texts() > 0 && clock.Elapsed < TimeSpan.FromSeconds(30))
            Thread.Sleep(20);
        seconds = clock.Elapsed.TotalSeconds;
        return Texts();
    }

    private int Texts() => RandomModelServer.Sum(_http, "pellucid_texts_");

    private static string Prompt(int i) => string.Concat(Enumerable.Range(0, 1 + i % 7).Select(word => $" {(i + word) % 100}"));

    private Task<string> StreamAsync(string prompt, int seed, int tokens, out TaskCompletionSource<TimeSpan> first) =>
        StreamAsync(prompt, seed, tokens, first = new TaskCompletionSource<TimeSpan>());

    private async Task<string> StreamAsync(string prompt, int seed, int tokens, TaskCompletionSource<TimeSpan> first)
    {
        var begun = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = JsonContent.Create(new { prompt, seed, max_tokens = tokens, stream = true })
        };
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

    public void Dispose()
    {
        _server.Dispose();
        _http.Dispose();
    }
}
