using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Models.Adapters;

/// <summary>Rows of tables that an adapter trains alone: PEFT's trainable_token_indices.</summary>
public sealed class TrainedTokensTests
{
    private static readonly GptConfig Tied = new() { VocabularySize = 7, Context = 6, Layers = 2, Heads = 2, Width = 4 };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_equal_finite_differences(bool tied)
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend, Tied with { TiedOutput = tied }, ElementType.Float64);
        model.Gpt.Parameters.Freeze();
        using var adapter = new Adapter(model.Gpt, Config(tied));
        AdapterTests.Randomise(adapter, size: 1);
        AdapterTests.RequireGradients(model, adapter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fresh_ones_change_no_number_and_trained_ones_are_the_rows_of_the_merged_model(bool tied)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Tied with { TiedOutput = tied });
        using var adapter = new Adapter(model.Gpt, Config(tied));
        adapter.Initialize(4);
        Assert.Equal(LogitsOf(model), LogitsOf(model, adapter));
        AdapterTests.Randomise(adapter);
        var with = LogitsOf(model, adapter);
        Assert.Equal(with, LogitsOf(model, adapter, training: true));
        Assert.NotEqual(LogitsOf(model), with);
        using var merged = new SmallGpt(AdapterMerge.Merge(model.Gpt, adapter));
        Assert.Equal(tied, merged.Gpt.Config.TiedOutput);
        var table = new float[7 * 4];
        merged.Gpt.Parameters.Read(merged.Gpt.IndexOf(ParameterRole.TokenTable), table);
        Assert.Equal(adapter.Read(adapter.Tokens[0].Rows)[4..], table[8..12]); // the second of them is token 2
        Near.AssertWithin([.. LogitsOf(merged).SelectMany(row => row)], [.. with.SelectMany(row => row)], 1e-5f);
    }

    [Theory]
    [InlineData(true, ElementType.Float32)]
    [InlineData(false, ElementType.Q8_0)]
    public void A_folder_has_the_names_of_PEFT_and_comes_back(bool tied, ElementType weights)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = new Gpt(Tied with { Width = 32, VocabularySize = 11, TiedOutput = tied }, backend, weights: weights);
        gpt.Initialize(2);
        using var adapter = new Adapter(gpt, Config(tied));
        AdapterTests.Randomise(adapter);
        using var folder = new TemporaryFolder();
        AdapterFolder.Write(folder.Path, adapter, gpt);
        using (var file = new SafetensorsReader(Path.Combine(folder.Path, AdapterFolder.WeightsFile)))
            foreach (var module in (string[])(tied ? ["transformer.wte"] : ["transformer.wte", "lm_head"]))
                Assert.Equal([2, 32], file.Shape($"base_model.model.{module}{TrainedTokens.NameEnd}").Select(size => (int)size));
        Assert.Contains(tied ? "\"trainable_token_indices\": [" : "\"trainable_token_indices\": {",
            File.ReadAllText(Path.Combine(folder.Path, AdapterFolder.ConfigFile)), StringComparison.Ordinal);
        using var again = AdapterFolder.Read(folder.Path, gpt);
        Assert.Equal(adapter.Parameters.Names, again.Parameters.Names);
        for (var index = 0; index < adapter.Parameters.Count; index++)
            Assert.Equal(adapter.Read(index), again.Read(index));
        Assert.Equal("GGUF adapters have no place for rows of tokens (trainable_token_indices)", Assert.Throws<NotSupportedException>(() =>
            AdapterFolder.Write(folder.File("a.gguf"), adapter, gpt)).Message);
    }

    [Theory]
    [InlineData("", 7, "'trainable_token_indices' has 7; the model has tokens 0 to 6")]
    [InlineData("wpe", 1, "'trainable_token_indices' has 'wpe', which is no table of tokens")]
    [InlineData("lm_head", 1, "'trainable_token_indices' has 'lm_head', which is the table of tokens too: name that")]
    public void What_is_no_token_of_a_table_is_refused(string module, int id, string message)
    {
        using var backend = TestBackends.Create("reference");
        using var gpt = new Gpt(Tied, backend);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => new Adapter(gpt, new AdapterConfig
        {
            TrainedTokens = [KeyValuePair.Create(module, (IReadOnlyList<int>)[id])],
        })).Message);
    }

    private static AdapterConfig Config(bool tied) => new()
    {
        Rank = 2,
        TrainedTokens = tied ? [KeyValuePair.Create("", (IReadOnlyList<int>)[5, 2])]
            : [KeyValuePair.Create("wte", (IReadOnlyList<int>)[5, 2]), KeyValuePair.Create("lm_head", (IReadOnlyList<int>)[2, 6])],
    };

    private static float[][] LogitsOf(SmallGpt model, Adapter? with = null, bool training = false) =>
        model.Logits(rows => rows.Add([1, 2, 3, 5]), run => run.Adapter = with, training);
}
