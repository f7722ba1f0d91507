using Pellucid.Evaluation;
using Pellucid.Tests.Models;

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
    public void One_token_cannot_be_measured()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        Assert.Throws<ArgumentException>(() => Perplexity.Measure(model.Gpt, [1], 1));
    }
}
