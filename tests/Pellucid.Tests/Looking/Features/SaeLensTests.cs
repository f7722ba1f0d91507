using System.Text.Json;
using System.Text.Json.Nodes;
using Pellucid.Looking;
using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking.Features;

/// <summary>Dictionaries of features as SAELens writes them, and what it computes of them.</summary>
public sealed class SaeLensTests
{
    private const string Folder = "golden/sae/";
    private const float Tolerance = 1e-5f;

    public static TheoryData<string, string> Cases => new()
    {
        { "standard", "default" }, { "standard", "no-b-dec" }, { "standard", "layer-norm" }, { "standard", "layer-norm-no-b-dec" },
        { "standard", "constant-norm-rescale" }, { "standard", "expected-average-only-in" }, { "standard", "fold-w-dec-norm" },
        { "topk", "default" }, { "topk", "no-b-dec" }, { "topk", "layer-norm" }, { "topk", "layer-norm-no-b-dec" },
        { "topk", "rescaled-by-decoder-norm" }, { "jumprelu", "default" }, { "jumprelu", "no-b-dec" }, { "jumprelu", "layer-norm" },
        { "jumprelu", "layer-norm-no-b-dec" }, { "jumprelu", "fold-w-dec-norm" }, { "gated", "default" }, { "gated", "no-b-dec" },
        { "gated", "layer-norm" }, { "gated", "layer-norm-no-b-dec" }, { "gated", "fold-w-dec-norm" }, { "transcoder", "default" },
        { "transcoder", "layer-norm" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_of_SAELens_is_computed(string folder, string name)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var dictionary = Load(backend, folder, name);
        using var golden = new SafetensorsReader(SharedData.Path($"{Folder}{folder}/expected.safetensors"));
        var prefix = name == "default" ? "" : name + ".";
        var input = golden.ReadFloat32("input");
        var reading = dictionary.Read(input);
        AssertNear(golden.ReadFloat32(prefix + "features"), reading.Activations);
        AssertNear(golden.ReadFloat32(prefix + "reconstruction"), reading.Reconstruction);
        foreach (var given in golden.Names.Where(given => given.StartsWith(prefix + "b_", StringComparison.Ordinal)
            || given == prefix + "threshold"))
            AssertNear(golden.ReadFloat32(given), dictionary.Values(given[prefix.Length..]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void In_place_of_the_activation_the_model_says_what_SAELens_says(string folder, string name)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var dictionary = Load(backend, folder, name);
        using var gpt = Checkpoint.Load(Path.GetDirectoryName(SharedData.Path("golden/transformer-lens/model/config.json"))!, backend);
        int[] tokens = [448, 719, 271, 744, 345, 273, 258, 797, 44, 744, 364, 259, 618, 273];
        var (expected, prompts) = (Expected(folder), new Prompts([tokens]));
        using var splice = new FeatureSplice(gpt, dictionary.Config);
        var (read, target, losses) = splice.Record(prompts);
        using var golden = new SafetensorsReader(SharedData.Path($"{Folder}{folder}/expected.safetensors"));
        AssertNear(golden.ReadFloat32("input"), read, 1e-4f);
        if (golden.Contains("target"))
            AssertNear(golden.ReadFloat32("target"), target, 1e-4f);
        Assert.Equal(expected["without"]!["mean_loss"]!.GetValue<double>(), losses.Average(), 1e-4);
        var replaced = splice.With(prompts, dictionary.Read(read).Reconstruction).Average();
        Assert.Equal(expected["cases"]![name]!["with_reconstruction_in_place"]!["mean_loss"]!.GetValue<double>(), replaced, 1e-4);
    }

    [Theory]
    [InlineData("standard")]
    [InlineData("topk")]
    [InlineData("jumprelu")]
    [InlineData("gated")]
    [InlineData("transcoder")]
    public void What_is_written_is_read_again_to_the_bit(string folder)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var dictionary = Load(backend, folder, "layer-norm");
        using var there = new TemporaryFolder();
        SaeLensFolder.Write(there.Path, dictionary);
        using var again = SaeLensFolder.Read(there.Path, backend);
        Assert.Equal(dictionary.Config, again.Config);
        foreach (var name in dictionary.Parameters.Names)
            Assert.Equal(dictionary.Values(name), again.Values(name));
    }

    private static JsonNode Expected(string folder) =>
        JsonNode.Parse(File.ReadAllText(SharedData.Path($"{Folder}{folder}/expected.json")))!;

    private static FeatureDictionary Load(Backend backend, string folder, string name)
    {
        var weights = SharedData.Path($"{Folder}{folder}/sae_weights.safetensors");
        var config = SharedData.Find($"{Folder}{folder}/cfg.{name}.json") ?? SharedData.Path($"{Folder}{folder}/cfg.json");
        var dictionary = SaeLensFolder.Read(config, weights, backend);
        if (name == "fold-w-dec-norm")
            FoldedDecoder.Fold(dictionary);
        return dictionary;
    }

    private static void AssertNear(float[] expected, float[] actual, float tolerance = Tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            if (!(Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i]))))
                Assert.Fail($"number {i}: SAELens has {expected[i]}, we {actual[i]}");
    }
}
