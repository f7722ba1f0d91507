using System.Text.Json;
using System.Xml.Linq;

namespace Pellucid.Cli.Tests;

/// <summary>The instruments as a user runs them.</summary>
public sealed class LookVerbTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    [Fact]
    public void The_lens_ends_where_the_model_does_and_saves_what_it_read()
    {
        var json = model.Run("look", "lens", "model", "The cat sat", "--top", "2", "--svg", "lens.svg", "--png", "lens.png", "--html", "lens.html", "--save", "lens.safetensors", "--json").Json;
        AssertCommon(json, "The cat sat");
        var next = model.Run("generate", "model", "The cat sat", "--temperature", "0", "--max-tokens", "1", "--json").Json.GetProperty("tokens")[0].GetInt32();
        var last = json.GetProperty("readings").EnumerateArray().Last();
        Assert.Equal(next, last.GetProperty("top")[0].GetProperty("token").GetInt32());
        Assert.Equal((0, 1, 0.0), (last.GetProperty("layer").GetInt32(), last.GetProperty("layer_from_1").GetInt32(), last.GetProperty("kl_to_end").GetDouble()));
        Assert.Equal("svg", XDocument.Load(Path.Combine(model.Folder, "lens.svg")).Root!.Name.LocalName);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(Path.Combine(model.Folder, "lens.png"))[..4]);
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(model.Folder, "lens.html")), StringComparison.Ordinal);
        using var saved = new Pellucid.Models.SafetensorsReader(Path.Combine(model.Folder, "lens.safetensors"));
        Assert.Contains("blocks.0.resid_mid", saved.Names);
    }

    [Fact]
    public void Attention_rows_sum_to_one_and_without_a_text_heads_are_detected()
    {
        var json = model.Run("look", "attention", "model", "The cat sat", "--layer", "0", "--head", "1", "--svg", "attention.svg", "--json").Json;
        AssertCommon(json, "The cat sat");
        Assert.All(json.GetProperty("heads")[0].GetProperty("pattern").EnumerateArray(), row => Assert.Equal(1, row.EnumerateArray().Sum(value => value.GetDouble()), 5));
        Assert.Equal(2, model.Run("look", "attention", "model", "--json").Json.GetProperty("heads").GetArrayLength());
    }

    [Fact]
    public void Ablation_tells_loss_logit_difference_and_what_it_did()
    {
        var json = model.Run("look", "ablate", "model", "The cat sat", "狗在花园里跑", "--kind", "mean", "--answer", ".", "--wrong", "s", "--png", "ablation.png", "--json").Json;
        Assert.Equal("mean ablation over 2 prompts", json.GetProperty("method").GetString());
        Assert.Equal(["head 0.0", "head 0.1"], json.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("without").GetString()));
        Assert.All(json.GetProperty("results").EnumerateArray(), result => Assert.True(result.GetProperty("logit_difference_change_standard_error").GetDouble() >= 0));
    }

    [Theory]
    [InlineData("the model has heads 0 to 1, not 7", "look", "attention", "model", "The", "--layer", "0", "--head", "7")]
    [InlineData("pattern exists in layers 0 to 0, not in 3", "look", "attention", "model", "The", "--layer", "3")]
    [InlineData("z exists in layers 0 to 0, not in 1", "look", "ablate", "model", "The cat", "--together", "1.0")]
    [InlineData("'x9' is no piece of a model", "look", "ablate", "model", "The cat", "--together", "x9")]
    [InlineData("is 2 tokens for this model", "look", "lens", "model", "The cat", "--target", "zq")]
    [InlineData("the prompt has positions 0 to", "look", "lens", "model", "The cat", "--position", "99")]
    [InlineData("--kind is 'gone'", "look", "ablate", "model", "The cat", "--kind", "gone")]
    [InlineData("the prompt is empty", "look", "lens", "model", "")]
    public void Wrong_words_get_one_clear_line(string message, params string[] words) => TrainTests.AssertRefused(model.Run(words), 2, message);

    internal static void AssertCommon(JsonElement json, string text)
    {
        Assert.Equal("model", json.GetProperty("model").GetString());
        Assert.True(json.GetProperty("method").GetString()!.Length > 10);
        Assert.Equal(text, string.Concat(json.GetProperty("tokens").EnumerateArray().Select(token => token.GetProperty("text").GetString())));
    }
}
