using System.Text.Json;
using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models.Weights.Gguf;

/// <summary>Models that are read from GGUF files: what an independent program recorded of them in double precision.</summary>
public sealed class GgufModelTests
{
    private const string Tiny = "llama/tiny-random-models/", Quantised = "llama/tiny-random-kquants/", Stories = "llama/stories260K-gguf/";

    private static readonly int[] QuantisedTokens =
        [1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396, 267, 337, 80, 299, 460];

    public static TheoryData<string> TinyModels => RotaryFamilyTests.TinyModels;

    public static TheoryData<string> Formats =>
    [
        "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q2_k", "q3_k_m", "q4_k_m", "q5_k_m", "q6_k", "iq4_nl", "iq4_xs",
    ];

    [Theory, MemberData(nameof(TinyModels))]
    public void Logits_are_those_recorded_and_token_by_token_has_the_bits_of_the_whole(string name)
    {
        using var model = new LoadedModel(SharedData.Path($"{Tiny}{name}/model.gguf"));
        using var expected = JsonDocument.Parse(File.ReadAllText(SharedData.Path($"{Tiny}{name}/expected.json")));
        int[] Ids(string field) => [.. expected.RootElement.GetProperty(field).EnumerateArray().Select(id => id.GetInt32())];
        var (config, tokens) = (model.Gpt.Config, Ids("tokens").ToList());
        using var store = new KeyValueStore(model.Gpt.Backend, config.Layers, 1, 128, config.KeyValueHeads, config.HeadWidth);
        var whole = model.Logits([.. tokens], run => run.Length = 128);
        AssertNear(Floats($"{Tiny}{name}/logits.f32"), whole, 1e-5, name);
        var (best, greedy) = (Ids("greedy_after_tokens"), new List<int>());
        for (var position = 0; position < tokens.Count; position++)
        {
            var row = model.Logits([tokens[position]], run => (run.Store, run.Length) = (store, 128), position);
            if ((position + 1) * config.VocabularySize <= whole.Length)
                Assert.Equal(whole[(position * config.VocabularySize)..((position + 1) * config.VocabularySize)], row);
            if (position == tokens.Count - 1 && greedy.Count < best.Length)
            {
                greedy.Add(Array.IndexOf(row, row.Max()));
                tokens.Add(greedy[^1]);
            }
        }
        Assert.Equal(best, greedy);
    }

    [Theory, MemberData(nameof(TinyModels))]
    public void A_file_and_a_folder_of_one_model_have_the_same_shape_and_the_same_bits(string name)
    {
        using var file = new LoadedModel(SharedData.Path($"{Tiny}{name}/model.gguf"));
        using var folder = new LoadedModel(Path.GetDirectoryName(SharedData.Path($"{Tiny}{name}/config.json"))!);
        int[] tokens = [1, 403, 407, 261, 378, 432, 383, 286];
        if (name == "mistral") // in GGUF a Mistral without windows is a Llama
            Assert.Equal("llama", file.Gpt.Config.Family.Name);
        else
            Assert.Equal(folder.Gpt.Config, file.Gpt.Config);
        if (name.StartsWith("gemma", StringComparison.Ordinal)) // gains less 1 and plus 1 may round
            AssertNear(folder.Logits(tokens), file.Logits(tokens), 1e-6, name);
        else
            Assert.Equal(folder.Logits(tokens), file.Logits(tokens));
    }

    [Theory, MemberData(nameof(Formats))]
    public void Logits_of_a_quantised_file_are_those_of_exact_arithmetic_on_its_numbers(string format)
    {
        using var model = new LoadedModel(SharedData.Path($"{Quantised}{format}.gguf"));
        AssertNear(Floats($"{Quantised}{format}.logits.f32"), model.Logits(QuantisedTokens), 1e-5, format);
    }

    [Theory, MemberData(nameof(Formats))]
    public void Weights_may_stay_as_the_file_has_them_and_mean_the_same(string format)
    {
        using var model = new LoadedModel(SharedData.Path($"{Quantised}{format}.gguf"), ElementType.Mixed);
        model.Gpt.Parameters.RoundsActivations = false;
        AssertNear(Floats($"{Quantised}{format}.logits.f32"), model.Logits(QuantisedTokens), 1e-5, format);
        using var reader = new GgufReader(SharedData.Path($"{Quantised}{format}.gguf"));
        for (var index = 0; index < model.Gpt.Layout.Count; index++)
            foreach (var piece in ModelFamily.Llama.GgufPieces(model.Gpt.Layout[index], model.Gpt.Config))
                Assert.Contains(reader.Find(piece.Name)!.Type, model.Gpt.Parameters.StorageOf(index), StringComparison.Ordinal);
    }

    // What docs/models.md says of files as they come.
    [Theory, MemberData(nameof(Formats))]
    public void Rows_of_eight_bits_move_logits_no_further_than_is_said(string format)
    {
        using var model = new LoadedModel(SharedData.Path($"{Quantised}{format}.gguf"), ElementType.Mixed);
        model.Gpt.Parameters.RoundsActivations = true;
        var expected = Floats($"{Quantised}{format}.logits.f32");
        var apart = Near.LargestDifference(expected, model.Logits(QuantisedTokens)) / expected.Max(Math.Abs);
        Assert.InRange(apart, format is "f16" or "bf16" ? 0 : 1e-3, format is "f16" or "bf16" ? 1e-5 : 0.022);
    }

    [Theory, MemberData(nameof(TinyModels))]
    public void Singles_that_stay_as_they_are_have_the_bits_of_plain_ones(string name)
    {
        using var plain = new LoadedModel(SharedData.Path($"{Tiny}{name}/model.gguf"));
        using var stored = new LoadedModel(SharedData.Path($"{Tiny}{name}/model.gguf"), ElementType.Mixed);
        using var folder = new LoadedModel(Path.GetDirectoryName(SharedData.Path($"{Tiny}{name}/config.json"))!, ElementType.Mixed);
        int[] tokens = [1, 403, 407, 261];
        Assert.Equal(plain.Logits(tokens), stored.Logits(tokens));
        Assert.Equal(ElementType.PackedFloat32, folder.Gpt.Parameters.WeightType);
    }

    [Theory, InlineData("f32"), InlineData("f16")]
    public void A_small_model_tells_the_story_that_another_program_tells(string format)
    {
        using var model = new LoadedModel(SharedData.Path($"{Stories}stories260K-{format}.gguf"));
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Path(Stories + "expected-llamacpp.json")));
        var expected = document.RootElement.GetProperty(format);
        int[] Ids(string field) => [.. expected.GetProperty(field).EnumerateArray().Select(id => id.GetInt32())];
        var config = model.Gpt.Config;
        using var store = new KeyValueStore(model.Gpt.Backend, config.Layers, 1, 256, config.KeyValueHeads, config.HeadWidth);
        var (told, next, tokens) = (new List<int>(), 0, Ids("prompt_tokens"));
        for (var position = 0; told.Count < 200; position++)
        {
            var row = model.Logits([position < tokens.Length ? tokens[position] : next], run => run.Store = store, position);
            next = Array.IndexOf(row, row.Max());
            if (position >= tokens.Length - 1)
                told.Add(next);
        }
        Assert.Equal(Ids("greedy"), told);
    }

    private static void AssertNear(float[] expected, float[] actual, double bound, string what)
    {
        var (difference, largest) = (Near.LargestDifference(expected, actual), expected.Max(Math.Abs));
        Assert.True(difference <= bound * largest, $"{what}: {difference:g3} of {largest:g3} is above {bound:g3}");
    }

    private static float[] Floats(string path)
    {
        var bytes = File.ReadAllBytes(SharedData.Path(path));
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToSingle(bytes, 4 * i))];
    }
}
