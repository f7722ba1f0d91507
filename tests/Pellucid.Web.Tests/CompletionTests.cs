using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Pellucid.Generation;

namespace Pellucid.Web.Tests;

public sealed class CompletionTests(ServedModel served) : IClassFixture<ServedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_prompts_are_continued_several_times_each()
    {
        var answer = await Complete(new { model = "small", prompt = (string[])["the cat", "a dog"], n = 2, seed = 5, max_tokens = 9 });
        Assert.Equal([("the cat", 5ul), ("the cat", 6), ("a dog", 5), ("a dog", 6)],
            answer.GetProperty("choices").EnumerateArray().Select((choice, i) =>
        {
            var (prompt, seed) = (i < 2 ? "the cat" : "a dog", 5ul + (ulong)(i % 2));
            Assert.Equal(i, choice.GetProperty("index").GetInt32());
            Assert.Equal(served.Generate(prompt, 9, new SamplingOptions { Seed = seed }), choice.GetProperty("text").GetString());
            return (prompt, seed);
        }));
        Assert.Equal(36, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(12, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task What_was_read_before_is_told_with_the_usage()
    {
        var prompt = string.Concat(Enumerable.Repeat("a fox and a hen went out to sea. ", 3));
        async Task<int> Cached(string asked, int n, string path = "/v1/completions")
        {
            object request = path == "/v1/completions" ? new { prompt = asked, n, max_tokens = 3 }
                : new { messages = new[] { new { role = "user", content = asked } }, n, max_tokens = 3 };
            using var response = await served.Http.PostAsJsonAsync(path, request, Ended);
            return (await response.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("usage")
                .GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
        }
        Assert.Equal(0, await Cached(prompt, 3)); // one of the three reads it for all
        Assert.Equal(prompt.Length - 1, await Cached(prompt, 2));
        Assert.Equal(80, await Cached(prompt[..80] + "zzz", 1));
        Assert.Equal(prompt.Length - 1, await Cached(prompt, 1, "/v1/chat/completions"));
        Assert.Equal(0, await Cached("zebra", 1));
    }

    [Fact]
    public async Task An_echo_without_writing_tells_how_likely_the_prompt_is()
    {
        var choice = (await Complete(new { prompt = "the cat sat", max_tokens = 0, echo = true, logprobs = 2 })).GetProperty("choices")[0];
        Assert.Equal("the cat sat", choice.GetProperty("text").GetString());
        var logprobs = choice.GetProperty("logprobs");
        var values = logprobs.GetProperty("token_logprobs").EnumerateArray().ToArray();
        Assert.Equal(11, values.Length);
        Assert.Equal(JsonValueKind.Null, values[0].ValueKind);
        Assert.Equal(Enumerable.Range(0, 11), logprobs.GetProperty("text_offset").EnumerateArray().Select(item => item.GetInt32()));
        var expected = await served.Model.Scheduler.RunAsync(() =>
        {
            using var generator = new Generator(served.Model.Gpt);
            var tokens = served.Model.Encode("the cat sat");
            return tokens.Skip(1).Select((token, i) =>
            {
                generator.Read([tokens[i]]);
                return generator.LogProbability(token);
            }).ToArray();
        }, Ended);
        Assert.Equal(expected, values.Skip(1).Select(value => value.GetDouble()));
        var told = logprobs.GetProperty("top_logprobs")[3];
        Assert.InRange(told.EnumerateObject().Count(), 2, 3); // what stands there is told in any case
        Assert.Equal(values[3].GetDouble(), told.GetProperty(" ").GetDouble());
    }

    [Fact]
    public async Task A_stop_string_ends_the_text_and_is_not_part_of_it()
    {
        var whole = served.Generate("the cat", 40, new SamplingOptions { Seed = 3 });
        var stop = whole[10..12];
        var choice = (await Complete(new { prompt = "the cat", max_tokens = 40, seed = 3, stop })).GetProperty("choices")[0];
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], choice.GetProperty("text").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task A_stream_is_events_that_end_with_done_and_tell_usage_when_asked()
    {
        using var response = await served.Http.PostAsJsonAsync("/v1/completions", new { prompt = "the cat", max_tokens = 15, seed = 4,
            stream = true, logprobs = 1, stream_options = new { include_usage = true } }, Ended);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var events = (await response.Content.ReadAsStringAsync(Ended)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(events, text => Assert.StartsWith("data: ", text, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);
        var parsed = events[..^1].Select(text => JsonDocument.Parse(text[6..]).RootElement).ToArray();
        Assert.Equal(15, parsed[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(served.Generate("the cat", 15, new SamplingOptions { Seed = 4 }),
            string.Concat(parsed[..^1].Select(piece => piece.GetProperty("choices")[0].GetProperty("text").GetString())));
        Assert.Equal("length", parsed[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(15, parsed.Count(piece => piece.GetProperty("choices").GetArrayLength() > 0
            && piece.GetProperty("choices")[0].GetProperty("logprobs").ValueKind == JsonValueKind.Object));
    }

    [Fact]
    public async Task A_bias_leaves_no_other_token()
    {
        var cat = served.Model.Encode("猫")[0];
        var answer = await Complete(
            new { prompt = "the cat", max_tokens = 3, logit_bias = new Dictionary<string, int> { [$"{cat}"] = 100 } });
        Assert.Equal("猫猫猫", answer.GetProperty("choices")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Tokens_are_a_prompt_too()
    {
        var tokens = served.Model.Encode("the cat");
        var expected = served.Generate("the cat", 5, new SamplingOptions { Seed = 2 });
        Assert.Equal(expected,
            (await Complete(new { prompt = tokens, max_tokens = 5, seed = 2 })).GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal(expected, (await Complete(new { prompt = (int[][])[tokens], max_tokens = 5, seed = 2 }))
            .GetProperty("choices")[0]
            .GetProperty("text").GetString());
    }

    private async Task<JsonElement> Complete(object request)
    {
        using var response = await served.Http.PostAsJsonAsync("/v1/completions", request, Ended);
        var body = await response.Content.ReadAsStringAsync(Ended);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonDocument.Parse(body).RootElement;
    }
}
