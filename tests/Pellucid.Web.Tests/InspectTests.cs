using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Web.Tests;

public sealed class InspectTests(ServedModel served) : IClassFixture<ServedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_model_is_seen_as_the_instruments_see_it()
    {
        var seen = await Inspect(new { text = "the cat", lens = true, midway = true, top = 3, taps = (object[])[
            new { name = "pattern", layer = 1 }, new { name = "resid_post", layer = 0 }, new { name = "attn_scores", layer = 0 },
            new { name = "ln_final", layer = 2 }] });
        var (expected, pattern, residual) = await served.Model.Scheduler.RunAsync(() =>
        {
            var prompts = new Prompts([served.Model.Encode("the cat")]);
            using var cache = ActivationCache.Record(served.Model.Gpt, prompts);
            return (LogitLens.Read(served.Model.Gpt, prompts, 3), cache.Pattern(Activation.Pattern, 1, 1, 0),
                cache.Row(Activation.ResidPost, 0, 0, 6));
        }, Ended);
        var lens = seen.GetProperty("lens").EnumerateArray().ToArray();
        Assert.Equal(expected.Count, lens.Length);
        foreach (var (reading, cell) in expected.Zip(lens))
        {
            Assert.Equal((reading.Activation.Name(), reading.Layer, reading.Position), (cell.GetProperty("activation").GetString(),
                cell.GetProperty("layer").GetInt32(), cell.GetProperty("position").GetInt32()));
            Assert.Equal(reading.Top, cell.GetProperty("top").EnumerateArray()
                .Select(one => (one.GetProperty("token").GetInt32(), one.GetProperty("probability").GetDouble())));
        }
        var taps = seen.GetProperty("taps").EnumerateArray().ToArray();
        Assert.Equal([2, 7, 7], Numbers(taps[0].GetProperty("shape")));
        Assert.Equal(pattern[6, 2], Numbers(taps[0].GetProperty("values"))[49 + 6 * 7 + 2], 1e-7);
        Assert.Equal(residual.Select(value => (double)value), Numbers(taps[1].GetProperty("values"))[^32..],
            (left, right) => Math.Abs(left - right) < 1e-6);
        Assert.Equal(JsonValueKind.Null, taps[2].GetProperty("values")[1].ValueKind);
        Assert.Equal([7, 32], Numbers(taps[3].GetProperty("shape")));
        Assert.Equal(0, seen.GetProperty("divergence").GetDouble(), 1e-12);
    }

    [Fact]
    public async Task A_change_shows_before_and_after()
    {
        var seen = await Inspect(new { text = "the cat", changes = (string[])["1.1=0", "m0*0.5"] });
        var (before, after) = await served.Model.Scheduler.RunAsync(() =>
        {
            using var whole = new ExperimentRun(served.Model.Gpt, served.Model.Tokenizer, new Experiment("the cat", "", []));
            using var changed = new ExperimentRun(served.Model.Gpt, served.Model.Tokenizer,
                new Experiment("the cat", "", [Intervention.Parse("1.1=0"), Intervention.Parse("m0*0.5")]));
            return (whole.Prediction(6), changed.Prediction(6));
        }, Ended);
        foreach (var (name, says) in (ReadOnlySpan<(string, Distribution)>)[("before", before), ("after", after)])
            Assert.Equal(says.Top(5).Select(token => (token, says.Probability(token))), seen.GetProperty(name)
                .GetProperty("next").EnumerateArray()
                .Select(one => (one.GetProperty("token").GetInt32(), one.GetProperty("probability").GetDouble())));
        Assert.Equal(before.DivergenceFrom(after), seen.GetProperty("divergence").GetDouble(), 1e-12);
        Assert.True(seen.GetProperty("divergence").GetDouble() > 0);
    }

    [Theory]
    [InlineData("""{"text":""}""")]
    [InlineData("""{"text":"the cat","changes":["9.9=0"]}""")]
    [InlineData("""{"text":"the cat","changes":["off"]}""")]
    [InlineData("""{"text":"the cat","changes":[null]}""")]
    [InlineData("""{"text":"the cat","taps":[{"name":"nothing","layer":0}]}""")]
    [InlineData("""{"text":"the cat","taps":[{"name":"z","layer":7}]}""")]
    [InlineData("""{"text":"the cat","taps":[null]}""")]
    [InlineData("""{"text":"the cat","top":0}""")]
    public async Task What_is_not_there_is_refused(string body)
    {
        using var response = await served.Http.PostAsync("/v1/inspect",
            new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Ended);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task The_api_describes_itself()
    {
        var paths = JsonDocument.Parse(await served.Http.GetStringAsync("/openapi.json", Ended)).RootElement.GetProperty("paths");
        Assert.Equal(["/api/chat", "/api/generate", "/api/tags", "/api/version", "/detokenize", "/props", "/tokenize", "/tokenizer_info",
            "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/inspect", "/v1/models", "/v1/models/{id}", "/v1/responses",
            "/v1/responses/{id}"], paths.EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_was_done_is_counted()
    {
        using var response = await served.Http.PostAsJsonAsync("/v1/completions", new { prompt = "the cat", max_tokens = 5 }, Ended);
        var metrics = await served.Http.GetStringAsync("/metrics", Ended);
        Assert.Contains("gen_ai_server_request_duration_seconds_count{", metrics, StringComparison.Ordinal);
        Assert.Contains("gen_ai_client_token_usage", metrics, StringComparison.Ordinal);
        Assert.Contains("gen_ai_operation_name=\"text_completion\"", metrics, StringComparison.Ordinal);
        Assert.Contains("pellucid_texts_running", metrics, StringComparison.Ordinal);
    }

    private async Task<JsonElement> Inspect(object request)
    {
        using var response = await served.Http.PostAsJsonAsync("/v1/inspect", request, Ended);
        var body = await response.Content.ReadAsStringAsync(Ended);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonDocument.Parse(body).RootElement;
    }

    private static double[] Numbers(JsonElement list) =>
        [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Null ? double.NaN : item.GetDouble())];
}
