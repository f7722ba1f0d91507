using System.Text.Json;
using static Pellucid.Web.Tests.ToolTests;

namespace Pellucid.Web.Tests;

/// <summary>Calls that a random model must write.</summary>
public sealed class RequiredToolTests(BriefModel served) : IClassFixture<BriefModel>
{
    [Fact]
    public async Task Where_a_function_must_be_called_one_is_and_arguments_fit_its_schema()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var any = await AskAsync($$""","tool_choice": "required", "seed": {{seed}}, "temperature": 2, "max_tokens": 1000""");
            Assert.Equal("tool_calls", any.GetProperty("finish_reason").GetString());
            Assert.All(any.GetProperty("message").GetProperty("tool_calls").EnumerateArray(), Fits);
            var one = await AskAsync($$"""
                ,"tool_choice": {"type": "function", "function": {"name": "get_weather"} },
                "parallel_tool_calls": false, "seed": {{seed}}, "temperature": 2
                """);
            var call = Assert.Single(one.GetProperty("message").GetProperty("tool_calls").EnumerateArray());
            Assert.StartsWith("get_weather", Called(call), StringComparison.Ordinal);
            Fits(call);
            var allowed = await AskAsync($$"""
                ,"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required",
                "tools": [{"type": "function", "function": {"name": "get_time"} }]} }, "seed": {{seed}}, "parallel_tool_calls": false
                """);
            var other = Assert.Single(allowed.GetProperty("message").GetProperty("tool_calls").EnumerateArray());
            Assert.StartsWith("get_time", Called(other), StringComparison.Ordinal);
            Fits(other);
        }
    }

    [Fact]
    public async Task Beside_tools_what_is_said_keeps_to_its_form()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var answer = await AskAsync($$"""
                ,"seed": {{seed}}, "temperature": 2, "response_format": {"type": "json_schema",
                "json_schema": {"name": "x", "schema": {"enum": ["yes", "no"]} } }, "max_tokens": 1000
                """);
            if (answer.GetProperty("finish_reason").GetString() == "tool_calls")
                Assert.All(answer.GetProperty("message").GetProperty("tool_calls").EnumerateArray(), Fits);
            else
                Assert.Contains(answer.GetProperty("message").GetProperty("content").GetString(), (string[])["\"yes\"", "\"no\""]);
        }
    }

    private async Task<JsonElement> AskAsync(string fields) => (await served.AskAsync("/v1/chat/completions",
        $$"""{"messages": {{Asked}}, "tools": {{Tools}} {{fields}} }""")).GetProperty("choices")[0];

    private static void Fits(JsonElement call)
    {
        var arguments = ToolTests.Json(call.GetProperty("function").GetProperty("arguments").GetString()!);
        if (call.GetProperty("function").GetProperty("name").GetString() == "get_time")
        {
            Assert.Empty(arguments.EnumerateObject());
            return;
        }
        Assert.Equal(["city", "days"], arguments.EnumerateObject().Select(one => one.Name));
        Assert.Contains(arguments.GetProperty("city").GetString(), (string[])["Oslo", "Rome"]);
        Assert.InRange(arguments.GetProperty("days").GetDecimal(), 1, 9);
    }
}
