using System.Text.Json;
using Pellucid.Constraints;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Tests.Constraints;

/// <summary>A random model writes within constraints: what it writes keeps to them.</summary>
public sealed class ConstrainedWritingTests : IDisposable
{
    private readonly Backend _backend = TestBackends.Create("Vector128");
    private readonly CharacterTokenizer _tokenizer = CharacterTokenizer.FromText(
        "\n !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~é猫"u8);

    [Fact]
    public async Task Texts_keep_to_a_schema_and_end_by_themselves()
    {
        var constraint = OutputConstraint.JsonSchema("""
            {"type":"object","properties":{"name":{"type":"string","maxLength":6},"age":{"type":"integer","minimum":0,"maximum":150},
            "tags":{"type":"array","items":{"enum":["a","b"]},"maxItems":3}},"required":["name","age","tags"],"additionalProperties":false}
            """, new JsonSchemaOptions { WhiteSpace = false });
        await using var model = new LanguageModel("m", NewGpt(), _tokenizer);
        for (var seed = 0ul; seed < 30; seed++)
        {
            var (text, finish) = await Write(model, new GenerationRequest([1]) { Constraint = constraint, MaxTokens = 120,
                Sampling = new SamplingOptions { Temperature = 2, Seed = seed } });
            Assert.Equal(FinishReason.Stop, finish);
            Assert.True(constraint.Admits(text), text);
            using var value = JsonDocument.Parse(text);
            Assert.InRange(value.RootElement.GetProperty("age").GetDouble(), 0, 150);
            Assert.InRange(value.RootElement.GetProperty("tags").GetArrayLength(), 0, 3);
        }
    }

    [Fact]
    public async Task One_of_several_choices_is_written_and_the_same_by_a_generator_alone()
    {
        var constraint = OutputConstraint.Choice(["yes", "no", "not at all"]);
        await using var model = new LanguageModel("m", NewGpt(), _tokenizer);
        var sampling = new SamplingOptions { Temperature = 2, Seed = 5 };
        var (text, _) = await Write(model, new GenerationRequest([1, 2]) { Constraint = constraint, Sampling = sampling });
        Assert.Contains(text, (string[])["yes", "no", "not at all"]);
        using var generator = new Generator(model.Gpt);
        Assert.StartsWith(model.Tokenizer.Decode([.. generator.Generate([1, 2], new Sampler(sampling), 200, [],
            constraint.Begin(model.Vocabulary))])[..2], text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_constraint_that_the_tokens_cannot_write_ends_its_own_text_alone()
    {
        await using var model = new LanguageModel("m", NewGpt(), _tokenizer);
        var other = Write(model, new GenerationRequest([3]) { MaxTokens = 20 });
        var error = await Assert.ThrowsAsync<ConstraintException>(() =>
            Write(model, new GenerationRequest([1]) { Constraint = OutputConstraint.Regex("ж+") }));
        Assert.Contains("no token", error.Message);
        Assert.Equal(20, (await other).Text.EnumerateRunes().Count());
    }

    private static async Task<(string Text, FinishReason? Finish)> Write(LanguageModel model, GenerationRequest request)
    {
        var (text, finish) = ("", default(FinishReason?));
        await foreach (var piece in model.WriteAsync(request, cancellation: TestContext.Current.CancellationToken))
            (text, finish) = (text + piece.Text, piece.Finish ?? finish);
        return (text, finish);
    }

    private Gpt NewGpt()
    {
        var gpt = new Gpt(new GptConfig { VocabularySize = _tokenizer.VocabularySize, Context = 256, Layers = 1, Heads = 2, Width = 16 },
            _backend);
        gpt.Initialize(3);
        return gpt;
    }

    public void Dispose() => _backend.Dispose();
}
