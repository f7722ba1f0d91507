using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Pellucid.Conversations;
using Pellucid.Extensions.AI;

namespace Pellucid.Web.Tests;

/// <summary>Functions of a program that models call by way of <see cref="IChatClient"/>.</summary>
public sealed class ChatToolTests(ScriptedModel served) : IClassFixture<ScriptedModel>
{
    private readonly List<string> _called = [];

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_method_is_called_and_its_result_is_answered_with()
    {
        using var client = served.Model.AsChatClient().AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Temperature = 0, Tools = [AIFunctionFactory.Create(Multiply)] };
        const string call = """{"name": "Multiply", "arguments": {"a": 12, "b": 34}}""";
        var first = Conversation(options, new ChatTurn("user", "12 times 34?"));
        served.Write(first.Length, $"<think>Easy.</think>Let me see.\n<tool_call>\n{call}\n</tool_call>");
        var asked = ChatTurn.Parse(JsonDocument.Parse("""
            {"role": "assistant", "content": "Let me see.", "reasoning_content": "Easy.", "tool_calls": [{"id": "a", "type": "function",
            "function": {"name": "Multiply", "arguments": {"a": 12, "b": 34}}}]}
            """).RootElement);
        served.Write(Conversation(options, new ChatTurn("user", "12 times 34?"), asked, new ChatTurn("tool", "408")).Length, "It is 408.");

        var answer = await client.GetResponseAsync("12 times 34?", options, Ended);
        Assert.Equal(["12 times 34"], _called);
        Assert.Equal("It is 408.", answer.Messages[^1].Text);
        Assert.Equal("Easy.", string.Concat(answer.Messages.SelectMany(message => message.Contents).OfType<TextReasoningContent>()
            .Select(one => one.Text)));
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal("Let me see.It is 408.",
            string.Concat((await client.GetStreamingResponseAsync("12 times 34?", options, Ended).ToListAsync(Ended))
                .Select(one => one.Text)));
        Assert.Equal(2, _called.Count);
    }

    [Fact]
    public async Task An_argument_that_is_written_twice_has_its_last_value()
    {
        using var client = served.Model.AsChatClient();
        var options = new ChatOptions { Temperature = 0, Tools = [AIFunctionFactory.Create(Multiply)] };
        const string call = """{"name": "Multiply", "arguments": {"a": 1, "b": 2, "a": 3}}""";
        served.Write(Conversation(options, new ChatTurn("user", "3 times 2?")).Length, $"<tool_call>\n{call}\n</tool_call>");
        var answer = await client.GetResponseAsync("3 times 2?", options, Ended);
        Assert.Equal("3", Assert.Single(answer.Messages[^1].Contents.OfType<FunctionCallContent>()).Arguments!["a"]!.ToString());
    }

    [Fact]
    public async Task A_method_that_must_be_called_is_with_arguments_that_it_takes()
    {
        using var client = served.Model.AsChatClient();
        for (var seed = 0; seed < 8; seed++)
        {
            var answer = await client.GetResponseAsync("?", new ChatOptions
            {
                Seed = seed, Temperature = 2, ToolMode = ChatToolMode.RequireSpecific("Multiply"), AllowMultipleToolCalls = false,
                MaxOutputTokens = 1500, Tools = [AIFunctionFactory.Create(Multiply), AIFunctionFactory.Create(() => 1, "one")],
            }, Ended);
            if (answer.FinishReason == ChatFinishReason.Length)
                continue; // digits without an end
            var call = Assert.Single(answer.Messages[^1].Contents.OfType<FunctionCallContent>());
            Assert.Equal((ChatFinishReason.ToolCalls, "Multiply"), (answer.FinishReason, call.Name));
            Assert.All((string[])["a", "b"], name => Assert.Equal(JsonValueKind.Number, ((JsonElement)call.Arguments![name]!).ValueKind));
        }
    }

    [Description("Multiplies")]
    private long Multiply(long a, long b)
    {
        _called.Add($"{a} times {b}");
        return a * b;
    }

    private int[] Conversation(ChatOptions options, params ChatTurn[] turns) =>
        served.Read(new Conversation(turns) { Tools = ToolTurns.List(options) });
}
