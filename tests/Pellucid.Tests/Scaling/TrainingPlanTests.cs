using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Scaling;

namespace Pellucid.Tests.Scaling;

/// <summary>The planner against what was published of trainings.</summary>
public sealed class TrainingPlanTests
{
    private static GptConfig Gpt(int layers, int width, int heads, int vocabulary, int context) =>
        new() { Layers = layers, Width = width, Heads = heads, VocabularySize = vocabulary, Context = context };

    [Fact]
    public void GPT3_took_what_its_paper_says()
    {
        var plan = PublishedRun.All[0].Plan;
        Assert.Equal(3.14e23, plan.Flop, 0.005e23);
        Assert.Equal(3640, plan.PetaflopDays, 5.0);
        Assert.Equal(354.9, plan.Seconds / 3600, 0.1);
        // By its own shape 2.8 % more than 6 N D.
        var cost = ModelCost.Of(GptPresets.Find("gpt3-175b")!);
        Assert.Equal(1.028, TrainingPlan.OfShape(cost, 300e9, 2048).Computed / (6 * cost.Parameters * 300e9), 0.012);
    }

    [Fact]
    public void Shapes_of_Megatron_have_the_parameters_and_the_speed_of_its_table()
    {
        foreach (var row in SeparatedValues.ReadTable(SharedData.Path("scaling/training-runs/megatron-2021-a100.csv"), ["name"]))
        {
            int Whole(string column) => (int)Number(row[column]);
            var (layers, h, V, s, B) = (Whole("layers"), Whole("hidden"), Whole("vocab"), Whole("seq"), Whole("batch"));
            var cost = ModelCost.Of(Gpt(layers, h, Whole("heads"), V, s));
            Assert.Equal(Number(row["params_billion"]), cost.Parameters / 1e9, Math.Max(0.05, 0.006 * Number(row["params_billion"])));
            Assert.Equal(96.0 * B * s * layers * h * h * (1 + s / (6.0 * h) + V / (16.0 * layers * h)),
                B * (double)s * cost.HardwareFlop(s),
                1e-9 * B * s * cost.HardwareFlop(s));
            Assert.Equal(72.0 * B * s * layers * h * h * (1 + s / (6.0 * h) + V / (12.0 * layers * h)), B * (double)s * cost.ModelFlop(s),
                1e-9 * B * s * cost.ModelFlop(s));
            Assert.Equal(Number(row["aggregate_pflops"]), Number(row["tflops_per_gpu"]) * Number(row["gpus"]) / 1000,
                0.0006 * Number(row["gpus"])); // rates are rounded to whole TFLOP/s
        }
    }

    [Fact]
    public void Steps_of_BLOOM_come_to_the_speed_that_was_measured()
    {
        foreach (var row in SeparatedValues.ReadTable(SharedData.Path("scaling/training-runs/bloom-topology.csv"), ["note"])
            .Where(row => row["seconds_per_iteration"].Length > 0))
        {
            var (s, B) = ((int)Number(row["seq"]), (int)Number(row["global_batch"]));
            var cost = ModelCost.Of(Gpt((int)Number(row["layers"]), (int)Number(row["hidden"]), (int)Number(row["heads"]),
                (int)Number(row["vocab"]), s));
            var plan = TrainingPlan.OfShape(cost, 366e9, s, Recompute.Full, new TrainingCluster(384, Number(row["tflops_per_gpu_hw"])));
            Assert.Equal(Number(row["seconds_per_iteration"]), plan.StepSeconds(new TrainingLayout(B, s)),
                1e-3 * Number(row["seconds_per_iteration"]));
        }
    }

    [Fact]
    public void Memory_of_BLOOM_is_what_was_told()
    {
        const double GiB = 1 << 30;
        var cost = ModelCost.Of(Gpt(70, 14336, 112, 250880, 2048));
        var plan = TrainingPlan.OfShape(cost, 366e9, 2048, Recompute.Full, new TrainingCluster(384, 150));
        var layout = new TrainingLayout(2048, 2048, Tensor: 4, Pipeline: 12, MicroBatch: 2, Zero: 1, Recompute: Recompute.Full);
        var memory = plan.Memory(cost, layout);
        Assert.Equal(20.5, (memory.Weights + memory.Gradients) / GiB, 0.1);
        Assert.Equal(5.1, memory.Optimizer / GiB, 0.05);
        Assert.InRange(memory.Total / 1e9, 28, 59); // of 59 GB measured, with what a framework keeps beside
        var whole = plan.Memory(cost, layout with { Zero = 0 });
        Assert.Equal(61.5, (whole.Weights + whole.Gradients + whole.Optimizer) / GiB, 0.3);
        Assert.Equal(2.24, plan.Checkpoint / Math.Pow(2, 40), 0.01);
        Assert.Equal(128, layout.MicroBatches(384));
        Assert.Equal(11.0 / 128, layout.Bubble(384), 12);
    }

    // Where a rate was published apart from the duration, computing alone is within a twentieth; a calendar is longer.
    [Fact]
    public void Published_runs_took_what_is_planned()
    {
        foreach (var run in PublishedRun.All)
            if (run.IsCalendar)
                Assert.True(run.Ratio is > 0.62 and < 1, $"{run.Name}: {run.Ratio}");
            else
                Assert.True(Math.Abs(run.Ratio - 1)
                    < (run.Rate == "assumed" ? 0.08 : run.Name.StartsWith("Gopher", StringComparison.Ordinal) ? 0.21 : 0.06),
                    $"{run.Name}: {run.Ratio}");
        Assert.Equal(103.7, PublishedRun.All.Single(run => run.Name == "BLOOM 176B").Plan.Days(), 0.1);
        Assert.Equal(33.9, PublishedRun.All[1].Plan.Days(), 0.1);
        Assert.Equal(51.0, PublishedRun.All.Single(run => run.Name.StartsWith("Bloomberg", StringComparison.Ordinal)).Plan.Days(), 0.1);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama3-8b")]
    [InlineData("qwen3-0.6b")]
    [InlineData("gpt1")]
    public void Groups_add_up_to_all_parameters(string preset)
    {
        var (config, cost) = (GptPresets.Find(preset)!, ModelCost.Of(GptPresets.Find(preset)!));
        Assert.Equal(config.Parameters, cost.Parameters);
        Assert.Equal(cost.Parameters, cost.Groups.Sum(group => group.Parameters));
        Assert.Equal(cost.Parameters, cost.Active);
    }

    [Fact]
    public void Sharing_shrinks_memory_and_only_what_it_shares()
    {
        var cost = ModelCost.Of(GptPresets.Find("gpt2-xl")!);
        var plan = TrainingPlan.OfShape(cost, 1e9, 1024, cluster: new TrainingCluster(8, 100));
        var memory = Enumerable.Range(0, 4).Select(zero => plan.Memory(cost, new TrainingLayout(64, 1024, Zero: zero))).ToArray();
        Assert.Equal(memory[0].Optimizer / 8, memory[1].Optimizer, 1.0);
        Assert.Equal(memory[1].Weights, memory[2].Weights);
        Assert.Equal(memory[2].Weights / 8, memory[3].Weights, 1.0);
        Assert.Equal(memory[0].Activations, memory[3].Activations);
        var (ring, three) = (plan.Traffic(cost, new TrainingLayout(64, 1024)), plan.Traffic(cost, new TrainingLayout(64, 1024, Zero: 3)));
        Assert.Equal(1.5 * ring.Gradients, three.Gradients, 1e-9);
        Assert.Equal(0, ring.Tensor + ring.Pipeline);
        Assert.Throws<ArgumentException>(() => plan.Memory(cost, new TrainingLayout(64, 1024, Tensor: 3)));
    }

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
