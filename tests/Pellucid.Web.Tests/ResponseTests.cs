using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Pellucid.Conversations;

namespace Pellucid.Web.Tests;

/// <summary><c>/v1/responses</c>.</summary>
public sealed class ResponseTests(ScriptedModel served) : IClassFixture<ScriptedModel>
{
    private const string Tools = """
        [{"type": "function", "name": "get_weather", "description": "The weather", "parameters": {"type": "object",
        "properties": {"city": {"type": "string"} }, "required": ["city"]}, "strict": true}]
        """;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_text_is_answered_stored_found_and_forgotten()
    {
        Script("Warm.", new ChatTurn("system", "Be brief."), new ChatTurn("user", "Is it warm?"));
        var answer = await AskAsync(
            """{"input": "Is it warm?", "instructions": "Be brief.", "temperature": 0, "metadata": {"a": "b"}, "user": "u"}""");
        Assert.Equal(("response", "completed", "Warm."), (Text(answer, "object"), Text(answer, "status"), Said(answer)));
        Assert.Equal(("b", true, 6), (answer.GetProperty("metadata").GetProperty("a").GetString(), answer.GetProperty("store").GetBoolean(),
            answer.GetProperty("usage").GetProperty("output_tokens").GetInt32() + 1));
        var id = Text(answer, "id");
        Assert.Equal(answer.GetRawText(), (await served.Http.GetFromJsonAsync<JsonElement>($"/v1/responses/{id}", Ended)).GetRawText());
        using var deleted = await served.Http.DeleteAsync($"/v1/responses/{id}", Ended);
        Assert.True((await deleted.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("deleted").GetBoolean());
        using var gone = await served.Http.GetAsync($"/v1/responses/{id}", Ended);
        Assert.Equal(404, (int)gone.StatusCode);
        await RefusedAsync($$"""{"input": "b", "previous_response_id": "{{id}}"}""", "previous_response_id");
    }

    [Fact]
    public async Task A_response_goes_on_from_another_with_its_calls_and_results()
    {
        Script("<think>Hm.</think>See.<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}</tool_call>",
            new ChatTurn("user", "Is it warm?"));
        var first = await AskAsync($$"""{"input": "Is it warm?", "temperature": 0, "tools": {{Tools}} }""");
        var items = first.GetProperty("output").EnumerateArray().ToArray();
        Assert.Equal(["reasoning", "message", "function_call"], items.Select(item => Text(item, "type")));
        Assert.Equal(("Hm.", "See."), (Text(items[0].GetProperty("content")[0], "text"), Text(items[1].GetProperty("content")[0], "text")));
        Assert.Equal(("get_weather", """{"city": "Oslo"}"""), (Text(items[2], "name"), Text(items[2], "arguments")));
        Assert.Equal("<think>Hm.".Length, first.GetProperty("usage").GetProperty("output_tokens_details").GetProperty("reasoning_tokens")
            .GetInt32()); // a token is a character
        var output = $$"""{"type": "function_call_output", "call_id": "{{Text(items[2], "call_id")}}", "output": "18"}""";

        var asked = ChatTurn.Parse(Json("""
            {"role": "assistant", "content": "See.", "reasoning_content": "Hm.", "tool_calls": [{"id": "x", "type": "function",
            "function": {"name": "get_weather", "arguments": "{\"city\": \"Oslo\"}"} }]}
            """));
        Script("Yes, 18.", new ChatTurn("user", "Is it warm?"), asked, new ChatTurn("tool", "18"));
        var second = await AskAsync($$"""
            {"input": [{{output}}], "previous_response_id": "{{Text(first, "id")}}", "temperature": 0,
            "tools": {{Tools}} }
            """);
        Assert.Equal("Yes, 18.", Said(second));
        // The same by its items, as clients without a memory here send them, and by references to them.
        var whole = await AskAsync($$"""
            {"input": [{"role": "user", "content": [{"type": "input_text", "text": "Is it warm?"}]},
            {{string.Join(", ", items.Select(item => item.GetRawText()))}}, {{output}}], "temperature": 0, "store": false,
            "tools": {{Tools}} }
            """);
        Assert.Equal(("Yes, 18.", false), (Said(whole), whole.GetProperty("store").GetBoolean()));
        var references = string.Join(", ", items.Select(item => $$"""{"type": "item_reference", "id": "{{Text(item, "id")}}"}"""));
        var referred = await AskAsync($$"""
            {"input": [{"role": "user", "content": "Is it warm?"}, {{references}}, {{output}}],
            "temperature": 0, "tools": {{Tools}} }
            """);
        Assert.Equal("Yes, 18.", Said(referred));
        await RefusedAsync($$"""{"input": "b", "previous_response_id": "{{Text(whole, "id")}}"}""", "previous_response_id");
    }

    [Fact]
    public async Task Events_come_in_their_order_and_build_the_response()
    {
        Script("<think>Hm.</think>See.<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}</tool_call>",
            new ChatTurn("user", "Is it warm?"));
        var events = await StreamAsync($$"""{"input": "Is it warm?", "temperature": 0, "stream": true, "tools": {{Tools}} }""");
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => one.GetProperty("sequence_number").GetInt32()));
        var names = events.Select(one => Text(one, "type")).Aggregate(new List<string>(), (all, name) =>
        {
            if (all.Count == 0 || all[^1] != name)
                all.Add(name);
            return all;
        });
        string[] Item(string kind) =>
        [
            "response.output_item.added", "response.content_part.added", $"response.{kind}.delta", $"response.{kind}.done",
            "response.content_part.done", "response.output_item.done",
        ];
        Assert.Equal(["response.created", "response.in_progress", .. Item("reasoning_text"), .. Item("output_text"),
            "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done",
            "response.output_item.done", "response.completed"], names);
        Assert.Equal("See.", string.Concat(events.Where(one => Text(one, "type") == "response.output_text.delta")
            .Select(one => Text(one, "delta"))));
        var response = events[^1].GetProperty("response");
        Assert.Equal(events.Where(one => Text(one, "type") == "response.output_item.done")
            .Select(one => one.GetProperty("item").GetRawText()),
            response.GetProperty("output").EnumerateArray().Select(item => item.GetRawText()));
        Assert.Equal([0, 1, 2], events.Where(one => Text(one, "type") == "response.output_item.done")
            .Select(one => one.GetProperty("output_index").GetInt32()));
        Assert.Equal(response.GetRawText(), (await served.Http.GetFromJsonAsync<JsonElement>(
            $"/v1/responses/{Text(response, "id")}", Ended)).GetRawText());
    }

    [Fact]
    public async Task A_form_is_kept_to_tokens_are_told_and_what_is_cut_is_incomplete()
    {
        var answer = await AskAsync("""
            {"input": "a", "text": {"format": {"type": "json_schema", "name": "n", "schema": {"enum": ["yes"]} }},
            "include": ["message.output_text.logprobs"], "top_logprobs": 2}
            """);
        Assert.Equal("\"yes\"", Said(answer));
        var tokens = answer.GetProperty("output")[0].GetProperty("content")[0].GetProperty("logprobs").EnumerateArray().ToArray();
        Assert.Equal(("\"yes\"", 2), (string.Concat(tokens.Select(token => Text(token, "token"))),
            tokens[0].GetProperty("top_logprobs").GetArrayLength()));
        var cut = await AskAsync("""{"input": "a", "max_output_tokens": 3, "tools": [], "include": []}""");
        Assert.Equal(("incomplete", "max_output_tokens"),
            (Text(cut, "status"), Text(cut.GetProperty("incomplete_details"), "reason")));
        Assert.Equal("incomplete", Text(cut.GetProperty("output")[0], "status"));
    }

    [Fact]
    public async Task What_was_said_first_is_forgotten_where_that_is_asked_for()
    {
        var long_ = new string('a', 1500);
        var input = $$"""
            [{"role": "system", "content": "s"}, {"role": "user", "content": "{{long_}}"}, {"role": "assistant", "content": "b"},
            {"role": "user", "content": "{{long_}}"}]
            """;
        await RefusedAsync($$"""{"input": {{input}}, "max_output_tokens": 1}""", "input");
        Assert.Equal("incomplete", Text(
            await AskAsync($$"""{"input": {{input}}, "max_output_tokens": 1, "truncation": "auto"}"""), "status"));
    }

    [Theory]
    [InlineData("""{"input": 5}""", "input")]
    [InlineData("""{"input": []}""", "input")]
    [InlineData("""{"input": [{"type": "computer_call"}]}""", "input[0].type")]
    [InlineData("""{"input": [{"role": "user", "content": "a", "colour": 1}]}""", "input[0].colour")]
    [InlineData("""{"input": [{"role": "user", "content": [{"type": "input_image"}]}]}""", "input[0].content[0]")]
    [InlineData("""{"input": [{"type": "function_call", "call_id": "a", "name": "b", "arguments": "c"}]}""", "input[0].arguments")]
    [InlineData("""{"input": [{"type": "item_reference", "id": "rs_1"}]}""", "input[0].id")]
    [InlineData("""{"input": "a", "previous_response_id": "resp_1"}""", "previous_response_id")]
    [InlineData("""{"input": "a", "include": ["file_search_call.results"]}""", "include")]
    [InlineData("""{"input": "a", "background": true}""", "background")]
    [InlineData("""{"input": "a", "max_tokens": 5}""", "max_tokens")]
    [InlineData("""{"input": "a", "max_output_tokens": 0}""", "max_output_tokens")]
    [InlineData("""{"input": "a", "text": {"format": {"type": "xml"} } }""", "text.format")]
    [InlineData("""{"input": "a", "truncation": "later"}""", "truncation")]
    [InlineData("""{"input": "a", "tools": [{"type": "web_search"}]}""", "tools[0].name")]
    public async Task A_mistake_is_told_with_the_field_that_is_to_blame(string body, string parameter) =>
        await RefusedAsync(body, parameter);

    private void Script(string written, params ChatTurn[] turns)
    {
        var isTold = !turns.Any(turn => turn.Role == "system");
        var tools = Json($"[{{\"type\": \"function\", \"function\": {Function()} }}]");
        served.Write(served.Read(new Conversation(turns) { Tools = isTold ? tools : null }).Length, written);
    }

    private static string Function()
    {
        var tool = Json(Tools)[0];
        return $$"""
            {"name": "get_weather", "description": {{tool.GetProperty("description").GetRawText()}},
            "parameters": {{tool.GetProperty("parameters").GetRawText()}} }
            """;
    }

    private async Task RefusedAsync(string body, string parameter)
    {
        using var response = await PostAsync(body);
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("error");
        Assert.Equal((400, parameter), ((int)response.StatusCode, Text(error, "param")));
    }

    private async Task<JsonElement> AskAsync(string body)
    {
        using var response = await PostAsync(body);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Ended);
        Assert.True(response.IsSuccessStatusCode, answer.GetRawText());
        return answer;
    }

    private async Task<IReadOnlyList<JsonElement>> StreamAsync(string body)
    {
        using var response = await PostAsync(body);
        return [.. (await response.Content.ReadAsStringAsync(Ended)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(one =>
        {
            var lines = one.Split('\n');
            var data = Json(lines[1]["data: ".Length..]);
            Assert.Equal($"event: {Text(data, "type")}", lines[0]);
            return data;
        })];
    }

    private Task<HttpResponseMessage> PostAsync(string body) =>
        served.Http.PostAsync("/v1/responses", new StringContent(body, Encoding.UTF8, "application/json"), Ended);

    private static string Said(JsonElement response) => string.Concat(response.GetProperty("output").EnumerateArray()
        .Where(item => Text(item, "type") == "message").Select(item => Text(item.GetProperty("content")[0], "text")));

    private static string Text(JsonElement value, string name) => value.GetProperty(name).GetString()!;

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
