using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tests.Tensors;

namespace Pellucid.Tests.Models.Adapters;

/// <summary>Low-rank parts of the tables of tokens and positions, and of the output's, tied to that of tokens or not.</summary>
public sealed class AdaptedTableTests
{
    private static readonly GptConfig Tied = new() { VocabularySize = 7, Context = 6, Layers = 2, Heads = 2, Width = 4 };

    private static readonly AdapterConfig All = new()
    {
        Rank = 2, Alpha = 6, Targets = ModuleNames.Of(["c_attn", "wte", "wpe", "lm_head"]), RankPatterns = [new("lm_head", 3)],
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_equal_finite_differences(bool tied)
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend, Tied with { TiedOutput = tied }, ElementType.Float64);
        model.Gpt.Parameters.Freeze();
        using var adapter = new Adapter(model.Gpt, All);
        AdapterTests.Randomise(adapter);
        Assert.Equal(3, adapter.Tables.Count);
        AdapterTests.RequireGradients(model, adapter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_fresh_one_changes_no_number_and_a_trained_one_is_the_tables_with_products_added(bool tied)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Tied with { TiedOutput = tied });
        using var adapter = new Adapter(model.Gpt, All with { Targets = ModuleNames.Of("transformer.wte|.*wpe|lm_head") });
        adapter.Initialize(4);
        float[][] Logits(Adapter? with, bool training = false) => LogitsOf(model, with, training);

        Assert.Equal(Logits(null), Logits(adapter));
        AdapterTests.Randomise(adapter);
        var with = Logits(adapter);
        Assert.NotEqual(Logits(null), with);
        Assert.Equal(with, Logits(adapter, training: true));

        // By hand: a model with two tables, each with its own product added.
        using var byHand = new SmallGpt(new Gpt(model.Gpt.Config with { TiedOutput = false }, backend));
        var merged = byHand.Gpt;
        for (var index = 0; index < merged.Layout.Count; index++)
        {
            var role = merged.Layout[index].Role;
            var from = role == ParameterRole.OutputTable && tied ? ParameterRole.TokenTable : role;
            var values = Values(model.Gpt, from, merged.Layout[index].Layer);
            if (adapter.Tables.FirstOrDefault(table => table.Role == role) is { } table)
            {
                var (down, up, rank) = (adapter.Read(table.Down), adapter.Read(table.Up), role == ParameterRole.OutputTable ? 3 : 2);
                for (var row = 0; row < values.Length / 4; row++)
                    for (var column = 0; column < 4; column++)
                        values[row * 4 + column] += (float)Enumerable.Range(0, rank).Sum(r =>
                            6.0 / rank * down[row * rank + r] * up[r * 4 + column]);
            }
            merged.Parameters.Write(index, values);
        }
        float[] expected = [.. LogitsOf(byHand).SelectMany(row => row)];
        Near.AssertWithin(expected, [.. with.SelectMany(row => row)], 1e-5f);
        using var ours = new SmallGpt(AdapterMerge.Merge(model.Gpt, adapter));
        Assert.False(ours.Gpt.Config.TiedOutput);
        Near.AssertWithin(expected, [.. LogitsOf(ours).SelectMany(row => row)], 1e-6f);
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Q8_0)]
    public void A_folder_has_the_names_and_shapes_of_PEFT_and_comes_back(ElementType weights)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(Tied with { Width = 32, VocabularySize = 11 }, backend, weights: weights);
        gpt.Initialize(2);
        using var adapter = new Adapter(gpt, All);
        AdapterTests.Randomise(adapter);
        using var folder = new TemporaryFolder();
        AdapterFolder.Write(folder.Path, adapter, gpt);
        using (var file = new SafetensorsReader(Path.Combine(folder.Path, AdapterFolder.WeightsFile)))
        {
            Assert.Equal([2, 11], file.Shape("base_model.model.transformer.wte.lora_embedding_A").Select(size => (int)size));
            Assert.Equal([32, 2], file.Shape("base_model.model.transformer.wte.lora_embedding_B").Select(size => (int)size));
            Assert.Equal([3, 32], file.Shape("base_model.model.lm_head.lora_A.weight").Select(size => (int)size));
            Assert.Equal([11, 3], file.Shape("base_model.model.lm_head.lora_B.weight").Select(size => (int)size));
            var a = file.ReadFloat32("base_model.model.transformer.wte.lora_embedding_A");
            Assert.Equal(adapter.Read(adapter.Tables[0].Down)[1], a[11]); // row of token 0, second of rank
        }
        using var again = AdapterFolder.Read(folder.Path, gpt);
        for (var index = 0; index < adapter.Parameters.Count; index++)
            Assert.Equal(adapter.Read(index), again.Read(index));
    }

    // As PEFT writes it where a table is adapted: the model's own beside it.
    [Fact]
    public void The_models_own_table_in_a_folder_is_accepted_and_another_one_refused()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend, Tied);
        using var folder = new TemporaryFolder();
        using var adapter = new Adapter(model.Gpt, All);
        AdapterTests.Randomise(adapter);
        AdapterFolder.Write(folder.Path, adapter, model.Gpt);
        const string Own = "base_model.model.transformer.wte.base_layer.weight";
        AddTensor(folder, Own, new Shape(7, 4), Values(model.Gpt, ParameterRole.TokenTable, -1));
        AdapterFolder.Read(folder.Path, model.Gpt).Dispose();
        AddTensor(folder, Own, new Shape(7, 4), [.. Enumerable.Repeat(0.5f, 28)]);
        Assert.Contains($"tensor {Own} is another table than the model's",
            Assert.Throws<InvalidDataException>(() => AdapterFolder.Read(folder.Path, model.Gpt)).Message);
    }

    [Theory]
    [InlineData(true, false, "'use_dora' of transformer.wte cannot be computed: it is a table")]
    [InlineData(false, true, "transformer.wte is in 'target_modules' and in 'modules_to_save'; it can be one of them")]
    public void What_a_table_cannot_have_is_refused(bool dora, bool saved, string message)
    {
        using var backend = TestBackends.Create("reference");
        using var gpt = new Gpt(Tied with { TiedOutput = false }, backend);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() =>
            new Adapter(gpt, All with { Dora = dora, Saved = saved ? ["wte"] : [] })).Message);
    }

    private static float[][] LogitsOf(SmallGpt model, Adapter? with = null, bool training = false) =>
        model.Logits(rows => rows.Add([1, 2, 3, 4]), run => run.Adapter = with, training);

    private static void AddTensor(TemporaryFolder folder, string name, Shape shape, float[] values)
    {
        var path = Path.Combine(folder.Path, AdapterFolder.WeightsFile);
        var tensors = new List<WrittenTensor> { new(name, shape, into => values.CopyTo(into)) };
        using (var reader = new SafetensorsReader(path))
            foreach (var other in reader.Names.Where(other => other != name))
            {
                var stored = reader.ReadFloat32(other);
                tensors.Add(new(other, Shape.Of([.. reader.Shape(other)]), into => stored.CopyTo(into)));
            }
        SafetensorsWriter.Write(path, tensors, ElementType.Float32);
    }

    private static float[] Values(Gpt gpt, ParameterRole role, int layer)
    {
        var index = gpt.IndexOf(role, layer);
        var values = new float[gpt.Layout[index].Shape.Count];
        gpt.Parameters.Read(index, values);
        return values;
    }
}
