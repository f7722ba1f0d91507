using System.ComponentModel;
using Microsoft.Extensions.AI;
using Pellucid.Extensions.AI;
using Pellucid.Generation;

// A model calls methods of this program: dotnet run --project samples/Tools -- MODEL "What is 12 times 34?"
// MODEL's chat template must know tools, as those of Qwen, Llama 3, Mistral, gpt-oss and many others do.
if (args is not [var folder, var question])
{
    Console.Error.WriteLine("usage: Tools MODEL QUESTION");
    return 2;
}
using var model = LanguageModel.Load(folder);
using var chat = model.AsChatClient().AsBuilder().UseFunctionInvocation().Build();

var options = new ChatOptions
{
    MaxOutputTokens = 400,
    Tools = [AIFunctionFactory.Create(Calculator.Multiply), AIFunctionFactory.Create(Calculator.Add)],
};
await foreach (var update in chat.GetStreamingResponseAsync(question, options))
    foreach (var content in update.Contents)
        Console.Write(content switch
        {
            FunctionCallContent call => $"[{call.Name}({string.Join(", ", (call.Arguments ?? new Dictionary<string, object?>())
                .Select(one => $"{one.Key}: {one.Value}"))})",
            FunctionResultContent result => $" = {result.Result}]\n",
            TextContent text => text.Text,
            _ => "",
        });
Console.WriteLine();
return 0;

/// <summary>What the model may call.</summary>
internal static class Calculator
{
    [Description("Multiplies two whole numbers")]
    public static long Multiply(long a, long b) => a * b;

    [Description("Adds two whole numbers")]
    public static long Add(long a, long b) => a + b;
}
