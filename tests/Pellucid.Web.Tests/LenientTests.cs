using System.Net.Http.Json;
using System.Text.Json;

namespace Pellucid.Web.Tests;

/// <summary>A server that only logs what it does not understand.</summary>
public sealed class LenientModel : ServedModel
{
    internal override HostOptions Options => new() { IsLenient = true };
}

/// <summary>Fields that are not understood, where they are not refused.</summary>
public sealed class LenientTests(LenientModel served) : IClassFixture<LenientModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/completions", """{"prompt": "a", "max_tokens": 1, "colour": 1, "stream_options": {"shade": 2}}""")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a", "colour": 1}], "max_tokens": 1, "colour": 2}""")]
    [InlineData("/v1/responses", """{"input": "a", "max_output_tokens": 1, "colour": 1}""")]
    public async Task An_unknown_field_is_passed_over(string path, string body)
    {
        using var answer = await served.Http.PostAsync(path,
            new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Ended);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ended));
    }

    [Fact]
    public async Task A_value_that_makes_no_sense_is_refused_all_the_same()
    {
        using var answer = await served.Http.PostAsJsonAsync("/v1/completions", new { prompt = "a", temperature = -1 }, Ended);
        Assert.Equal((400, "temperature"), ((int)answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonElement>(Ended))
            .GetProperty("error").GetProperty("param").GetString()));
    }

    [Theory]
    [InlineData(false, 7)]
    [InlineData(true, 0)]
    public async Task Offsets_of_tokens_count_from_where_the_prompt_begins(bool echo, int first)
    {
        foreach (object prompt in (object[])["the cat", served.Model.Tokenizer.Encode("the cat")])
        {
            using var answer = await served.Http.PostAsJsonAsync("/v1/completions",
                new { prompt, echo, logprobs = 1, max_tokens = 4, seed = 1 }, Ended);
            var choice = (await answer.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("choices")[0];
            var (text, told) = (choice.GetProperty("text").GetString()!, choice.GetProperty("logprobs"));
            var offsets = told.GetProperty("text_offset").EnumerateArray().Select(one => one.GetInt32()).ToArray();
            Assert.Equal(first, offsets[0]);
            var whole = echo ? text : "the cat" + text;
            Assert.All(offsets.Zip(told.GetProperty("tokens").EnumerateArray()), pair =>
                Assert.StartsWith(pair.Second.GetString()!, whole[pair.First..], StringComparison.Ordinal));
        }
    }
}
