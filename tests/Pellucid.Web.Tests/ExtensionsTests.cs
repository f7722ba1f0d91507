using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Pellucid.Extensions.AI;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Web.Tests;

public sealed class ExtensionsTests(ServedModel served) : IClassFixture<ServedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chat_client_answers_with_what_generate_writes_whole_and_in_pieces()
    {
        using IChatClient client = new PellucidChatClient(served.Model);
        var options = new ChatOptions { Seed = 7, MaxOutputTokens = 20, Temperature = 1 };
        var answer = await client.GetResponseAsync("the cat", options, Ended);
        Assert.Equal(served.Generate("the cat", 20, new SamplingOptions { Seed = 7 }), answer.Text);
        Assert.Equal((ChatFinishReason.Length, 7, 20),
            (answer.FinishReason, (int)answer.Usage!.InputTokenCount!, (int)answer.Usage.OutputTokenCount!));
        var pieces = await client.GetStreamingResponseAsync("the cat", options, Ended).ToListAsync(Ended);
        Assert.True(pieces.Count > 10);
        Assert.Equal(answer.Text, string.Concat(pieces.Select(piece => piece.Text)));
        foreach (var cached in (int[])[0, 18]) // all but the last token
            Assert.Equal(cached, (int)(await client.GetResponseAsync("one cat and one dog", options, Ended)).Usage!.CachedInputTokenCount!);
        options.StopSequences = [answer.Text[5..7]];
        Assert.Equal(ChatFinishReason.Stop, (await client.GetResponseAsync("the cat", options, Ended)).FinishReason);
        Assert.Same(served.Model, client.GetService<LanguageModel>());
        Assert.Equal("small", client.GetService<ChatClientMetadata>()!.DefaultModelId);
    }

    private sealed record Person(string Name, int Age, bool IsTall);

    [Fact]
    public async Task A_chat_client_answers_with_a_value_of_a_type()
    {
        using var backend = Pellucid.Tensors.Cpu.CpuBackend.Create(1);
        var tokenizer = new Pellucid.Tokens.CharacterTokenizer(
            string.Concat(Enumerable.Range(' ', 95).Select(code => (char)code)).Insert(0, "\n").EnumerateRunes());
        var gpt = new Gpt(
            new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 512, Layers = 1, Heads = 2, Width = 16 }, backend);
        gpt.Initialize(1);
        await using var model = new LanguageModel("random", gpt, tokenizer);
        using IChatClient client = new PellucidChatClient(model);
        var answered = 0;
        for (var seed = 0; seed < 8; seed++)
        {
            var answer = await client.GetResponseAsync<Person>("who", new ChatOptions { Seed = seed, MaxOutputTokens = 400 },
                cancellationToken: Ended);
            // A random model may never close a string, or write a number that no int holds.
            if (answer.FinishReason == ChatFinishReason.Stop && answer.TryGetResult(out var person) && person.Name is not null)
                answered++;
        }
        Assert.InRange(answered, 1, 8);
    }

    [Fact]
    public async Task What_a_model_cannot_do_is_refused()
    {
        using IChatClient client = new PellucidChatClient(served.Model);
        await Assert.ThrowsAsync<NotSupportedException>(() =>
            client.GetResponseAsync("x", new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "one")] }, Ended));
        using var schema = System.Text.Json.JsonDocument.Parse("""{"type":"array","uniqueItems":true}""");
        var refused = await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("x",
            new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement) }, Ended));
        Assert.Contains("uniqueItems", refused.Message);
        foreach (var (options, name) in ((ChatOptions, string)[])[(new() { ModelId = "another" }, "ModelId"),
            (new() { ConversationId = "1" }, "ConversationId"),
            (new() { Reasoning = new() { Effort = ReasoningEffort.High } }, "Reasoning"),
            (new() { AllowBackgroundResponses = true }, "AllowBackgroundResponses"),
            (new() { AdditionalProperties = new() { ["logprobs"] = true } }, "logprobs"),
            (new() { ToolMode = ChatToolMode.RequireAny }, "ToolMode")])
            Assert.Contains(name, (await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("x", options, Ended)))
                .Message, StringComparison.Ordinal);
        foreach (var options in (ChatOptions[])[new() { MaxOutputTokens = -1 }, new() { MaxOutputTokens = 0 },
            new() { FrequencyPenalty = 3 }, new() { PresencePenalty = float.NaN }])
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.GetResponseAsync("x", options, Ended));
        var picture = new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]);
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync([picture], cancellationToken: Ended));
        var generator = served.Model.AsEmbeddingGenerator();
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync([null!], cancellationToken: Ended));
        await Assert.ThrowsAsync<NotSupportedException>(() =>
            generator.GenerateAsync(["x"], new EmbeddingGenerationOptions { ModelId = "another" }, Ended));
        await Assert.ThrowsAsync<ConversationTooLongException>(() =>
            client.GetResponseAsync(new string('x', 200), cancellationToken: Ended));
    }

    [Fact]
    public async Task A_program_gets_a_model_folder_as_services()
    {
        var folder = Directory.CreateTempSubdirectory("pellucid-").FullName;
        Checkpoint.Save(folder, served.Model.Gpt);
        served.Model.Tokenizer.Save(folder);
        using (var provider = new ServiceCollection().AddPellucid(folder, ElementType.PackedFloat32, threads: 1).BuildServiceProvider())
        {
            var answer = await provider.GetRequiredService<IChatClient>().GetResponseAsync("the cat",
                new ChatOptions { Seed = 7, MaxOutputTokens = 20 }, Ended);
            Assert.Equal(served.Generate("the cat", 20, new SamplingOptions { Seed = 7 }), answer.Text);
            var generator = provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
            var vectors = await generator.GenerateAsync(["the cat", "a dog"], cancellationToken: Ended);
            Assert.Equal(await served.Model.EmbedAsync(served.Model.Encode("a dog"), Ended), vectors[1].Vector.ToArray());
            Assert.Equal(32, generator.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelDimensions);
        }
        Directory.Delete(folder, recursive: true);
    }
}
