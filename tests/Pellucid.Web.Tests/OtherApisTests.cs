using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Pellucid.Conversations;

namespace Pellucid.Web.Tests;

/// <summary>What clients of Ollama, vLLM and llama.cpp's server ask for.</summary>
public sealed class OtherApisTests(ScriptedModel served) : IClassFixture<ScriptedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chat_of_Ollama_is_answered_line_by_line_and_whole()
    {
        const string tools = """[{"type": "function", "function": {"name": "get_time"} }]""";
        served.Write(served.Read(new Conversation([new ChatTurn("user", "When?")]) { Tools = Json(tools) }).Length,
            "<think>Hm.</think>See.<tool_call>{\"name\": \"get_time\", \"arguments\": {}}</tool_call>");
        var body = $$"""
            {"model": "small:latest", "messages": [{"role": "user", "content": "When?"}], "tools": {{tools}},
            "options": {"temperature": 0, "num_ctx": 512}, "keep_alive": "5m"
            """;
        var lines = (await PostAsync("/api/chat", body + "}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json).ToArray();
        Assert.Equal(("See.", "Hm."), (Joined(lines, "content"), Joined(lines, "thinking")));
        Assert.Equal("get_time", lines.Single(line => line.GetProperty("message").TryGetProperty("tool_calls", out _))
            .GetProperty("message")
            .GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
        Assert.All(lines[..^1], line => Assert.False(line.GetProperty("done").GetBoolean()));
        Assert.Equal((true, "stop"), (lines[^1].GetProperty("done").GetBoolean(), lines[^1].GetProperty("done_reason").GetString()));
        var whole = Json(await PostAsync("/api/chat", body + ", \"stream\": false}"));
        Assert.Equal(("See.", true), (whole.GetProperty("message").GetProperty("content").GetString(),
            whole.GetProperty("done").GetBoolean()));
        Assert.True(whole.GetProperty("eval_count").GetInt32() > 50 && whole.GetProperty("total_duration").GetInt64() > 0);
    }

    [Fact]
    public async Task A_prompt_of_Ollama_is_answered_by_the_template_or_raw_and_in_a_form()
    {
        served.Write(served.Read(new Conversation([new ChatTurn("system", "s"), new ChatTurn("user", "When?")])).Length, "Now.");
        var answer = Json(await PostAsync("/api/generate",
            """{"model": "small", "prompt": "When?", "system": "s", "stream": false, "options": {"temperature": 0}}"""));
        Assert.Equal(("Now.", "stop"), (answer.GetProperty("response").GetString(), answer.GetProperty("done_reason").GetString()));
        served.Write(3, "def");
        answer = Json(await PostAsync("/api/generate", """
            {"model": "small", "prompt": "abc", "raw": true, "stream": false,
            "options": {"temperature": 0, "num_predict": 2, "stop": ["zz"]}}
            """));
        Assert.Equal(("de", "length"), (answer.GetProperty("response").GetString(), answer.GetProperty("done_reason").GetString()));
        answer = Json(await PostAsync("/api/generate",
            """{"model": "small", "prompt": "abc", "stream": false, "format": {"enum": ["yes"]}}"""));
        Assert.Equal("\"yes\"", answer.GetProperty("response").GetString());
        var tags = await served.Http.GetFromJsonAsync<JsonElement>("/api/tags", Ended);
        Assert.Equal("small", tags.GetProperty("models")[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("/api/chat", """ "messages": [], "colour": 1 """, "colour is not a field that is understood here")]
    [InlineData("/api/generate", """ "options": {"model": "other"} """, "options.model is not a field that is understood here")]
    [InlineData("/api/generate", """ "prompt": "a", "raw": true, "system": "s" """,
        "a raw prompt has no template that system could stand in")]
    public async Task What_is_not_understood_is_refused_as_Ollama_does(string path, string fields, string error)
    {
        using var wrong = await served.Http.PostAsync(path,
            new StringContent($$"""{"model": "small", {{fields}} }""", Encoding.UTF8, "application/json"), Ended);
        Assert.Equal((400, error), ((int)wrong.StatusCode,
            (await wrong.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("error").GetString()));
    }

    [Fact]
    public async Task Texts_are_cut_into_tokens_and_put_together_again()
    {
        var tokens = Json(await PostAsync("/tokenize", """{"prompt": "héllo", "add_special_tokens": false, "return_token_strs": true}"""));
        Assert.Equal(served.Model.Tokenizer.Encode("héllo"), tokens.GetProperty("tokens").EnumerateArray().Select(one => one.GetInt32()));
        Assert.Equal((5, 2048, "é"), (tokens.GetProperty("count").GetInt32(), tokens.GetProperty("max_model_len").GetInt32(),
            tokens.GetProperty("token_strs")[1].GetString()));
        Assert.Equal(tokens.GetProperty("tokens").GetRawText(),
            Json(await PostAsync("/tokenize", """{"content": "héllo"}""")).GetProperty("tokens").GetRawText());
        var text = Json(await PostAsync("/detokenize", $$"""{"tokens": {{tokens.GetProperty("tokens").GetRawText()}} }"""));
        Assert.Equal(("héllo", "héllo"), (text.GetProperty("prompt").GetString(), text.GetProperty("content").GetString()));
        var info = await served.Http.GetFromJsonAsync<JsonElement>("/tokenizer_info", Ended);
        Assert.Equal(("<|endoftext|>", ScriptedModel.Template),
            (info.GetProperty("eos_token").GetString(), info.GetProperty("chat_template").GetString()));
        var props = await served.Http.GetFromJsonAsync<JsonElement>("/props", Ended);
        Assert.Equal((2048, served.Model.Scheduler.MostRunning), (props.GetProperty("default_generation_settings").GetProperty("n_ctx")
            .GetInt32(), props.GetProperty("total_slots").GetInt32()));
    }

    private static string Joined(JsonElement[] lines, string name) => string.Concat(lines.Select(line =>
        line.GetProperty("message").TryGetProperty(name, out var part) ? part.GetString() : ""));

    private async Task<string> PostAsync(string path, string body)
    {
        using var response = await served.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Ended);
        var text = await response.Content.ReadAsStringAsync(Ended);
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
