using Pellucid.Looking;

namespace Pellucid.Tests.Looking;

public sealed class TrainedCircuitTests(TrainedOnGifts trained) : IClassFixture<TrainedOnGifts>
{
    [Fact]
    public void The_model_is_nearly_always_right_and_the_shuffled_one_is_not()
    {
        using var measure = new CircuitMeasure(trained.Right, trained.Data);
        using var shuffled = new CircuitMeasure(trained.Shuffled, trained.Data);
        Assert.True(measure.Accuracy() > 0.99 && measure.Model().Mean > 3, $"{measure.Accuracy()} {measure.Model()}");
        Assert.True(shuffled.Accuracy() < 0.75 && shuffled.Model().Mean < 0.5, $"{shuffled.Accuracy()} {shuffled.Model()}");
    }

    [Fact]
    public void Knocking_out_the_circuit_destroys_the_task_and_random_sets_of_its_size_do_not()
    {
        var circuit = CircuitDiscovery.Find(trained.Right, trained.Data);
        using var measure = new CircuitMeasure(trained.Right, trained.Data);
        var whole = measure.Model().Mean;
        var broken = measure.Without(circuit.Nodes).Mean;
        Assert.NotEmpty(circuit.Nodes);
        Assert.True(broken < 0.25 * whole, $"{broken} of {whole} is left without {string.Join(", ", circuit.Nodes)}");
        var random = measure.WithoutRandom(circuit, seed: 1);
        Assert.All(random, set =>
            Assert.True(set.Heads.Count == circuit.Nodes.Count && !set.Heads.Any(head => circuit.Nodes.Any(node => node.Id == head.Id))));
        Assert.True(random.Average(set => set.Left.Mean) > 0.5 * whole, $"{string.Join(", ", random.Select(set => set.Left.Mean))} of "
            + $"{whole}; circuit {string.Join(", ", circuit.Nodes)} leaves {broken}");
    }

    [Fact]
    public void Shuffled_answers_give_an_empty_circuit() => Assert.Empty(CircuitDiscovery.Find(trained.Shuffled, trained.Data).Nodes);
}
