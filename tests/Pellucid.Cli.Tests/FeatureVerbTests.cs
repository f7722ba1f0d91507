using System.Text.Json;

namespace Pellucid.Cli.Tests;

/// <summary>Features as a user learns, measures, names and looks at them.</summary>
public sealed class FeatureVerbTests
{
    private static readonly string[] Train =
    [
        "look", "features", "train", "tiny", "--layer", "1", "--activation", "resid_post", "--data", "micro-world:1MB", "--out", "features",
        "--features", "96", "--active", "8", "--rows", "192", "--context", "48", "--lr", "0.003", "--seed", "3",
    ];

    [Fact]
    public void Features_are_learned_measured_named_and_shown()
    {
        using var pellucid = new PellucidProcess();
        var trained = pellucid.Run([.. Train, "--steps", "30", "--json"]).Json;
        Assert.Equal(("tiny", "resid_post", 1, 30), (trained.GetProperty("model").GetString(),
            trained.GetProperty("activation").GetString(), trained.GetProperty("layer").GetInt32(),
            trained.GetProperty("steps").GetInt32()));
        var measured = pellucid.Run("look", "features", "measure", "features", "--json").Json;
        Assert.Equal(trained.GetProperty("measures").GetRawText(), measured.GetProperty("measures").GetRawText());
        Assert.InRange(measured.GetProperty("measures").GetProperty("loss_recovered").GetDouble(), 0.5, 1);
        Assert.InRange(measured.GetProperty("measures").GetProperty("l0").GetDouble(), 4, 8);

        var shown = pellucid.Run("look", "features", "show", "features", "3", "5", "--windows", "50", "--json").Json;
        Assert.Equal("blocks.1.hook_resid_post", shown.GetProperty("hook").GetString());
        Assert.Equal([3, 5], shown.GetProperty("features").EnumerateArray().Select(one => one.GetProperty("feature").GetInt32()));
        Assert.All(shown.GetProperty("features").EnumerateArray(), one =>
        {
            Assert.Equal(one.GetProperty("fired").GetInt64(), one.GetProperty("histogram").EnumerateArray().Sum(bin => bin.GetInt64()));
            Assert.Equal(10, one.GetProperty("writes").GetArrayLength());
        });
        var named = pellucid.Run("look", "features", "name", "features", "--count", "20000", "--top", "5", "--json").Json;
        Assert.Equal(5, named.GetProperty("features").GetArrayLength());
        Assert.All(named.GetProperty("features").EnumerateArray(), one =>
            Assert.Contains(one.GetProperty("kind").GetString(), (string[])["topic", "sense", "person"]));
    }

    [Fact]
    public void What_made_an_answer_is_traced_through_transcoders_of_some_layers_drawn_and_checked()
    {
        using var pellucid = new PellucidProcess();
        var trained = pellucid.Run("look", "features", "train", "tiny", "--layer", "0", "2", "--activation", "ln2", "--writes", "mlp_out",
            "--architecture", "jumprelu", "--data", "micro-world:1MB", "--out", "transcoders", "--features", "96", "--active", "8",
            "--rows", "192", "--context", "48", "--lr", "0.003", "--steps", "20", "--json").Json.GetProperty("layers");
        Assert.Equal(["transcoders/layer-0", "transcoders/layer-2"], trained.EnumerateArray()
            .Select(one => one.GetProperty("out").GetString()!.Replace('\\', '/')));
        string[] graph = ["look", "features", "graph", "tiny", "The capital of Poland is", "--features", "transcoders"];
        var traced = pellucid.Run([.. graph, "--answer", " Warsaw", "--wrong", " Paris", "--suppress", "8", "--svg", "graph.svg", "--json"])
            .Json;
        var attributed = pellucid.Run("look", "attribute", "tiny", "The capital of Poland is", "--answer", " Warsaw", "--wrong", " Paris",
            "--json").Json;
        foreach (var field in (string[])["value", "sum"])
            Assert.Equal(attributed.GetProperty("logit_difference").GetDouble(), traced.GetProperty(field).GetDouble(), 1e-3);
        Assert.Equal(1, traced.GetProperty("share_of_tokens").GetDouble() + traced.GetProperty("share_of_errors").GetDouble(), 1e-6);
        Assert.Equal(8, traced.GetProperty("check").GetProperty("each").GetArrayLength());
        Assert.All(traced.GetProperty("nodes").EnumerateArray().Where(node => node.GetProperty("kind").GetString() == "feature"),
            node => Assert.Contains(node.GetProperty("layer").GetInt32(), (int[])[0, 2]));
        var svg = File.ReadAllText(pellucid.File("graph.svg"));
        Assert.Contains("1: unsaid", svg); // a layer without a transcoder
        Assert.Contains("␣Poland", svg);

        var shown = pellucid.Run([.. graph, "--top", "5"]);
        Assert.Contains("the model says ␣Warsaw with a probability of 9", shown.Output);
        Assert.Contains("the graph explains nothing", shown.Output); // of what was learned for so short a time
        TrainTests.AssertRefused(pellucid.Run([.. graph, "transcoders/layer-0"]), 2, "two transcoders are of layer 0");
        TrainTests.AssertRefused(pellucid.Run([.. graph[..^1], "nowhere"]), 1, "cfg.json");
        TrainTests.AssertRefused(pellucid.Run([.. graph, "--suppress", "1"]), 2, "--suppress");
    }

    [Fact]
    public void A_run_goes_on_where_it_ended_and_never_over_another()
    {
        using var pellucid = new PellucidProcess();
        Assert.Equal(0, pellucid.Run([.. Train, "--steps", "6", "--save-every", "2"]).Code);
        var weights = File.ReadAllBytes(pellucid.File("features/sae_weights.safetensors"));
        TrainTests.AssertRefused(pellucid.Run([.. Train, "--steps", "6"]), 1, "already holds features");
        File.Delete(pellucid.File("features/sae_weights.safetensors"));
        Assert.Equal(0, pellucid.Run([.. Train, "--steps", "6", "--resume"]).Code);
        Assert.Equal(weights, File.ReadAllBytes(pellucid.File("features/sae_weights.safetensors")));
        TrainTests.AssertRefused(pellucid.Run([.. Train, "--steps", "7", "--resume"]), 1, "another run");
    }

    [Fact]
    public void What_cannot_be_done_is_said_in_one_line()
    {
        using var pellucid = new PellucidProcess();
        TrainTests.AssertRefused(pellucid.Run("look", "features", "measure", "nowhere"), 1, "cfg.json");
        TrainTests.AssertRefused(pellucid.Run([.. Train, "--writes", "mlp_out"]), 1, "no TopK transcoder");
        TrainTests.AssertRefused(pellucid.Run([.. Train[..6], "--data", "micro-world:1MB", "--out", "f", "--activation", "pattern"]), 1,
            "pattern");
        TrainTests.AssertRefused(pellucid.Run(["look", "features", "train", "tiny", "--layer", "9", "--data", "micro-world:1MB", "--out",
            "f"]), 2, "layers 0 to 3");
    }
}
