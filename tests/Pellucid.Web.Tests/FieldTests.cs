using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pellucid.Tests;

namespace Pellucid.Web.Tests;

/// <summary>
/// Every field that clients of many makers have sent, put into a request with each of the values that they sent, with null and with a
/// value that makes no sense, and misspelt: it is answered or refused by its name, never with a status after which clients ask again.
/// </summary>
public sealed partial class FieldTests(ReplayedModel served) : IClassFixture<ReplayedModel>
{
    // Values that clients sent and that are not done here, or not by this model.
    private static readonly string[] Refused =
    [
        "best_of=2", "dimensions=4", """logit_bias={"50256":-100,"11":5}""", """logit_bias={"50256":-100}""",
        """previous_response_id="resp_PREVIOUS" """.TrimEnd(),
    ];

    // Fields whose value is not looked at, for it changes nothing here: see UnreadFields.
    private static readonly string[] WithoutEffect =
    [
        "input[].content[].annotations", "input[].content[].logprobs", "input[].id", "input[].status", "max_tool_calls",
        "messages[].annotations", "messages[].parsed", "messages[].tool_calls[].function.parsed_arguments",
        "messages[].tool_calls[].function.parsed_arguments.city", "messages[].tool_calls[].function.parsed_arguments.unit",
        "messages[].tool_calls[].index", "metadata", "prediction", "prediction.content", "prediction.type", "prompt_cache_key",
        "reasoning.summary", "safety_identifier", "service_tier", "store", "stream_options.include_obfuscation", "text.verbosity",
        "tools[].function.strict", "tools[].strict", "user", "verbosity",
    ];

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_field_that_clients_send_is_done_or_changes_nothing_or_is_refused_by_its_name()
    {
        Assert.SkipWhen(SharedData.Find("clients/fields.json") is null, "needs the recorded fields, which are not beside this checkout");
        using var recorded = JsonDocument.Parse(await File.ReadAllBytesAsync(SharedData.Find("clients/fields.json")!, Ended));
        var (wrong, refused, unread, sent) = (new List<string>(), new SortedSet<string>(StringComparer.Ordinal),
            new SortedSet<string>(StringComparer.Ordinal), 0);
        foreach (var endpoint in recorded.RootElement.GetProperty("endpoints").EnumerateObject().Where(one => one.Name[0] == 'P'))
            foreach (var field in endpoint.Value.EnumerateObject())
            {
                var (path, name) = (endpoint.Name["POST ".Length..], field.Name);
                foreach (var value in Values(field.Value))
                    await Try(Request(path, name, value), value is null ? "null" : value.ToJsonString());
                if (await Try(Request(path, name, Nonsense(name, field.Value)), null))
                    unread.Add(name);
                if (!Free().IsMatch(name) && await Try(Request(path, name, JsonValue.Create(1), "_misspelt"), null))
                    wrong.Add($"{path} {name}_misspelt: is not refused");

                async Task<bool> Try(JsonNode body, string? value)
                {
                    sent++;
                    using var response = await served.Http.PostAsJsonAsync(path, body, Ended);
                    if (response.IsSuccessStatusCode)
                        return true;
                    var error = (await response.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("error");
                    if ((int)response.StatusCode != 400 || !IsNamed(name, error.GetProperty("param").GetString()))
                        wrong.Add($"{path} {name}: {(int)response.StatusCode} {error} for {body.ToJsonString()}");
                    else if (value is not (null or "null") && !Bound().IsMatch(name)) // null where something must be said
                        refused.Add($"{name}={value}");
                    return false;
                }
            }
        TestContext.Current.TestOutputHelper?.WriteLine($"{sent} requests; refused by name: {string.Join(", ", refused)}");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(Refused, refused);
        Assert.Equal(WithoutEffect, unread);
        Assert.True(sent > 900, $"only {sent} requests");
    }

    private static IEnumerable<JsonNode?> Values(JsonElement field) =>
        field.GetProperty("examples").EnumerateArray().Select(one => JsonNode.Parse(one.GetRawText())).Append(null);

    // An object, or a number where an object may stand.
    private static JsonNode Nonsense(string name, JsonElement field) =>
        name == "guided_json" || name.EndsWith("function.arguments", StringComparison.Ordinal)
            || field.GetProperty("types").EnumerateArray().Any(type => type.GetString() == "object") ? JsonValue.Create(0.5)
            : new JsonObject { ["nonsense"] = new JsonArray(true) };

    // A request that is right but for that field: the last one that has it, or else the first that has a place for it.
    private static JsonNode Request(string path, string name, JsonNode? value, string suffix = "")
    {
        var steps = name.Split('.');
        var all = Requests[path].Select(text => JsonNode.Parse(text)!).ToArray();
        var (body, place) = all.Reverse().Select(one => (one, Place(one, steps, needsValue: true)))
            .FirstOrDefault(one => one.Item2 is not null);
        if (place is null)
            (body, place) = all.Select(one => (one, Place(one, steps, needsValue: false)))
                .First(one => one.Item2 is not null);
        var last = steps[^1].TrimEnd(']').TrimEnd('[');
        if (!steps[^1].EndsWith(']'))
            place![last + suffix] = value;
        else if (place![last] is JsonArray list)
            list[0] = value;
        else
            place[last] = new JsonArray(value);
        return body;
    }

    // The object in which a field stands, or could.
    private static JsonObject? Place(JsonNode? node, ReadOnlySpan<string> steps, bool needsValue)
    {
        if (node is not JsonObject here)
            return null;
        if (steps.Length == 1)
            return !needsValue || here.ContainsKey(steps[0].Replace("[]", "", StringComparison.Ordinal)) ? here : null;
        if (here[steps[0].Replace("[]", "", StringComparison.Ordinal)] is not { } below)
            return null;
        if (below is not JsonArray list)
            return steps[0].EndsWith(']') ? null : Place(below, steps[1..], needsValue);
        foreach (var one in list)
            if (Place(one, steps[1..], needsValue) is { } found)
                return found;
        return null;
    }

    // The field, or one that it is a part of.
    private static bool IsNamed(string name, string? parameter)
    {
        var (field, told) = (Index().Replace(name, ""), Index().Replace(parameter ?? "", ""));
        var kind = field.EndsWith(".type", StringComparison.Ordinal) ? field[..^".type".Length] : field; // says what may stand beside it
        return told.Length > 0 && (field == told || field.StartsWith(told + ".", StringComparison.Ordinal)
            || told.StartsWith(kind, StringComparison.Ordinal));
    }

    private static readonly Dictionary<string, string[]> Requests = new()
    {
        ["/tokenize"] = ["""{"prompt": "a"}"""],
        ["/v1/embeddings"] = ["""{"input": ["a"]}"""],
        ["/v1/completions"] = ["""{"prompt": ["a"], "max_tokens": 2}""", """{"prompt": "a", "stream": true, "stream_options": {}}"""],
        ["/v1/chat/completions"] =
        [
            """{"messages": [{"role": "user", "content": "a"}], "max_tokens": 2}""",
            """{"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}], "max_tokens": 2, "stop": ["b"]}""",
            """{"messages": [{"role": "user", "content": "a"}], "max_tokens": 2, "logprobs": true, "top_logprobs": 2}""",
            """{"messages": [{"role": "user", "content": "a"}], "max_tokens": 2, "logprobs": true}""",
            """{"messages": [{"role": "user", "content": "a"}], "max_tokens": 2, "stream": true, "stream_options": {}}""",
            """{"messages": [{"role": "user", "content": "a"}], "prediction": {"type": "content", "content": "a"}, "max_tokens": 2}""",
            """{"messages": [{"role": "user", "content": "a"}], "max_tokens": 2, "structured_outputs": {}}""",
            """
            {"messages": [{"role": "user", "content": "a"}], "max_tokens": 2,
            "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "null"} } } }
            """,
            """
            {"messages": [{"role": "user", "content": "a"}], "max_tokens": 2,
            "functions": [{"name": "get_weather", "parameters": {"type": "object"} }], "function_call": "auto"}
            """,
            """
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null, "tool_calls": [{"id": "call_0001",
            "type": "function", "function": {"name": "get_weather", "arguments": "{}", "parsed_arguments": {} } }] },
            {"role": "tool", "tool_call_id": "call_0001", "content": "b"}], "max_tokens": 2,
            "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"} } }],
            "tool_choice": {"type": "function", "function": {"name": "get_weather"} } }
            """,
            """
            {"messages": [{"role": "user", "content": "a"}], "max_tokens": 2,
            "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"} } }],
            "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto",
            "tools": [{"type": "function", "function": {"name": "get_weather"} }] } } }
            """,
            """
            {"messages": [{"role": "user", "content": "a"}], "max_tokens": 2,
            "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"} } }]}
            """,
        ],
        ["/v1/responses"] =
        [
            """{"input": "a", "max_output_tokens": 2, "store": false}""",
            """{"input": "a", "max_output_tokens": 2, "include": [], "reasoning": {}, "text": {} }""",
            """{"input": "a", "max_output_tokens": 2, "include": ["message.output_text.logprobs"], "top_logprobs": 2}""",
            """
            {"input": "a", "max_output_tokens": 2,
            "text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "null"} } } }
            """,
            """
            {"input": "a", "max_output_tokens": 2, "tools": [{"type": "function", "name": "get_weather",
            "parameters": {"type": "object"} }], "tool_choice": {"type": "function", "name": "get_weather"} }
            """,
            """
            {"max_output_tokens": 2, "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}]},
            {"type": "message", "role": "assistant", "id": "msg_0001", "status": "completed",
            "content": [{"type": "output_text", "text": "b", "annotations": [], "logprobs": []}]},
            {"type": "reasoning", "id": "rs_0001", "summary": [{"type": "summary_text", "text": "c"}]},
            {"type": "function_call", "id": "fc_0001", "call_id": "call_0001", "name": "get_weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_0001", "output": [{"type": "input_text", "text": "d"}]}],
            "tools": [{"type": "function", "name": "get_weather", "parameters": {"type": "object"} }]}
            """,
        ],
    };

    // Whose fields are anybody's.
    [GeneratedRegex(@"^(metadata|logit_bias|chat_template_kwargs|prediction)\.|parsed_arguments\.|\[\]$")]
    private static partial Regex Free();

    // What goes with others of the request, which are not there.
    [GeneratedRegex(@"^tool_choice\.|^input\[\]\.type$")]
    private static partial Regex Bound();

    [GeneratedRegex(@"\[\d*\]")]
    private static partial Regex Index();
}
