using System.Text;
using Pellucid.Evaluation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Tests.Evaluation;

public sealed class PerplexityTests
{
    [Fact]
    public void Loss_is_the_mean_surprise_of_every_window()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        var tokens = SmallGpt.Tokens(200);
        var sum = 0.0;
        foreach (var (start, count) in (ReadOnlySpan<(int, int)>)[(0, 150), (150, 49)])
        {
            var logits = model.Logits(rows => rows.Add(tokens.AsSpan(start, count)));
            for (var i = 0; i < count; i++)
                sum -= logits[i][tokens[start + i + 1]] - Math.Log(logits[i].Sum(value => Math.Exp(value)));
        }
        var measured = Perplexity.Measure(model.Gpt, tokens, bytes: 300);
        Assert.Equal(199, measured.Tokens);
        Assert.Equal(sum / 199, measured.Loss, 5);
        Assert.Equal(Math.Exp(sum / 199), measured.Value, 3);
        Assert.Equal(sum / Math.Log(2) / 300, measured.BitsPerByte, 5);
    }

    [Fact]
    public void Windows_of_a_given_length_predict_nothing_beyond_themselves()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        var tokens = SmallGpt.Tokens(51);
        var (sum, predicted) = (0.0, 0);
        for (var start = 0; start < 51; start += 7) // the last two tokens are a window too
        {
            var window = tokens[start..Math.Min(51, start + 7)];
            var logits = model.Logits(rows => rows.Add(window));
            for (var i = 0; i < window.Length - 1; i++, predicted++)
                sum -= logits[i][window[i + 1]] - Math.Log(logits[i].Sum(value => Math.Exp(value)));
        }
        var measured = Perplexity.Measure(model.Gpt, tokens, 50, window: 7);
        Assert.Equal(predicted, measured.Tokens);
        Assert.Equal(sum / predicted, measured.Loss, 5);
        Assert.Equal(42, Perplexity.Measure(model.Gpt, tokens.AsSpan(0, 50), 50, window: 7).Tokens); // one token alone predicts none
        Assert.Throws<ArgumentException>(() => Perplexity.Measure(model.Gpt, tokens, 50, window: 151));
        Assert.Throws<ArgumentException>(() => Perplexity.Measure(model.Gpt, tokens, 50, window: 1));
    }

    [Theory]
    [InlineData(ElementType.BFloat16, 0.001)]
    [InlineData(ElementType.Float16, 0.001)]
    [InlineData(ElementType.Q8_0, 0.01)]
    [InlineData(ElementType.Q4_0, 0.03)]
    public void Fewer_bits_cost_a_trained_model_little_on_text_it_has_not_read(ElementType weights, double most)
    {
        const ulong another = 4711; // seed of a text that tiny was not trained on
        var text = new MicroWorld(another).Text(100_000);
        var tokens = Tokenizer.Load(BuiltInModel.Folder).Encode(text).ToArray();
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        double Loss(ElementType? type)
        {
            using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend, type);
            return Perplexity.Measure(gpt, tokens, Encoding.UTF8.GetByteCount(text)).Loss;
        }
        Assert.InRange(Loss(weights) - Loss(null), -most, most);
    }

    [Fact]
    public void One_token_cannot_be_measured()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        Assert.Throws<ArgumentException>(() => Perplexity.Measure(model.Gpt, [1], 1));
    }
}
