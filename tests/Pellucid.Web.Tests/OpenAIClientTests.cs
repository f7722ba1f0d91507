using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using OpenAI.Chat;
using OpenAI.Embeddings;
using Pellucid.Generation;

namespace Pellucid.Web.Tests;

/// <summary>The official client of OpenAI against the server.</summary>
public sealed class OpenAIClientTests(ServedModel served) : IClassFixture<ServedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

#pragma warning disable OPENAI001 // the seed is there for evaluation, says the client
    private static ChatCompletionOptions Options(int seed, int tokens) =>
        new() { Seed = seed, MaxOutputTokenCount = tokens, Temperature = 1 };
#pragma warning restore OPENAI001

    [Fact]
    public async Task A_chat_is_answered_with_what_generate_writes()
    {
        ChatCompletion answer = await served.OpenAI.GetChatClient("small")
            .CompleteChatAsync([new UserChatMessage("the cat")], Options(7, 20), Ended);
        Assert.Equal(served.Generate("the cat", 20, new SamplingOptions { Seed = 7 }), answer.Content[0].Text);
        Assert.Equal((7, 20, ChatFinishReason.Length), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount, answer.FinishReason));
        Assert.Equal(("small", ChatMessageRole.Assistant), (answer.Model, answer.Role));
    }

    [Fact]
    public async Task A_streamed_chat_is_the_same_text_in_pieces()
    {
        var (text, finish, usage) = (new StringBuilder(), default(ChatFinishReason?), default(ChatTokenUsage));
        await foreach (var update in served.OpenAI.GetChatClient("small")
            .CompleteChatStreamingAsync([new SystemChatMessage("a b"), new UserChatMessage("the cat")], Options(8, 30), Ended))
        {
            foreach (var part in update.ContentUpdate)
                text.Append(part.Text);
            (finish, usage) = (update.FinishReason ?? finish, update.Usage ?? usage);
        }
        Assert.Equal(served.Generate("a b\nthe cat", 30, new SamplingOptions { Seed = 8 }), text.ToString());
        Assert.Equal(ChatFinishReason.Length, finish);
        Assert.Equal(30, usage!.OutputTokenCount);
    }

    [Fact]
    public async Task Log_probabilities_are_those_of_the_model()
    {
        var options = Options(9, 12);
        (options.IncludeLogProbabilities, options.TopLogProbabilityCount) = (true, 3);
        ChatCompletion answer = await served.OpenAI.GetChatClient("small")
            .CompleteChatAsync([new UserChatMessage("the cat")], options, Ended);
        var expected = await served.Model.Scheduler.RunAsync(() =>
        {
            using var generator = new Generator(served.Model.Gpt);
            return generator.Generate(served.Model.Encode("the cat"), new Sampler(new SamplingOptions { Seed = 9 }), 12)
                .Select(token => generator.LogProbability(token)).ToArray();
        }, Ended);
        Assert.Equal(expected.Select(value => (float)value), answer.ContentTokenLogProbabilities.Select(token => token.LogProbability),
            (left, right) => Math.Abs(left - right) < 1e-5);
        Assert.All(answer.ContentTokenLogProbabilities, token => Assert.Equal(3, token.TopLogProbabilities.Count));
        Assert.Equal(answer.Content[0].Text,
            string.Concat(answer.ContentTokenLogProbabilities.Select(token => Encoding.UTF8.GetString(token.Utf8Bytes!.Value.Span))));
    }

    [Fact]
    public async Task Embeddings_are_mean_final_states_of_length_one()
    {
        OpenAIEmbeddingCollection vectors = await served.OpenAI.GetEmbeddingClient("small")
            .GenerateEmbeddingsAsync(["the cat", "a dog ran"], cancellationToken: Ended);
        Assert.Equal(16, vectors.Usage.InputTokenCount);
        foreach (var (text, vector) in ((string[])["the cat", "a dog ran"]).Zip(vectors))
        {
            Assert.Equal(await served.Model.EmbedAsync(served.Model.Encode(text), Ended), vector.ToFloats().ToArray());
            Assert.Equal(1, Math.Sqrt(vector.ToFloats().ToArray().Sum(value => value * value)), 1e-5);
        }
    }

    [Fact]
    public async Task The_model_is_listed()
    {
        var models = await served.OpenAI.GetOpenAIModelClient().GetModelsAsync(Ended);
        Assert.Equal("small", Assert.Single(models.Value).Id);
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(() =>
            served.OpenAI.GetOpenAIModelClient().GetModelAsync("other", Ended))).Status);
    }

    [Fact]
    public async Task Errors_arrive_as_the_client_expects_them()
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() =>
            served.OpenAI.GetChatClient("other").CompleteChatAsync([new UserChatMessage("x")], Options(1, 1), Ended));
        Assert.Equal(404, error.Status);
        Assert.Contains("there is no model 'other'", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<ClientResultException>(() =>
            served.OpenAI.GetChatClient("small").CompleteChatAsync([new UserChatMessage("no Capitals")], Options(1, 1), Ended));
        Assert.Equal(400, error.Status);
        error = await Assert.ThrowsAsync<ClientResultException>(() =>
            served.OpenAI.GetChatClient("small").CompleteChatAsync([new UserChatMessage("x")], Options(1, 100_000), Ended));
        Assert.Contains("max_tokens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_streams_at_once_are_each_what_they_would_be_alone()
    {
        var texts = await Task.WhenAll(Enumerable.Range(0, 24).Select(async seed =>
        {
            var text = new StringBuilder();
            await foreach (var update in served.OpenAI.GetChatClient("small")
                .CompleteChatStreamingAsync([new UserChatMessage($"the cat{new string(' ', seed)}")], Options(seed, 25), Ended))
                foreach (var part in update.ContentUpdate)
                    text.Append(part.Text);
            return text.ToString();
        }));
        Assert.Equal(Enumerable.Range(0, 24)
            .Select(seed => served.Generate($"the cat{new string(' ', seed)}", 25, new SamplingOptions { Seed = (ulong)seed })), texts);
    }
}
