using System.ComponentModel;
using System.Text;
using System.Text.Json;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;

namespace Pellucid.Web.Tests;

#pragma warning disable OPENAI001 // seeds and responses are there for evaluation, says the client

/// <summary>The clients of .NET, as they are published: they call functions, get objects, and go on from responses.</summary>
public sealed class DotNetClientTests(BriefModel served) : IClassFixture<BriefModel>
{
    private static readonly BinaryData Schema = BinaryData.FromString("""
        {"type": "object", "properties": {"city": {"type": "string", "enum": ["Oslo", "Rome"]} }, "required": ["city"],
        "additionalProperties": false}
        """);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public enum City
    {
        Oslo,
        Rome,
    }

    public sealed record Place(City City, int Days);

    [Fact]
    public async Task OpenAI_calls_functions_and_tells_what_came_of_them()
    {
        var client = served.OpenAI.GetChatClient("small");
        var tool = ChatTool.CreateFunctionTool("get_weather", "The weather", Schema, functionSchemaIsStrict: true);
        List<ChatMessage> messages = [new UserChatMessage("Is it warm?")];
        ChatCompletion asked = await client.CompleteChatAsync(messages,
            new ChatCompletionOptions { Tools = { tool }, ToolChoice = ChatToolChoice.CreateRequiredChoice(), Seed = 1 }, Ended);
        Assert.Equal(ChatFinishReason.ToolCalls, asked.FinishReason);
        Assert.All(asked.ToolCalls, call => Judge(call.FunctionName, call.FunctionArguments.ToString()));
        messages.Add(new AssistantChatMessage(asked));
        messages.AddRange(asked.ToolCalls.Select(call => new ToolChatMessage(call.Id, "18")));
        ChatCompletion answered = await client.CompleteChatAsync(messages,
            new ChatCompletionOptions { Tools = { tool }, MaxOutputTokenCount = 20 }, Ended);
        Assert.True(answered.Usage.InputTokenCount > asked.Usage.InputTokenCount);

        var (names, arguments, finish) = (new Dictionary<int, string>(), new Dictionary<int, string>(), default(ChatFinishReason?));
        await foreach (var update in client.CompleteChatStreamingAsync(messages[..1], new ChatCompletionOptions
        {
            Tools = { tool }, ToolChoice = ChatToolChoice.CreateFunctionChoice("get_weather"), AllowParallelToolCalls = false, Seed = 2,
        }, Ended))
        {
            foreach (var call in update.ToolCallUpdates)
            {
                names[call.Index] = names.GetValueOrDefault(call.Index) + call.FunctionName;
                arguments[call.Index] = arguments.GetValueOrDefault(call.Index) + call.FunctionArgumentsUpdate;
            }
            finish = update.FinishReason ?? finish;
        }
        Assert.Equal(ChatFinishReason.ToolCalls, finish);
        Judge(Assert.Single(names).Value, Assert.Single(arguments).Value);
    }

    [Fact]
    public async Task OpenAI_gets_objects_of_a_schema()
    {
        ChatCompletion answer = await served.OpenAI.GetChatClient("small").CompleteChatAsync([new UserChatMessage("Where?")],
            new ChatCompletionOptions { ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("place", Schema, null, true) }, Ended);
        Judge("get_weather", answer.Content[0].Text);
    }

    [Fact]
    public async Task OpenAI_goes_on_from_responses_streamed_and_whole()
    {
        var client = served.OpenAI.GetResponsesClient();
        ResponseResult first = await client.CreateResponseAsync("small", "Is it warm?", cancellationToken: Ended);
        Assert.Equal(ResponseStatus.Completed, first.Status);
        var options = new CreateResponseOptions("small", [ResponseItem.CreateUserMessageItem("And now?")])
        {
            PreviousResponseId = first.Id, ToolChoice = ResponseToolChoice.CreateRequiredChoice(), ParallelToolCallsEnabled = false,
            Tools = { ResponseTool.CreateFunctionTool("get_weather", Schema, strictModeEnabled: true) }, StreamingEnabled = true,
        };
        var last = default(ResponseResult);
        await foreach (var update in await client.CreateResponseStreamingAsync(options, Ended))
            last = update is StreamingResponseCompletedUpdate ended ? ended.Response : last;
        Assert.Equal(first.Id, last!.PreviousResponseId);
        var call = Assert.IsType<FunctionCallResponseItem>(Assert.Single(last.OutputItems));
        Judge(call.FunctionName, call.FunctionArguments.ToString());
        ResponseResult place = await client.CreateResponseAsync(new CreateResponseOptions("small",
            [ResponseItem.CreateFunctionCallOutputItem(call.CallId, "18")])
        {
            PreviousResponseId = last.Id,
            TextOptions = new() { TextFormat = ResponseTextFormat.CreateJsonSchemaFormat("place", Schema, jsonSchemaIsStrict: true) },
        }, Ended);
        Judge("get_weather", place.GetOutputText());
        ResponseResult found = await client.GetResponseAsync(place.Id, Ended);
        Assert.Equal(place.GetOutputText(), found.GetOutputText());
        await client.DeleteResponseAsync(place.Id, Ended);
    }

    [Fact]
    public async Task Semantic_Kernel_chats_streams_calls_methods_and_gets_objects()
    {
        var builder = Kernel.CreateBuilder();
        builder.AddOpenAIChatCompletion("small", served.OpenAI);
        var kernel = builder.Build();
        var (chat, called) = (kernel.GetRequiredService<IChatCompletionService>(), new List<City>());
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Is it warm?");
        var settings = new OpenAIPromptExecutionSettings { Seed = 3, MaxTokens = 40, Temperature = 1 };
        var whole = await chat.GetChatMessageContentAsync(history, settings, kernel, Ended);
        var pieces = new StringBuilder();
        await foreach (var piece in chat.GetStreamingChatMessageContentsAsync(history, settings, kernel, Ended))
            pieces.Append(piece.Content);
        Assert.Equal(whole.Content ?? "", pieces.ToString());

        kernel.Plugins.AddFromFunctions("sky", [kernel.CreateFunctionFromMethod(
            [Description("The weather")] (City city) =>
            {
                called.Add(city);
                return "18";
            }, "get_weather")]);
        await chat.GetChatMessageContentAsync(history, new OpenAIPromptExecutionSettings
        {
            FunctionChoiceBehavior = FunctionChoiceBehavior.Required(), Seed = 4, MaxTokens = 1000,
        }, kernel, Ended);
        Assert.NotEmpty(called);
        Assert.All(called, city => Assert.True(Enum.IsDefined(city)));

        var place = await chat.GetChatMessageContentAsync(history,
            new OpenAIPromptExecutionSettings { ResponseFormat = typeof(Place), Seed = 5 }, cancellationToken: Ended);
        using var read = JsonDocument.Parse(place.Content!);
        Assert.Contains(read.RootElement.GetProperty("City").GetString(), Enum.GetNames<City>());
        Assert.Equal(JsonValueKind.Number, read.RootElement.GetProperty("Days").ValueKind);
    }

    private static void Judge(string name, string arguments)
    {
        Assert.Equal("get_weather", name);
        using var read = JsonDocument.Parse(arguments);
        Assert.Contains(read.RootElement.GetProperty("city").GetString(), Enum.GetNames<City>());
    }
}
