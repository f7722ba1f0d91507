using Pellucid.Conversations;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Tests.Generation;

/// <summary>A table of more tokens than the tokenizer knows.</summary>
public sealed class NamelessTokenTests : IDisposable
{
    private const int Named = 8, Rows = 60;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private readonly Backend _backend = TestBackends.Create("Vector128");
    private readonly CharacterTokenizer _tokenizer = CharacterTokenizer.FromText("abcdefgh"u8);

    [Fact]
    public async Task They_are_never_written_and_told_by_their_numbers()
    {
        await using var model = new LanguageModel("m", NewGpt(), _tokenizer);
        using (var generator = new Generator(model.Gpt))
            Assert.Contains(generator.Generate([0, 2, 55], new Sampler(new SamplingOptions { Temperature = 0 }), 20),
                token => token >= Named); // else this shows nothing
        await AssertNamed(model, temperature: 0);
        await AssertNamed(model, temperature: 1);

        var text = "";
        await foreach (var piece in model.WriteAsync(new GenerationRequest([0, 55, 1]) { MaxTokens = 0, Echo = true },
            cancellation: TestContext.Current.CancellationToken))
            text += piece.Text;
        Assert.Equal("a<55>b", text);
    }

    private static async Task AssertNamed(LanguageModel model, float temperature)
    {
        var (written, told) = (new List<int>(), new List<int>());
        var sampling = new SamplingOptions { Temperature = temperature, LogitBias = new Dictionary<int, float>
        {
            [40] = 100
        }, RepetitionPenalty = 1.2f };
        var request = new GenerationRequest([0, 2, 55]) { MaxTokens = 40, Alternatives = 5, Sampling = sampling };
        await foreach (var piece in model.WriteAsync(request, cancellation: TestContext.Current.CancellationToken))
            if (piece.Token is { } token)
            {
                written.Add(token.Token);
                told.AddRange(token.Alternatives.Select(other => other.Token));
                Assert.InRange(token.LogProbability!.Value, -100, 0);
            }
        Assert.Equal(40, written.Count);
        Assert.All(written, token => Assert.InRange(token, 0, Named - 1));
        Assert.Contains(told, token => token >= Named); // the model's own distribution is told as it is
    }

    [Fact]
    public void The_others_share_their_probability()
    {
        float[] logits = [1, 2, 0, 9, 8];
        var choices = new Sampler(new SamplingOptions(), named: 3).Choices(logits, 5);
        Assert.Equal([1, 0, 2], choices.Select(choice => choice.Token));
        Assert.Equal(1, choices.Sum(choice => choice.Probability), 1e-12);
        Assert.Equal(Math.E, choices[0].Probability / choices[1].Probability, 1e-6);
        Assert.Equal(1, new Sampler(new SamplingOptions { Temperature = 0 }, named: 3).Choose(logits, 0));
        // an end needs no name
        Assert.Equal(4, new Sampler(new SamplingOptions { Temperature = 0 }, named: 3, ends: [4]).Choose(logits, 0));
        foreach (var options in (ReadOnlySpan<SamplingOptions>)[new(), new() { TopK = 4 }, new() { TopP = 0.999f }, new() { MinP = 0.01f }])
            for (var step = 0; step < 50; step++)
                Assert.InRange(new Sampler(options, named: 3).Choose(logits, step, [4, 3]), 0, 2);
    }

    [Fact]
    public async Task Of_a_larger_tokenizer_no_token_may_be_used_that_the_model_lacks()
    {
        using var gpt = new Gpt(new GptConfig { VocabularySize = 6, Context = 16, Layers = 1, Heads = 1, Width = 8 }, _backend);
        gpt.Initialize(1);
        await using var model = new LanguageModel("m", gpt, _tokenizer);
        var pieces = 0;
        await foreach (var _ in model.WriteAsync(new GenerationRequest(model.Encode("abc")) { MaxTokens = 3 },
            cancellation: TestContext.Current.CancellationToken))
            pieces++;
        Assert.Equal(4, pieces);
        Assert.Equal("token 7 is outside the vocabulary of 6", Assert.Throws<ArgumentException>(() =>
            model.WriteAsync(new GenerationRequest(model.Encode("ah")), cancellation: Ended)).Message);
    }

    [Fact]
    public async Task A_text_ends_at_any_of_the_models_ends_and_starts_with_its_begin_token()
    {
        await using var free = new LanguageModel("m", NewGpt(), _tokenizer);
        var whole = await Written(free);
        var specials = new SpecialTokens { Begin = 3, AddsBegin = true, Ends = [50, whole[9], whole[5]] };
        await using var model = new LanguageModel("m", NewGpt(), _tokenizer, specials: specials);
        Assert.Equal(whole.TakeWhile(token => !specials.Ends.Contains(token)), await Written(model));
        Assert.Equal([3, 0, 1], model.Encode("ab"));
        Assert.Equal([3], model.Encode(""));
        model.Chat = ChatTemplate.Parse("{{ messages[0].content }}"); // which would put a begin token itself
        Assert.Equal([0, 1], model.Answer(new Conversation([new ChatTurn("user", "ab")])).Prompt);
        model.AddsBegin = false;
        Assert.Equal([0, 1], model.Encode("ab"));
    }

    private static async Task<List<int>> Written(LanguageModel model)
    {
        var tokens = new List<int>();
        await foreach (var piece in model.WriteAsync(new GenerationRequest([0, 1]) { MaxTokens = 20 },
            cancellation: TestContext.Current.CancellationToken))
            if (piece.Token is { } token)
                tokens.Add(token.Token);
        return tokens;
    }

    private Gpt NewGpt()
    {
        var gpt = new Gpt(new GptConfig { VocabularySize = Rows, Context = 64, Layers = 1, Heads = 2, Width = 16 }, _backend);
        gpt.Initialize(3);
        _backend.AddScaled(gpt.Parameters["wte.weight"], 20, gpt.Parameters["wte.weight"]);
        return gpt;
    }

    public void Dispose() => _backend.Dispose();
}
