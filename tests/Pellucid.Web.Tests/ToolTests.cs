using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Pellucid.Conversations;

namespace Pellucid.Web.Tests;

/// <summary>Functions that models call, and what they think before they speak.</summary>
public sealed class ToolTests(ScriptedModel served) : IClassFixture<ScriptedModel>
{
    internal const string Tools = """
        [{"type": "function", "function": {"name": "get_weather", "description": "The weather", "parameters": {"type": "object",
        "properties": {"city": {"type": "string", "enum": ["Oslo", "Rome"]}, "days": {"type": "integer", "minimum": 1, "maximum": 9} },
        "required": ["city", "days"], "additionalProperties": false} }}, {"type": "function", "function": {"name": "get_time"} }]
        """;

    internal const string Asked = """[{"role": "user", "content": "Is it warm?"}]""";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Text_before_calls_streams_as_text_and_calls_are_whole()
    {
        Script(Asked, """
            Let me see <a place>.
            <tool_call>
            {"name": "get_weather", "arguments": {"city": "Oslo", "days": 2}}
            </tool_call>
            <tool_call>
            {"name": "get_time", "arguments": {}}
            </tool_call>
            """);
        var whole = await AskAsync(Asked, "");
        Assert.Equal("Let me see <a place>.", whole.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("tool_calls", whole.GetProperty("finish_reason").GetString());
        Assert.Equal(["""get_weather {"city": "Oslo", "days": 2}""", "get_time {}"],
            whole.GetProperty("message").GetProperty("tool_calls").EnumerateArray().Select(Called));

        var (text, calls, finish, pieces) = (new StringBuilder(), new List<string>(), "", 0);
        foreach (var choice in await StreamAsync(Asked, ""))
        {
            var delta = choice.GetProperty("delta");
            if (delta.TryGetProperty("content", out var content) && content.GetString()!.Length > 0)
                (_, pieces) = (text.Append(content.GetString()), pieces + 1);
            if (delta.TryGetProperty("tool_calls", out var list))
                foreach (var call in list.EnumerateArray())
                {
                    Assert.Equal(calls.Count, call.GetProperty("index").GetInt32());
                    Assert.Matches("^[A-Za-z0-9]{9}$", call.GetProperty("id").GetString());
                    calls.Add(Called(call));
                }
            finish = choice.GetProperty("finish_reason").GetString() ?? finish;
        }
        Assert.Equal(("Let me see <a place>.", "tool_calls"), (text.ToString(), finish));
        Assert.True(pieces > 10);
        Assert.Equal(["""get_weather {"city": "Oslo", "days": 2}""", "get_time {}"], calls);
    }

    [Fact]
    public async Task A_call_that_breaks_off_says_so_and_is_never_text()
    {
        const string call = """Well.<tool_call>{"name": "get_weather", "arguments": {"city": "Oslo", "da""";
        foreach (var (written, fields) in ((string, string)[])[(call, ""), (call + "ys\": 2}}", ",\"max_tokens\": 40"),
            ("Well.<tool_call>{\"name\": 5}</tool_call>", "")])
        {
            Script(Asked, written);
            var answer = await AskAsync(Asked, fields);
            Assert.Equal("length", answer.GetProperty("finish_reason").GetString());
            Assert.Equal("Well.", answer.GetProperty("message").GetProperty("content").GetString());
            Assert.False(answer.GetProperty("message").TryGetProperty("tool_calls", out _));
            Assert.Equal("Well.", string.Concat((await StreamAsync(Asked, fields)).Select(choice =>
                choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : "")));
        }
    }

    [Fact]
    public async Task Where_no_function_may_be_called_calls_are_text_and_the_model_is_told_of_none()
    {
        const string written = """<tool_call>{"name": "get_time", "arguments": {}}</tool_call>""";
        served.Write(served.Read(new Conversation([new ChatTurn("user", "Is it warm?")])).Length, written);
        var answer = await AskAsync(Asked, ",\"tool_choice\": \"none\"");
        Assert.Equal((written, "stop"),
            (answer.GetProperty("message").GetProperty("content").GetString(), answer.GetProperty("finish_reason").GetString()));
    }

    [Fact]
    public async Task Calls_and_results_of_earlier_turns_are_read()
    {
        const string messages = """
            [{"role": "user", "content": "Is it warm?"}, {"role": "assistant", "content": null, "reasoning_content": "Hm.",
            "tool_calls": [{"id": "call_abcdef123456", "type": "function", "function": {"name": "get_weather",
            "arguments": "{\"city\": \"Oslo\", \"days\": 2}"} }]}, {"role": "tool", "tool_call_id": "call_abcdef123456", "content": "18"}]
            """;
        Script(messages, "Yes, 18.");
        var answer = await AskAsync(messages, "");
        Assert.Equal(("Yes, 18.", "stop"),
            (answer.GetProperty("message").GetProperty("content").GetString(), answer.GetProperty("finish_reason").GetString()));
        Assert.EndsWith("""
            user: Is it warm?
            assistant: <think>
            Hm.
            </think>


            <tool_call>
            {"name": "get_weather", "arguments": {"city": "Oslo", "days": 2}}
            </tool_call>
            tool: 18
            assistant: 
            """.ReplaceLineEndings("\n").TrimEnd(), served.Model.Tokenizer.Decode(Prompt(messages)).TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_model_thinks_is_told_apart()
    {
        Script(Asked, "<think>\nIt is July.\nSo yes.\n</think>\n\nYes.", "");
        var answer = await AskAsync(Asked, "", "");
        Assert.Equal(("It is July.\nSo yes.", "Yes."), (answer.GetProperty("message").GetProperty("reasoning_content").GetString(),
            answer.GetProperty("message").GetProperty("content").GetString()));
        var stream = await StreamAsync(Asked, "", "");
        Assert.Equal("It is July.\nSo yes.", Joined("reasoning_content"));
        Assert.Equal("Yes.", Joined("content"));

        string Joined(string name) => string.Concat(stream.Select(choice =>
            choice.GetProperty("delta").TryGetProperty(name, out var part) ? part.GetString() : ""));
    }

    [Theory]
    [InlineData(""" "tools": [{"type": "function", "function": {"name": "a b"} }] """, "tools")]
    [InlineData(""" "tools": [{"type": "custom", "custom": {"name": "a"} }] """, "tools[0].custom")]
    [InlineData(""" "tools": [{"type": "function", "function": {"name": "a", "colour": 1} }] """, "tools[0].function.colour")]
    [InlineData(""" "tools": [{"type": "function", "function": {"name": "a", "parameters": 5} }] """, "tools")]
    [InlineData(""" "tools": [{"type": "function", "function": {"name": "a"} }, {"type": "function", "function": {"name": "a"} }] """,
        "tools")]
    [InlineData("""
         "tools": [{"type": "function", "function": {"name": "a", "parameters": {"$ref": "#/no"} } }],
        "tool_choice": "required"
        """, "tools")]
    [InlineData(""" "tools": [{"type": "function", "function": {"name": "a"} }], "tool_choice": "perhaps" """, "tool_choice")]
    [InlineData("""
         "tools": [{"type": "function", "function": {"name": "a"} }],
        "tool_choice": {"type": "function", "function": {"name": "b"} }
        """, "tool_choice")]
    [InlineData(""" "tools": [{"type": "function", "function": {"name": "a"} }], "guided_regex": "a+" """, "tools")]
    [InlineData(""" "tool_choice": "required" """, "tool_choice")]
    [InlineData(""" "functions": [{"name": "a"}], "function_call": "perhaps" """, "function_call")]
    [InlineData(""" "functions": [{"name": "a", "parameters": 5}] """, "functions")]
    [InlineData(""" "tools": [{"type": "function", "function": {"name": "a"} }], "tool_choice": {"type": "function", "nam": "a"} """,
        "tool_choice.nam")]
    [InlineData(""" "reasoning_effort": "<|start|>" """, "reasoning_effort")]
    public async Task A_mistake_about_functions_is_told_with_the_field_that_is_to_blame(string fields, string parameter)
    {
        using var response = await PostAsync($$"""{"messages": {{Asked}}, {{fields}} }""");
        Assert.Equal((400, parameter), ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonElement>(Ended))
            .GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task A_call_whose_arguments_are_none_is_refused_by_its_place()
    {
        using var response = await PostAsync($$"""
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls":
            [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"a"} }]}], "tools": {{Tools}} }
            """);
        Assert.Equal("messages[1].tool_calls[0].function.arguments", (await response.Content.ReadFromJsonAsync<JsonElement>(Ended))
            .GetProperty("error").GetProperty("param").GetString());
    }

    private void Script(string messages, string written, string tools = Tools) =>
        served.Write(Prompt(messages, tools).Length, written.ReplaceLineEndings("\n"));

    // As the server reads them.
    private int[] Prompt(string messages, string tools = Tools) => served.Read(new Conversation(ChatTurn.ParseAll(Json(messages)))
    {
        Tools = tools.Length > 0 ? Json(tools) : null,
    });

    private async Task<JsonElement> AskAsync(string messages, string fields, string tools = Tools) =>
        (await served.AskAsync("/v1/chat/completions", Body(messages, fields, tools))).GetProperty("choices")[0];

    private async Task<IReadOnlyList<JsonElement>> StreamAsync(string messages, string fields, string tools = Tools)
    {
        using var response = await PostAsync(Body(messages, fields + ",\"stream\": true", tools));
        return [.. (await response.Content.ReadAsStringAsync(Ended)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line != "data: [DONE]").Select(line => Json(line["data: ".Length..]).GetProperty("choices")[0])];
    }

    private static string Body(string messages, string fields, string tools) => $$"""
        {"messages": {{messages}} {{(tools.Length > 0 ? $", \"tools\": {tools}" : "")}}
        {{(fields.Contains("temperature", StringComparison.Ordinal) ? "" : ", \"temperature\": 0")}} {{fields}} }
        """;

    private Task<HttpResponseMessage> PostAsync(string body) => served.PostAsync("/v1/chat/completions", body);

    internal static string Called(JsonElement call) => call.GetProperty("type").GetString() != "function" ? "no function"
        : $"{call.GetProperty("function").GetProperty("name")} {call.GetProperty("function").GetProperty("arguments")}";

    internal static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}

/// <summary>A model without a template that knows tools.</summary>
public sealed class ToollessTests(ServedModel served) : IClassFixture<ServedModel>
{
    [Theory]
    [InlineData(""" "messages": [{"role": "user", "content": "a"}], "tools": [{"type": "function", "function": {"name": "a"} }] """,
        "tools")]
    [InlineData(""" "messages": [{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "a"} }]}] """,
        "messages[0].tool_calls")]
    public async Task A_model_without_tools_says_so(string fields, string parameter)
    {
        using var response = await served.PostAsync("/v1/chat/completions", $"{{{fields}}}");
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("error");
        Assert.Equal((400, parameter, "this model has no chat template, and so no tools"), ((int)response.StatusCode,
            error.GetProperty("param").GetString(), error.GetProperty("message").GetString()));
    }
}
