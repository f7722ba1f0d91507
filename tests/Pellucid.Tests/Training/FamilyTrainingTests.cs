namespace Pellucid.Tests.Training;

/// <summary>Models of other blocks than GPT-2's learn as well. All families, for longer: the long test <c>families</c>.</summary>
public sealed class FamilyTrainingTests
{
    private const int Steps = 150, Width = 32;

    [Fact]
    public void Dense_blocks_and_blocks_of_experts_learn_no_worse_than_the_shape_of_GPT2()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        double Loss(string name) => (SmallFamily.All.Single(family => family.Name == name) with { Rate = 3e-3f, Warmup = 50 })
            .Train(backend, Steps, Width).Loss;
        var bound = Loss("gpt2") + SmallFamily.All[0].Slack;
        Assert.InRange(bound, 0.5, 2.6); // it has learned more than which letters are frequent
        Assert.InRange(Loss("llama"), 0, bound);
        Assert.InRange(Loss("qwen3_moe"), 0, bound);
    }
}
