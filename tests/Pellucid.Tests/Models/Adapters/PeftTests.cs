using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tests.Tuning.Losses;

namespace Pellucid.Tests.Models.Adapters;

/// <summary>Adapter folders of PEFT: what it computed with each, in forward, backward, training and merged.</summary>
public sealed class PeftTests
{
    private static readonly string[] Cases = ["gpt2", "gpt2-dora", "gpt2-lora-bias", "gpt2-train-bias", "llama2-lm-head", "llama3-dora",
        "llama3-layers", "llama3-patterns", "llama3-qv", "qwen2-rslora", "qwen3-regex"];

    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in Cases)
                foreach (var backend in (string[])["reference", TestBackends.WidestCpu])
                    data.Add(backend, name);
            return data;
        }
    }

    public static TheoryData<string> Names => [.. Cases];

    [Theory, MemberData(nameof(All))]
    public void Logits_and_losses_are_those_of_PEFT(string backend, string name)
    {
        using var each = new PeftCase(backend, name);
        using var expected = each.Open("logits.safetensors");
        Assert.InRange(Near.LargestDifference(expected.ReadFloat32("logits"), each.Logits(each.Gpt, each.Adapter)), 0, 3e-5);
        Assert.Equal(each.Json.Number("loss"), each.Step(), 4e-6);
        foreach (var layer in each.Adapter.Layers)
        {
            var known = each.Json.GetProperty("layers").GetProperty(layer.Module.Name);
            Assert.Equal(known.GetProperty("r").GetInt32(), layer.Rank);
            Assert.Equal(known.Number("scale"), layer.Scale, 1e-15);
        }
        Assert.Equal(each.Json.GetProperty("layers").EnumerateObject().Count(), each.Adapter.Layers.Count);
    }

    [Theory, MemberData(nameof(All))]
    public void Every_gradient_is_that_of_PEFT(string backend, string name)
    {
        using var each = new PeftCase(backend, name);
        each.Step();
        using var folder = new TemporaryFolder();
        using var expected = each.Open("gradients-step0.safetensors");
        using var actual = WithValues(each, folder,
            index => each.ToArray(each.Adapter.Parameters.Gradient(each.Adapter.Parameters[index])));
        var whole = each.Json.GetProperty("gradient_norms").EnumerateObject().Select(norm => norm.Value.GetDouble()).Max();
        Assert.Equal(expected.Names.Order(), actual.Names.Order());
        foreach (var tensor in expected.Names)
        {
            var (known, found) = (WithoutKeys(tensor, expected.ReadFloat32(tensor)), WithoutKeys(tensor, actual.ReadFloat32(tensor)));
            var bound = 2.2e-5 * Math.Max(Math.Sqrt(known.Sum(value => (double)value * value)), whole / 1000);
            Assert.InRange(Math.Sqrt(known.Zip(found, (a, b) => Math.Pow((double)a - b, 2)).Sum()), 0, bound);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Five_steps_of_AdamW_are_those_of_PEFT(string backend, string name)
    {
        foreach (var run in ReadRuns(name))
        {
            using var each = new PeftCase(backend, name);
            var losses = run.Numbers("losses");
            for (var step = 1; step <= losses.Length; step++)
            {
                Assert.Equal(losses[step - 1], each.Step(), 1e-5);
                each.Update(new AdamWStep((float)run.Number("lr"), 0.9f, 0.999f, 1e-8f, (float)run.Number("weight_decay"), step));
            }
            Assert.Equal(run.Number("loss_after"), each.Step(), 1e-5);
            using var folder = new TemporaryFolder();
            AdapterFolder.Write(folder.Path, each.Adapter, each.Gpt);
            using var actual = new SafetensorsReader(Path.Combine(folder.Path, AdapterFolder.WeightsFile));
            using var expected = each.Open(run.Text("adapter_after") + "/" + AdapterFolder.WeightsFile);
            Assert.Equal(expected.Names.Order(), actual.Names.Order());
            foreach (var tensor in expected.Names)
                Assert.InRange(Near.LargestDifference(WithoutKeys(tensor, expected.ReadFloat32(tensor)),
                    WithoutKeys(tensor, actual.ReadFloat32(tensor))), 0, 1e-4);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void P10_a_merged_model_computes_what_both_did_and_has_the_weights_of_PEFT(string name)
    {
        using var each = new PeftCase(TestBackends.WidestCpu, name);
        using var merged = AdapterMerge.Merge(each.Gpt, each.Adapter);
        var logits = each.Logits(merged, null);
        Assert.InRange(Near.LargestDifference(each.Logits(each.Gpt, each.Adapter), logits), 0, 1e-5 * Math.Max(1, logits.Max(Math.Abs)));
        using var folder = new TemporaryFolder();
        Checkpoint.Save(folder.Path, merged);
        using var written = new SafetensorsReader(Path.Combine(folder.Path, Checkpoint.WeightsFile));
        using var expected = each.Open("merged-weights.safetensors");
        foreach (var tensor in expected.Names)
            Assert.InRange(Near.LargestDifference(expected.ReadFloat32(tensor), written.ReadFloat32(tensor)), 0, 2e-6);
    }

    [Theory, MemberData(nameof(Names))]
    public void P12_a_folder_that_is_written_is_the_one_that_was_read(string name)
    {
        using var each = new PeftCase(TestBackends.WidestCpu, name);
        using var folder = new TemporaryFolder();
        AdapterFolder.Write(folder.Path, each.Adapter, each.Gpt);
        using var again = AdapterFolder.Read(folder.Path, each.Gpt);
        Assert.Equal(each.Logits(each.Gpt, each.Adapter), each.Logits(each.Gpt, again));
        using var expected = each.Open("adapter/" + AdapterFolder.WeightsFile);
        using var actual = new SafetensorsReader(Path.Combine(folder.Path, AdapterFolder.WeightsFile));
        Assert.Equal(expected.Names.Order(), actual.Names.Order());
        Assert.All(expected.Names, tensor => Assert.Equal(expected.ReadFloat32(tensor), actual.ReadFloat32(tensor)));
    }

    private static System.Text.Json.JsonElement[] ReadRuns(string name)
    {
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllText(SharedData.Path($"golden/peft/{name}/case.json")));
        return [.. document.RootElement.Clone().GetProperty("runs").EnumerateArray()];
    }

    // The adapter's other numbers, such as gradients, under the names of its file.
    private static SafetensorsReader WithValues(PeftCase each, TemporaryFolder folder, Func<int, float[]> values)
    {
        var numbers = Enumerable.Range(0, each.Adapter.Parameters.Count).Where(each.Adapter.Parameters.Trains).Select(values).ToArray();
        var next = 0;
        for (var index = 0; index < each.Adapter.Parameters.Count; index++)
            if (each.Adapter.Parameters.Trains(index))
                each.Adapter.Parameters.Write(index, numbers[next++]);
        AdapterFolder.Write(folder.Path, each.Adapter, each.Gpt);
        return new SafetensorsReader(Path.Combine(folder.Path, AdapterFolder.WeightsFile));
    }

    // Softmax ignores what a bias of keys adds: its true gradient is zero, and AdamW makes steps of the noise.
    private static float[] WithoutKeys(string tensor, float[] values) => tensor.Contains("c_attn", StringComparison.Ordinal)
        && tensor.EndsWith(".bias", StringComparison.Ordinal) ? [.. values[..48], .. values[96..]] : values;
}
