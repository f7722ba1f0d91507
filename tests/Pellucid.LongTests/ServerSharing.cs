using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Pellucid.Models;

namespace Pellucid.LongTests;

/// <summary>
/// By how much one client's two tokens are delayed while another's 128 texts of 4096 tokens are written: by less than twice what they
/// take alone, and a tenth of a second. Each client has a connection of its own; the server is a process.
/// </summary>
internal static class ServerSharing
{
    private const int Texts = 128, Tokens = 4096, Alone = 21;

    public static int Run(string preset, string weights, int seconds, int threads) =>
        Run(ServerLoad.Small, "f32", seconds, threads)
        + Run(GptPresets.Find(preset) ?? throw new ArgumentException($"there is no preset {preset}"), weights, seconds, threads);

    private static int Run(GptConfig config, string weights, int seconds, int threads)
    {
        config = config with { Context = Tokens + 64 }; // so that texts do not forget their first half meanwhile
        using var server = new RandomModelServer(config, "serve", "--weights", weights, "--threads", $"{threads}");
        using var modest = new HttpClient { BaseAddress = server.Address };
        using var greedy = new HttpClient { BaseAddress = server.Address, Timeout = Timeout.InfiniteTimeSpan };
        using (greedy.PostAsJsonAsync("/v1/completions", new { prompt = "a text", n = Texts, max_tokens = 9 }).Result)
            Thread.Sleep(500); // by now code is compiled
        var alone = Enumerable.Range(0, Alone).Select(i => Time(modest, i)).Order().ElementAt(Alone / 2);
        using var patience = new CancellationTokenSource();
        var many = greedy.PostAsJsonAsync("/v1/completions",
            new { prompt = "a text", n = Texts, max_tokens = Tokens, seed = 1 }, patience.Token);
        while (RandomModelServer.Sum(modest, "pellucid_texts_running") == 0 && !many.IsCompleted)
            Thread.Sleep(20);
        var (clock, beside) = (Stopwatch.StartNew(), new List<TimeSpan>());
        while (clock.Elapsed.TotalSeconds < seconds && !many.IsCompleted)
            beside.Add(Time(modest, Alone + beside.Count));
        var (isThere, worst) = (!many.IsCompleted, beside.Max());
        patience.Cancel();
        var bound = 3 * alone + TimeSpan.FromMilliseconds(100);
        Console.WriteLine($"{config.Parameters / 1e6:N0} million parameters, {weights}: two tokens of one client take "
            + $"{alone.TotalMilliseconds:N1} ms alone (median of {Alone}); beside {Texts} texts of {Tokens} tokens of another "
            + $"{beside.Order().ElementAt(beside.Count / 2).TotalMilliseconds:N1} ms in the middle and {worst.TotalMilliseconds:N1} ms at "
            + $"worst of {beside.Count} in {clock.Elapsed.TotalSeconds:N0} s, the first "
            + $"{string.Join(", ", beside.Take(5).Select(time => $"{time.TotalMilliseconds:N1}"))}; "
            + $"{bound.TotalMilliseconds:N1} ms are allowed"
            + (isThere ? "" : ", BUT THE OTHER'S TEXTS HAD ENDED"));
        return isThere && worst < bound ? 0 : 1;
    }

    // Prompts that nothing has been read of before.
    private static TimeSpan Time(HttpClient client, int seed)
    {
        var begun = Stopwatch.GetTimestamp();
        using var response = client.PostAsJsonAsync("/v1/completions", new { prompt = $"{seed} asks", max_tokens = 2, seed }).Result;
        var usage = response.Content.ReadFromJsonAsync<JsonElement>().Result.GetProperty("usage");
        return usage.GetProperty("completion_tokens").GetInt32() == 2 ? Stopwatch.GetElapsedTime(begun)
            : throw new InvalidDataException("two tokens were asked for");
    }
}
