using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

public sealed class LogitLensTests
{
    public static TheoryData<string> Backends => TestBackends.Names;

    [Theory, MemberData(nameof(Backends))]
    public void After_the_last_block_it_is_what_the_model_says(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        var tokens = SmallGpt.Tokens(12);
        var logits = model.Logits(rows => rows.Add(tokens));
        var readings = LogitLens.Read(model.Gpt, new Prompts([SmallGpt.Tokens(5, 1), tokens]), top: 3);
        Assert.Equal((12 + 5) * 5, readings.Count); // embedding, and two places in each of two layers
        foreach (var reading in readings.Where(reading => reading is { Activation: Activation.ResidPost, Layer: 1, Prompt: 1 }))
        {
            var said = new Distribution(logits[reading.Position]);
            Assert.Equal(said.Top(3), reading.Top.Select(pair => pair.Token));
            Assert.Equal(said.Probability(reading.Target), reading.TargetProbability);
            Assert.Equal(said.Entropy(), reading.Entropy);
            Assert.Equal((0, 0.0), (reading.TargetRank, reading.Divergence));
        }
        Assert.All(readings, reading => Assert.True(reading.Divergence >= -1e-12));
        Assert.Equal(["embedding", "mid block 0", "after block 0", "mid block 1", "after block 1"],
            readings.Take(5).Select(reading => reading.Name));
    }

    [Fact]
    public void Numbers_of_a_distribution_are_those_of_its_definition()
    {
        var distribution = new Distribution([(float)Math.Log(1), (float)Math.Log(2), (float)Math.Log(5), (float)Math.Log(2)]);
        Assert.Equal(0.2, distribution.Probability(1), 6);
        Assert.Equal([2, 1, 3, 0], distribution.Top(9));
        Assert.Equal((0, 2), (distribution.Rank(2), distribution.Rank(3)));
        Assert.Equal(-(0.1 * Math.Log(0.1) + 0.4 * Math.Log(0.2) + 0.5 * Math.Log(0.5)), distribution.Entropy(), 6);
        Assert.Equal(0.1 * Math.Log(0.4) + 0.4 * Math.Log(0.8) + 0.5 * Math.Log(2),
            distribution.DivergenceFrom(new Distribution([0, 0, 0, 0])), 6);
    }
}
