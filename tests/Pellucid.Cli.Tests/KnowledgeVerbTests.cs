using System.Text.Json;
using System.Xml.Linq;

namespace Pellucid.Cli.Tests;

/// <summary>The verbs that ask what a model knows, and where, as a user runs them.</summary>
public sealed class KnowledgeVerbTests(MicroWorldModel model) : IClassFixture<MicroWorldModel>
{
    private const string Pairs = "first,second\nPoland,Warsaw\nFrance,Paris\nSpain,Madrid\nGermany,Berlin\n";

    [Fact]
    public void A_relation_of_ones_own_is_decoded_transferred_and_taken_away()
    {
        File.WriteAllText(Path.Combine(model.Folder, "pairs.csv"), Pairs);
        var json = model.Run("look", "relation", "model", "--data", "pairs.csv", "--template", "The capital of {} is", "--svg", "relation.svg", "--png", "relation.png", "--html", "relation.html", "--json").Json;
        AssertReport(json, "relation.svg", "relation.png", "relation.html");
        Assert.Equal((4, 0, 1), (json.GetProperty("pairs").GetInt32(), json.GetProperty("left_out").GetInt32(), json.GetProperty("examples").GetInt32()));
        Assert.Equal(["unchanged", "vector", "random", "shuffled", "zero"], json.GetProperty("own_prompts").EnumerateArray().Select(one => one.GetProperty("stand_in").GetString()));
        Assert.Equal([0, 1, 2], json.GetProperty("removal").EnumerateArray().Select(one => one.GetProperty("removed").GetInt32()));
        Assert.Equal(5, json.GetProperty("layers").GetArrayLength());
    }

    [Theory]
    [InlineData(2, "the micro-world has no relation 'rivers'", "look", "relation", "model", "--task", "rivers")]
    [InlineData(2, "mlp_out exists in layers 0 to 1, not in 4", "look", "relation", "model", "--data", "good.csv", "--template", "The capital of {} is", "--layer", "4")]
    [InlineData(2, "--source is 'dog', which is not among the 4 subjects", "look", "relation", "model", "--data", "good.csv", "--template", "The capital of {} is", "--source", "dog")]
    [InlineData(1, "line 3 is not a subject and an object", "look", "relation", "model", "--data", "bad.csv", "--template", "The capital of {} is")]
    public void Wrong_words_and_bad_files_get_one_clear_line(int code, string message, params string[] words)
    {
        File.WriteAllText(Path.Combine(model.Folder, "good.csv"), Pairs);
        File.WriteAllText(Path.Combine(model.Folder, "bad.csv"), "a,b\nPoland,Warsaw\nFrance\n");
        TrainTests.AssertRefused(model.Run(words), code, message);
    }

    // What every report says, and the pictures it wrote.
    private void AssertReport(JsonElement json, string svg, string png, string html)
    {
        Assert.Equal("model", json.GetProperty("model").GetString());
        Assert.True(json.GetProperty("method").GetString()!.Length > 10);
        Assert.False(json.GetProperty("begin_of_text").GetBoolean());
        Assert.Equal(1, json.GetProperty("seed").GetInt32());
        Assert.Equal("svg", XDocument.Load(Path.Combine(model.Folder, svg)).Root!.Name.LocalName);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(Path.Combine(model.Folder, png))[..4]);
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(model.Folder, html)), StringComparison.Ordinal);
    }
}
