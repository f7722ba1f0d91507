using System.Globalization;
using System.Text.Json;
using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Tests.Models.Weights.Gguf;

/// <summary>Keys and names of tensors of real models, as a converter wrote them, without the tensors themselves.</summary>
public sealed class RealMetadataTests
{
    private const string Folder = "llama/gguf-metadata-real/";

    [Theory] // vocabularies and numbers of parameters as the models' makers have published them
    [InlineData("Meta-Llama-3-8B-Instruct", "llama", 128256, 8_030_261_248)]
    [InlineData("Mistral-7B-Instruct-v0.2", "llama", 32000, 7_241_732_096)]
    [InlineData("Mixtral-8x7B-Instruct-v0.1", "mixtral", 32000, 46_702_792_704)]
    [InlineData("Phi-3-mini-128k-instruct", "phi3", 32064, 3_821_079_552)]
    [InlineData("Qwen2.5-0.5B-Instruct", "qwen2", 151936, 494_032_768)]
    [InlineData("gemma-2b-it", "gemma", 256000, 2_506_172_416)]
    [InlineData("gemma-2-2b-it", "gemma2", 256000, 2_614_341_888)]
    public void Shape_and_names_of_tensors_are_those_of_the_model(string name, string family, int vocabulary, long parameters)
    {
        var (keys, tensors) = Recorded(name);
        var config = Read(keys, tensors, vocabulary);
        Assert.Equal((family, parameters), (config.Family.Name, config.Parameters));
        if (keys.TryGetValue("general.parameter_count", out var count))
            Assert.Equal(long.Parse(count, CultureInfo.InvariantCulture), config.Parameters);
        var called = Parameter.Of(config).SelectMany(parameter => config.Family.GgufPieces(parameter, config)).Select(piece => piece.Name);
        Assert.Equal(tensors.Where(tensor => !tensor.StartsWith("rope_", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            called.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_their_keys_say_of_rotations_windows_and_caps_is_computed()
    {
        GptConfig Of(string name, int vocabulary) => Recorded(name) is var (keys, tensors) ? Read(keys, tensors, vocabulary) : null!;
        Assert.Equal(500_000, Of("Meta-Llama-3-8B-Instruct", 128256).Rotary[0]!.Theta);
        var phi = Of("Phi-3-mini-128k-instruct", 32064);
        Assert.Equal(262_144, phi.Windows[0]);
        var rotary = Assert.IsType<LongRotaryScaling>(phi.Rotary[0]!.Scaling);
        Assert.Equal(4096, rotary.OriginalLength);
        Assert.Equal(1.1902381, rotary.Amplitude, 1e-7);
        // The file says nothing of caps and windows, which all models of the architecture have.
        var gemma = Of("gemma-2-2b-it", 256000);
        Assert.Equal((50, 30f, 4096, 0), (gemma.ScoreCap, gemma.LogitCap, gemma.Windows[0], gemma.Windows[1]));
        Assert.Equal(256, gemma.HeadWidth);
        Assert.Equal((8, 2), (Of("Mixtral-8x7B-Instruct-v0.1", 32000).Block(0).FeedForward!.Experts!.Count,
            Of("Mixtral-8x7B-Instruct-v0.1", 32000).Block(0).FeedForward!.Experts!.Active));
    }

    [Theory] // of these two the record has only what the smaller or older model has not
    [InlineData("Meta-Llama-3.1-8B-Instruct", "general.architecture")]
    [InlineData("gemma-2-9b-it", "gemma2.block_count")]
    public void What_is_missing_is_named(string name, string key)
    {
        var (keys, tensors) = Recorded(name);
        var error = Assert.Throws<InvalidDataException>(() => Read(keys, tensors, 256000));
        Assert.Contains($"key {key} is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_no_others() => Assert.Equal(9,
        Directory.GetFiles(Path.GetDirectoryName(SharedData.Path(Folder + "gemma-2b-it.json"))!, "*.json").Length);

    // Numbers and truths of the model's shape, and the names of tensors, of which the record has checksums alone.
    private static (Dictionary<string, string> Keys, HashSet<string> Tensors) Recorded(string name)
    {
        using var record = JsonDocument.Parse(File.ReadAllText(SharedData.Path($"{Folder}{name}.json")));
        var (keys, tensors) = (new Dictionary<string, string>(), new HashSet<string>());
        foreach (var field in record.RootElement.EnumerateObject())
            if (field.Value.GetString() is { Length: 64 })
                tensors.Add(field.Name);
            else
                keys.Add(field.Name, field.Value.GetString()!);
        tensors.RemoveWhere(tensor => tensor.StartsWith("tokenizer.", StringComparison.Ordinal));
        return (keys, tensors);
    }

    private static GptConfig Read(Dictionary<string, string> keys, HashSet<string> tensors, int vocabulary)
    {
        var writer = new GgufWriter();
        foreach (var (key, value) in keys.Where(key => !key.Key.StartsWith("tokenizer.", StringComparison.Ordinal)))
            Add(writer, key, value);
        writer.AddTensor(GgufNames.TokenTable, "f32", [vocabulary, 1], (_, numbers) => numbers.Clear());
        foreach (var table in tensors.Where(tensor => tensor.StartsWith("rope_factors_", StringComparison.Ordinal)))
            writer.AddTensor(table, "f32", [int.Parse(keys["phi3.rope.dimension_count"], CultureInfo.InvariantCulture) / 2],
                (_, numbers) => numbers.Fill(table.Contains("long", StringComparison.Ordinal) ? 4 : 1));
        using var stream = new MemoryStream();
        writer.Write(stream);
        using var reader = new GgufReader("record", stream.ToArray());
        return GgufConfig.Read(reader, tensors.Contains);
    }

    private static void Add(GgufWriter writer, string key, string value)
    {
        var isFraction = key.EndsWith("epsilon", StringComparison.Ordinal) || key.EndsWith("freq_base", StringComparison.Ordinal)
            || key.EndsWith("attn_factor", StringComparison.Ordinal) || key.EndsWith("softcapping", StringComparison.Ordinal);
        if (bool.TryParse(value, out var truth))
            writer.Add(key, truth);
        else if (isFraction)
            writer.Add(key, float.Parse(value, CultureInfo.InvariantCulture));
        else if (uint.TryParse(value, CultureInfo.InvariantCulture, out var number))
            writer.Add(key, number);
        else
            writer.Add(key, value);
    }
}
