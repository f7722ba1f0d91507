using System.Text.Json;
using System.Xml.Linq;

namespace Pellucid.Cli.Tests;

/// <summary>The verbs that ask what a model knows, and where, as a user runs them.</summary>
public sealed class KnowledgeVerbTests(MicroWorldModel model) : IClassFixture<MicroWorldModel>
{
    internal const string Pairs = "first,second\nPoland,Warsaw\nFrance,Paris\nSpain,Madrid\nGermany,Berlin\n";

    [Fact]
    public void A_relation_of_ones_own_is_decoded_transferred_and_taken_away()
    {
        File.WriteAllText(Path.Combine(model.Folder, "pairs.csv"), Pairs);
        var json = model.Run("look", "relation", "model", "--data", "pairs.csv", "--template", "The capital of {} is", "--svg",
            "relation.svg", "--png", "relation.png", "--html", "relation.html", "--json").Json;
        AssertReport(json, "relation.svg", "relation.png", "relation.html");
        Assert.Equal((4, 0, 1),
            (json.GetProperty("pairs").GetInt32(), json.GetProperty("left_out").GetInt32(), json.GetProperty("examples").GetInt32()));
        Assert.Equal(["unchanged", "vector", "random", "shuffled", "zero"],
            json.GetProperty("own_prompts").EnumerateArray().Select(one => one.GetProperty("stand_in").GetString()));
        Assert.Equal([0, 1, 2], json.GetProperty("removal").EnumerateArray().Select(one => one.GetProperty("removed").GetInt32()));
        Assert.Equal(5, json.GetProperty("layers").GetArrayLength());
    }

    [Fact]
    public void Probes_of_the_micro_world_and_of_a_treebank_stand_beside_control_and_untrained()
    {
        var json = model.Run("look", "probe", "model", "--task", "agreement", "sense", "--count", "100", "--svg", "probe.svg", "--png",
            "probe.png", "--html", "probe.html", "--json").Json;
        AssertReport(json, "probe.svg", "probe.png", "probe.html");
        Assert.Equal(["agreement", "sense"],
            json.GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("task").GetString()));
        Assert.All(json.GetProperty("tasks").EnumerateArray(), task =>
            Assert.Equal([-1, 0, 1], task.GetProperty("places").EnumerateArray().Select(place => place.GetProperty("layer").GetInt32())));
        var place = json.GetProperty("tasks")[0].GetProperty("places")[0];
        Assert.Equal(place.GetProperty("linear").GetDouble() - place.GetProperty("control").GetDouble(),
            place.GetProperty("selectivity").GetDouble(), 12);
        Assert.InRange(place.GetProperty("untrained").GetDouble(), 0, 1);
    }

    [Fact]
    public void Senses_of_the_micro_world_and_of_rated_pairs_are_told_by_layer()
    {
        var json = model.Run("look", "senses", "model", "--contexts", "3", "--count", "60", "--svg", "senses.svg", "--png", "senses.png",
            "--html", "senses.html", "--json").Json;
        AssertReport(json, "senses.svg", "senses.png", "senses.html");
        Assert.Equal(["homonym", "monoseme", "polyseme"],
            json.GetProperty("layers")[1].GetProperty("kinds").EnumerateArray().Select(kind => kind.GetProperty("kind").GetString()));
        File.WriteAllText(Path.Combine(model.Folder, "rated.csv"),
            "word,sentence1,sentence2,string,same,mean_relatedness,distance_x\nbank,John went to the bank.,John sat on the "
                + "bank.,bank,False,0.5,0.9\nbank,Mary went to the bank.,John went to the bank.,bank,True,4,0.1\n");
        var rated = model.Run("look", "senses", "model", "--data", "rated.csv", "--json").Json;
        Assert.Equal(-1, rated.GetProperty("recorded")[0].GetProperty("spearman").GetDouble(), 9);
        Assert.Equal(3, rated.GetProperty("layers").GetArrayLength());
    }

    [Fact]
    public void Memories_are_found_searched_and_add_up()
    {
        File.WriteAllText(Path.Combine(model.Folder, "lines.txt"), string.Concat(
            Enumerable.Range(0, 200).Select(i => $"The capital of {(i % 2 == 0 ? "France" : "Poland")} is in country {i}.\n")));
        var json = model.Run("look", "memories", "model", "--data", "lines.txt", "--search", "of", "--perturbed", "3", "--svg",
            "memories.svg", "--png", "memories.png", "--html", "memories.html", "--json").Json;
        AssertReport(json, "memories.svg", "memories.png", "memories.html");
        Assert.Equal(200, json.GetProperty("lines").GetInt32());
        foreach (var layer in json.GetProperty("layers").EnumerateArray())
            Assert.Equal(1, new[] { "case_residual", "case_feed_forward", "case_agreement", "case_composition" }
                .Sum(name => layer.GetProperty(name).GetDouble()), 1e-9);
        var neuron = model.Run("look", "memories", "model", "--data", "lines.txt", "--neuron", "1.5", "--top", "4", "--perturbed", "1",
            "--json").Json.GetProperty("neurons")[0];
        Assert.Equal((1, 5), (neuron.GetProperty("layer").GetInt32(), neuron.GetProperty("neuron").GetInt32()));
        Assert.InRange(neuron.GetProperty("triggers").GetArrayLength(), 0, 4);
    }

    [Fact]
    public void A_small_text_has_dashes_where_nothing_was_measured()
    {
        File.WriteAllText(Path.Combine(model.Folder, "small.txt"), "The cat\n");
        var said = model.Run("look", "memories", "model", "--data", "small.txt").Output;
        Assert.DoesNotContain("NaN", said, StringComparison.Ordinal);
        Assert.Contains("–", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Beliefs_are_asked_with_controls_alterations_and_heuristics_beside()
    {
        var json = model.Run("evaluate", "beliefs", "model", "--items", "16", "--svg", "beliefs.svg", "--png", "beliefs.png",
            "--html", "beliefs.html", "--json").Json;
        AssertReport(json, "beliefs.svg", "beliefs.png", "beliefs.html");
        Assert.Equal(512, json.GetProperty("questions").GetInt32());
        Assert.Equal((16, 8), (json.GetProperty("scenarios").GetArrayLength(), json.GetProperty("alterations").GetArrayLength()));
        Assert.Contains(json.GetProperty("heuristics").EnumerateArray(),
            one => one.GetProperty("heuristic").GetString() == "reality" && one.GetProperty("accuracy").GetDouble() == 0.875);
    }

    [Theory]
    [InlineData(2, "the micro-world has no relation 'rivers'", "look", "relation", "model", "--task", "rivers")]
    [InlineData(2, "mlp_out exists in layers 0 to 1, not in 4", "look", "relation", "model", "--data", "good.csv", "--template",
        "The capital of {} is", "--layer", "4")]
    [InlineData(2, "--source is 'dog', which is not among the 4 subjects", "look", "relation", "model", "--data", "good.csv", "--template",
        "The capital of {} is", "--source", "dog")]
    [InlineData(1, "line 3 is not a subject and an object", "look", "relation", "model", "--data", "bad.csv",
        "--template", "The capital of {} is")]
    [InlineData(2, "the micro-world has no task 'mood'", "look", "probe", "model", "--task", "mood")]
    [InlineData(1, "there is no file none.conllu", "look", "probe", "model", "--data", "none.conllu")]
    [InlineData(1, "line 1 has 1 fields, not the 10 of CoNLL-U", "look", "probe", "model", "--data", "good.csv")]
    [InlineData(1, "line 2 has 3 fields, too few for the columns", "look", "senses", "model", "--data", "short.csv")]
    [InlineData(2, "--neuron is '9.1'; layers are 0 to 1", "look", "memories", "model", "--neuron", "9.1")]
    [InlineData(2, "'micro-world:xMB' is not a text", "look", "memories", "model", "--data", "micro-world:xMB")]
    [InlineData(1, "there is no file none.txt", "look", "memories", "model", "--data", "none.txt")]
    [InlineData(1, "there is no file none.csv", "evaluate", "beliefs", "model", "--data", "none.csv")]
    [InlineData(1, "'passage' is needed", "evaluate", "beliefs", "model", "--data", "good.csv")]
    public void Wrong_words_and_bad_files_get_one_clear_line(int code, string message, params string[] words)
    {
        File.WriteAllText(Path.Combine(model.Folder, "good.csv"), Pairs);
        File.WriteAllText(Path.Combine(model.Folder, "bad.csv"), "a,b\nPoland,Warsaw\nFrance\n");
        File.WriteAllText(Path.Combine(model.Folder, "short.csv"), "sentence1,sentence2,string,same,mean_relatedness\na,b,c\n");
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
