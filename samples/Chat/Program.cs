using System.Numerics.Tensors;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

// A model folder as services of a program: dotnet run --project samples/Chat -- MODEL "a text" "another"
if (args is not [var folder, var text, ..])
{
    Console.Error.WriteLine("usage: Chat MODEL TEXT [OTHER TEXT]");
    return 2;
}
using var services = new ServiceCollection().AddPellucid(folder).BuildServiceProvider();

var chat = services.GetRequiredService<IChatClient>();
await foreach (var update in chat.GetStreamingResponseAsync(text, new ChatOptions { MaxOutputTokens = 40, Seed = 1 }))
    Console.Write(update.Text);
Console.WriteLine();

if (args.Length > 2)
{
    var vectors = await services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>().GenerateAsync([text, args[2]]);
    Console.WriteLine($"alike: {TensorPrimitives.CosineSimilarity(vectors[0].Vector.Span, vectors[1].Vector.Span):0.000}");
}
return 0;
