using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.Web.Tests;

/// <summary>A model of 60 tokens, of which the tokenizer knows 8,
/// that puts a begin token before prompts and was fetched under a name.</summary>
public sealed class NamelessModel : ServedModel
{
    internal override HostOptions Options => new() { Aliases = ["0123456789abcdef0123456789abcdef01234567"] };

    internal override LanguageModel NewModel(CpuBackend backend) => new("me/chat",
        NewGpt(new GptConfig { VocabularySize = 60, Context = 64, Layers = 1, Heads = 2, Width = 16 }, backend, seed: 3),
        CharacterTokenizer.FromText("abcdefgh"u8), specials: new SpecialTokens { Begin = 3, AddsBegin = true });
}

/// <summary>Tokens without names, the begin token, and the names of a model.</summary>
public sealed class EndsTests(NamelessModel served) : IClassFixture<NamelessModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tokens_without_names_are_told_by_their_numbers_wherever_they_are_listed()
    {
        var completion = await served.AskAsync("/v1/completions",
            """{"prompt": [0, 1, 50], "max_tokens": 20, "temperature": 0, "logprobs": 20, "echo": true}""");
        var choice = completion.GetProperty("choices")[0];
        Assert.StartsWith("ab<50>", choice.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("<50>", choice.GetProperty("logprobs").GetProperty("tokens")[2].GetString());
        Assert.All(choice.GetProperty("logprobs").GetProperty("tokens").EnumerateArray().Skip(3),
            token => Assert.Matches("^[a-h]$", token.GetString()));
        Assert.Contains(choice.GetProperty("logprobs").GetProperty("top_logprobs")[5].EnumerateObject(), pair => pair.Name.StartsWith('<'));

        var chat = await served.AskAsync("/v1/chat/completions",
            """{"messages": [{"role": "user", "content": "abc"}], "max_tokens": 5, "logprobs": true, "top_logprobs": 20}""");
        Assert.Contains(
            chat.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content")[0].GetProperty("top_logprobs").EnumerateArray(),
            token => token.GetProperty("token").GetString()!.StartsWith('<'));
        var seen = await served.AskAsync("/v1/inspect", """{"text": "abc", "top": 60, "lens": true}""");
        Assert.Contains(seen.GetProperty("lens")[0].GetProperty("top").EnumerateArray(),
            token => token.GetProperty("text").GetString() == "<50>");
        using var streamed = await served.PostAsync("/v1/completions",
            """{"prompt": [0, 50], "max_tokens": 3, "stream": true, "logprobs": 20}""");
        Assert.Contains("data: [DONE]", await streamed.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_begin_token_stands_before_texts_and_not_before_tokens()
    {
        Assert.Equal(4, await PromptTokens("""{"prompt": "abc", "max_tokens": 1}"""));
        Assert.Equal(3, await PromptTokens("""{"prompt": [0, 1, 2], "max_tokens": 1}"""));
        Assert.Equal(1, await PromptTokens("""{"prompt": "", "max_tokens": 1}"""));
        Assert.Equal(4, (await served.AskAsync("/v1/inspect", """{"text": "abc"}""")).GetProperty("tokens").GetArrayLength());
    }

    [Theory]
    [InlineData("me/chat", HttpStatusCode.OK)]
    [InlineData("0123456789abcdef0123456789abcdef01234567", HttpStatusCode.OK)]
    [InlineData("me", HttpStatusCode.NotFound)]
    public async Task A_model_answers_to_the_name_it_was_fetched_under_and_to_its_commit(string name, HttpStatusCode expected)
    {
        using var answer = await served.PostAsync("/v1/completions", $$"""{"model": "{{name}}", "prompt": "abc", "max_tokens": 1}""");
        Assert.Equal(expected, answer.StatusCode);
        foreach (var path in (string[])[$"/v1/models/{name}", $"/v1/models/{Uri.EscapeDataString(name)}"])
        {
            using var shown = await served.Http.GetAsync(path, Ended);
            Assert.Equal(expected, shown.StatusCode);
        }
        Assert.Equal("me/chat",
            (await served.Http.GetFromJsonAsync<JsonElement>("/v1/models", Ended)).GetProperty("data")[0].GetProperty("id").GetString());
    }

    private async Task<int> PromptTokens(string request) =>
        (await served.AskAsync("/v1/completions", request)).GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
}
