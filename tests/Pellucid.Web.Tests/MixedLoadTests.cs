using System.Text;
using System.Text.Json;
using Pellucid.Tests;

namespace Pellucid.Web.Tests;

/// <summary>Plain texts, texts with a form and calls, streamed at once.</summary>
public sealed class MixedLoadTests(BriefModel served) : IClassFixture<BriefModel>
{
    private const int AtOnce = 96;

    // What asks for a form, and an expression of the texts that have it.
    private static readonly (string Field, string Texts)[] Forms =
    [
        ("""
        "response_format": {"type": "json_schema", "json_schema": {"name": "order", "schema": {"type": "object", "properties": {
        "name": {"type": "string", "pattern": "^[a-z]{2,6}$"}, "parts": {"type": "array", "items": {"type": "integer"}, "maxItems": 3} },
        "required": ["name", "parts"], "additionalProperties": false} } }
        """, @"^\s*\{\s*""name""\s*:\s*"".+""\s*,\s*""parts""\s*:\s*\[[-0-9,.\s]*\]\s*\}\s*$"),
        (""" "guided_regex": "(ab|[0-9]{2,4})-[x-z]+" """, "^(ab|[0-9]{2,4})-[x-z]+$"),
        (""" "guided_choice": ["red", "green", "dark blue"] """, "^(red|green|dark blue)$"),
        (""" "guided_grammar": "root ::= item (\", \" item)*\nitem ::= [a-f]+ | \"(\" root \")\"" """, "^[a-f(), ]+$"),
    ];

    [Fact]
    public async Task Streams_of_every_kind_at_once_lose_nothing_and_are_each_what_they_are_alone()
    {
        var bodies = Enumerable.Range(0, SlowTests.AreAskedFor ? 384 : 60).Select(Body).ToArray();
        var together = new string[bodies.Length];
        await Parallel.ForAsync(0, bodies.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (i, _) => together[i] = await StreamAsync(bodies[i]));
        for (var i = 0; i < bodies.Length; i++)
        {
            Assert.Equal(await StreamAsync(bodies[i]), together[i]);
            if (i % 3 == 1 && together[i].EndsWith("|stop", StringComparison.Ordinal))
                Assert.Matches(FormOf(i).Texts, together[i][..^"|stop".Length]);
            if (i % 3 == 2 && together[i].EndsWith("|tool_calls", StringComparison.Ordinal))
                Assert.StartsWith("get_", together[i], StringComparison.Ordinal);
        }
        Assert.True(together.Distinct().Count() > bodies.Length / 3);
        var ends = together.Select(text => text[(text.LastIndexOf('|') + 1)..]).Distinct();
        Assert.Superset(new HashSet<string>(["stop", "length", "tool_calls"]), ends.ToHashSet());
    }

    private static (string Field, string Texts) FormOf(int number) => Forms[number / 3 % Forms.Length];

    // A third is plain, a third has a form, a third must call.
    private static string Body(int number)
    {
        var rest = (number % 3) switch
        {
            0 => "",
            1 => $", {FormOf(number).Field}",
            _ => $""", "tools": {ToolTests.Tools}, "tool_choice": "required" """,
        };
        return $$"""
            {"messages": [{"role": "user", "content": "{{number}} asks"}], "seed": {{number}}, "temperature": 2,
            "max_tokens": {{(number % 5 == 4 ? 3 : 120)}}, "stream": true {{rest}} }
            """;
    }

    // What came, and why it ended: ids and times are a request's own.
    private async Task<string> StreamAsync(string body)
    {
        using var response = await served.PostAsync("/v1/chat/completions", body);
        var all = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var (told, isWhole) = (new StringBuilder(), false);
        Assert.True(response.IsSuccessStatusCode, all);
        foreach (var line in all.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.False(isWhole);
            if (line == "data: [DONE]")
            {
                isWhole = true;
                continue;
            }
            var choice = ToolTests.Json(line["data: ".Length..]).GetProperty("choices")[0];
            var delta = choice.GetProperty("delta");
            if (delta.TryGetProperty("content", out var content))
                told.Append(content.GetString());
            if (delta.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
                foreach (var call in calls.EnumerateArray())
                    told.Append(ToolTests.Called(call));
            if (choice.GetProperty("finish_reason").GetString() is { } reason)
                told.Append('|').Append(reason);
        }
        Assert.True(isWhole);
        return told.ToString();
    }
}
