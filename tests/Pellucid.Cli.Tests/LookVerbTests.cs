using System.Text.Json;
using System.Xml.Linq;

namespace Pellucid.Cli.Tests;

/// <summary>The instruments as a user runs them.</summary>
public sealed class LookVerbTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    [Fact]
    public void The_lens_ends_where_the_model_does_and_saves_what_it_read()
    {
        var json = model.Run("look", "lens", "model", "The cat sat", "--top", "2", "--svg", "lens.svg", "--png", "lens.png", "--html",
            "lens.html", "--save", "lens.safetensors", "--json").Json;
        AssertCommon(json, "The cat sat");
        var next = model.Run("generate", "model", "The cat sat", "--temperature", "0", "--max-tokens", "1", "--json").Json
            .GetProperty("tokens")[0].GetInt32();
        var last = json.GetProperty("readings").EnumerateArray().Last();
        Assert.Equal(next, last.GetProperty("top")[0].GetProperty("token").GetInt32());
        Assert.Equal((0, 0.0), (last.GetProperty("layer").GetInt32(), last.GetProperty("kl_to_end").GetDouble()));
        Assert.Equal("svg", XDocument.Load(Path.Combine(model.Folder, "lens.svg")).Root!.Name.LocalName);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(Path.Combine(model.Folder, "lens.png"))[..4]);
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(model.Folder, "lens.html")), StringComparison.Ordinal);
        using var saved = new Pellucid.Models.SafetensorsReader(Path.Combine(model.Folder, "lens.safetensors"));
        Assert.Contains("blocks.0.resid_mid", saved.Names);
    }

    [Fact]
    public void Attention_rows_sum_to_one_and_without_a_text_heads_are_detected()
    {
        var json = model.Run("look", "attention", "model", "The cat sat", "--layer", "0", "--head", "1", "--svg",
            "attention.svg", "--json").Json;
        AssertCommon(json, "The cat sat");
        Assert.All(json.GetProperty("heads")[0].GetProperty("pattern").EnumerateArray(),
            row => Assert.Equal(1, row.EnumerateArray().Sum(value => value.GetDouble()), 5));
        Assert.Equal(2, model.Run("look", "attention", "model", "--json").Json.GetProperty("heads").GetArrayLength());
    }

    [Fact]
    public void Weights_tell_whether_heads_copy_and_what_they_read_and_write()
    {
        var json = model.Run("look", "attention", "model", "The cat sat", "--layer", "0", "--head", "1", "--circuits", "--json").Json;
        var head = Assert.Single(json.GetProperty("circuits").EnumerateArray());
        Assert.InRange(head.GetProperty("copy_score").GetDouble(), 0, 1);
        Assert.Empty(head.GetProperty("k_composition").EnumerateArray()); // no layer is below
        Assert.All(json.GetProperty("token_circuits").EnumerateArray(),
            token => Assert.Equal(3, token.GetProperty("writes").GetArrayLength()));
        Assert.Equal(2, model.Run("look", "attention", "model", "--circuits", "--json").Json.GetProperty("circuits").GetArrayLength());
    }

    [Fact]
    public void Labour_is_divided_by_two_files_of_questions()
    {
        File.WriteAllText(Path.Combine(model.Folder, "recall.tsv"), "The \tc\ts\n");
        File.WriteAllText(Path.Combine(model.Folder, "copying.tsv"), "The cat sat. The \tc\ts\nThe cat \ts\tc\n");
        string[] words = ["look", "ablate", "model", "--recall", "recall.tsv", "--copying", "copying.tsv"];
        Assert.Equal([0, 1], model.Run([.. words, "--svg", "labour.svg", "--json"]).Json
            .GetProperty("division").EnumerateArray()
            .Select(row => row.GetProperty("removed").GetInt32()));
        Assert.Contains("share right", File.ReadAllText(Path.Combine(model.Folder, "labour.svg")), StringComparison.Ordinal);
        TrainTests.AssertRefused(model.Run("look", "ablate", "model", "--recall", "recall.tsv"), 2,
            "--recall and --copying belong together");
        TrainTests.AssertRefused(model.Run("look", "ablate", "model"), 2, "a text is needed");
        TrainTests.AssertRefused(model.Run("look", "ablate", "model", "The cat", "--repeat", "4"), 2, "one of them");
        File.WriteAllText(Path.Combine(model.Folder, "one.tsv"), "The \tc\n");
        TrainTests.AssertRefused(model.Run("look", "ablate", "model", "--recall", "one.tsv", "--copying", "copying.tsv"),
            1, "has no wrong answer");
    }

    [Fact]
    public void Random_tokens_are_repeated_as_often_as_one_says()
    {
        var ablated = model.Run("look", "ablate", "model", "--repeat", "5", "--what", "attention", "--json").Json;
        Assert.Equal((8, 80), (ablated.GetProperty("prompts").GetInt32(), ablated.GetProperty("tokens").GetArrayLength()));
        double Induction(params string[] words) => model.Run(["look", "attention", "model", "--json", .. words]).Json
            .GetProperty("heads")[0].GetProperty("induction").GetDouble();
        Assert.NotEqual(Induction("--repeat", "4"), Induction("--repeat", "5"));
        TrainTests.AssertRefused(model.Run("look", "attention", "model", "--repeat", "1"), 2, "--repeat must lie between 2 and ");
        TrainTests.AssertRefused(model.Run("look", "attention", "model", "The cat", "--repeat", "4"), 2, "either a text or --repeat");
    }

    [Fact]
    public void Ablation_tells_loss_logit_difference_and_what_it_did()
    {
        var json = model.Run("look", "ablate", "model", "The cat sat", "狗在花园里跑", "--kind", "mean", "--answer", ".",
            "--wrong", "s", "--png", "ablation.png", "--json").Json;
        var neurons = model.Run("look", "ablate", "model", "The cat sat", "--what", "neurons", "--layer", "0", "--svg", "neurons.svg");
        Assert.StartsWith("zero ablation over 1 prompt;", neurons.Output, StringComparison.Ordinal);
        Assert.Contains("the strongest 40 of", neurons.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("logit difference", neurons.Output, StringComparison.Ordinal);
        Assert.Contains("neuron 0.", File.ReadAllText(Path.Combine(model.Folder, "neurons.svg")), StringComparison.Ordinal);
        Assert.Equal("mean ablation over 2 prompts", json.GetProperty("method").GetString());
        Assert.Equal(["head 0.0", "head 0.1"],
            json.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("without").GetString()));
        Assert.All(json.GetProperty("results").EnumerateArray(),
            result => Assert.True(result.GetProperty("logit_difference_change_standard_error").GetDouble() >= 0));
    }

    [Fact]
    public void Patching_sweeps_and_its_estimate_tell_the_same_cells()
    {
        string[] words = ["look", "patch", "model", "The cat sat", "--source", "The cat cat", "--answer", ".", "--wrong", "s",
            "--axes", "heads-and-positions"];
        var exact = model.Run([.. words, "--svg", "patch.svg", "--save", "patch.safetensors", "--json"]).Json;
        AssertCommon(exact, "The cat sat");
        var estimate = model.Run([.. words, "--gradient", "--json"]).Json;
        Assert.Equal(2 * exact.GetProperty("tokens").GetArrayLength(), exact.GetProperty("cells").GetArrayLength());
        Assert.Equal(exact.GetProperty("cells").GetArrayLength(), estimate.GetProperty("cells").GetArrayLength());
        Assert.Contains("an approximation", estimate.GetProperty("method").GetString(), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(model.Folder, "patch.svg")) && File.Exists(Path.Combine(model.Folder, "patch.safetensors")));
    }

    [Fact]
    public void Paths_and_attribution_add_up_to_the_logit_difference_where_they_must()
    {
        // With one layer and feed-forward layers frozen, direct paths are linear but for the final LayerNorm.
        var paths = model.Run("look", "path", "model", "The cat sat", "--source", "The cat cat", "--answer", ".", "--wrong", "s",
            "--freeze-mlp", "--html", "path.html", "--json").Json;
        Assert.Equal(2, paths.GetProperty("paths").GetArrayLength());
        Assert.All(paths.GetProperty("paths").EnumerateArray(), path => Assert.True(Math.Abs(path.GetProperty("effect").GetDouble()) > 0));
        var attribution = model.Run("look", "attribute", "model", "The cat sat", "--answer", ".", "--wrong", "s", "--by", "neurons",
            "--png", "attribute.png", "--json").Json;
        var bias = attribution.GetProperty("parts")[0]; // added behind LayerNorm: direct and lost are the same
        Assert.Equal(("bias of ln_f", bias.GetProperty("direct").GetDouble()),
            (bias.GetProperty("part").GetString(), bias.GetProperty("removed").GetDouble()));
        Assert.Equal(attribution.GetProperty("logit_difference").GetDouble(), paths.GetProperty("logit_difference").GetDouble(), 1e-4);
        Assert.Equal(attribution.GetProperty("logit_difference").GetDouble(),
            attribution.GetProperty("parts").EnumerateArray().Sum(part => part.GetProperty("direct").GetDouble()), 1e-4);
        Assert.Equal(attribution.GetProperty("logit_difference").GetDouble(), attribution.GetProperty("sum_of_parts").GetDouble(), 1e-4);
    }

    [Fact]
    public void A_model_that_does_not_do_the_task_has_an_empty_circuit()
    {
        File.WriteAllLines(Path.Combine(model.Folder, "prompts.jsonl"), [.. new[] { ("c", "s"), ("d", "f"), ("e", "g") }.Select(names =>
            $$"""{"text":"The {{names.Item1}} and {{names.Item2}} sat {{names.Item2}} on","receiver":"{{names.Item1}}","""
                + $$""" "giver":"{{names.Item2}}","counterfactual":"The x and y sat z on"}""")]);
        var outcome = model.Run("look", "circuit", "model", "--data", "prompts.jsonl", "--out", "circuit.json",
            "--svg", "circuit.svg", "--json");
        if (outcome.Code == 0)
        {
            Assert.Empty(outcome.Json.GetProperty("nodes").EnumerateArray());
            Assert.Empty(outcome.Json.GetProperty("without_random_sets").EnumerateArray());
            Assert.Equal(0, model.Run("look", "circuit", "model", "--data", "prompts.jsonl", "--circuit", "circuit.json").Code);
        }
        else
            Assert.Contains("names must be one, with the space before them", outcome.Error, StringComparison.Ordinal);
        TrainTests.AssertRefused(model.Run("look", "circuit", "model"), 1, "of the built-in words only 0 names");
    }

    [Fact]
    public void Damaged_circuits_and_prompts_are_told_by_what_they_lack()
    {
        string Written(string name, string text)
        {
            File.WriteAllText(Path.Combine(model.Folder, name), text);
            return name;
        }
        TrainTests.AssertRefused(model.Run("look", "circuit", "model", "--circuit", Written("none.json", "{}")), 1,
            "none.json is not a circuit: 'nodes' is missing");
        TrainTests.AssertRefused(model.Run("look", "circuit", "model", "--circuit",
            Written("loose.json", """{"layers":1,"heads":2,"nodes":[],"edges":[{"from":"0.1 END","to":"logits","part":"","effect":1}]}""")),
            1, "a path begins at '0.1 END'");
        TrainTests.AssertRefused(model.Run("look", "circuit", "model", "--data", Written("none.jsonl", """{"text":"The cat"}""")), 1,
            "none.jsonl: line 1: 'receiver' is missing");
        TrainTests.AssertRefused(model.Run("look", "lens", "model", "The cat", "--svg", Path.Combine("nowhere", "lens.svg")),
            1, "there is no folder");
    }

    [Fact]
    public void Verify_says_when_it_was_not_run_and_refuses_other_models()
    {
        using var pellucid = new PellucidProcess();
        Assert.False(pellucid.Run("", ["model", "verify", "--json"], ("PELLUCID_GPT2", "")).Json.GetProperty("run").GetBoolean());
        TrainTests.AssertRefused(model.Run("model", "verify", "model"), 1, "published numbers are known of gpt2");
    }

    // Weights of GPT-2 are nobody's to assume; that each check can be computed shows on folders of its layers,
    // heads and tokens that know nothing.
    [Theory]
    [InlineData(12, 12, 24, 18)]
    [InlineData(24, 16, 32, 3)]
    public void Every_check_of_gpt2_is_computed_and_a_model_that_knows_nothing_fails_it(int layers, int heads, int width, int count)
    {
        using var pellucid = new PellucidProcess();
        var tokenizer = Pellucid.Tokens.Tokenizer.Load(Pellucid.Tests.SharedData.Path("gpt2-tokenizer/gpt2.tiktoken"));
        using var backend = Pellucid.Tensors.Cpu.CpuBackend.Create(1);
        using var gpt = new Pellucid.Models.Gpt(new Pellucid.Models.GptConfig
        {
            VocabularySize = tokenizer.VocabularySize, Context = 64, Layers = layers, Heads = heads, Width = width
        }, backend);
        gpt.Initialize(1);
        Pellucid.Models.Checkpoint.Save(pellucid.File("fake"), gpt);
        tokenizer.Save(pellucid.File("fake"));
        File.WriteAllBytes(pellucid.File("val.bin"), [.. Enumerable.Range(0, 400).Select(i => (byte)(i % 2 == 0 ? i : 0))]);
        string[] texts = ["--openwebtext", "val.bin", "--shakespeare", Pellucid.Tests.SharedData.Path("tinyshakespeare/input.txt")];
        var outcome = pellucid.Run(["model", "verify", "fake", .. texts, "--json", "--threads", "1"]);
        Assert.True(outcome.Code == 1, outcome.Error);
        using var document = JsonDocument.Parse(outcome.Output);
        var checks = document.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(
            check => check.GetProperty("name").GetString()!, check => check.GetProperty("passed").GetBoolean());
        Assert.Equal(count, checks.Count);
        if (layers == 12)
            // those that llm.c counts
            Assert.True(checks.Remove("tokens of Tiny Shakespeare, validation and training", out var sameTokens) && sameTokens);
        Assert.True(checks.Count(check => check.Value) <= 1, string.Join(", ", checks)); // a ratio may come out right by chance
        Assert.Equal(layers == 12 ? 0 : 1, document.RootElement.GetProperty("not_run").GetArrayLength());
    }

    [Theory]
    [InlineData("did you mean resid_post?", "look", "patch", "model", "The cat", "--source", "The cat", "--answer", ".", "--wrong",
        "s", "--activation", "resid_pst")]
    [InlineData("positions must align, but the prompt has", "look", "patch", "model", "The cat", "--source", "The cat sat down",
        "--answer", ".", "--wrong", "s")]
    [InlineData("--share must be above 0, and 1 at most", "look", "circuit", "model", "--share", "2")]
    [InlineData("cannot be patched by heads; it has no heads", "look", "patch", "model", "The cat", "--source", "The cat", "--answer", ".",
        "--wrong", "s", "--activation", "mlp_out", "--axes", "heads")]
    [InlineData("'9.6' is no receiver", "look", "path", "model", "The cat", "--source", "The cat", "--answer", ".",
        "--wrong", "s", "--to", "9.6")]
    [InlineData("q exists in layers 0 to 0, not in 9", "look", "path", "model", "The cat", "--source", "The cat", "--answer", ".",
        "--wrong", "s", "--to", "9.6q")]
    [InlineData("--by is 'atoms'", "look", "attribute", "model", "The cat", "--answer", ".", "--wrong", "s", "--by", "atoms")]
    [InlineData("the model has heads 0 to 1, not 7", "look", "attention", "model", "The", "--layer", "0", "--head", "7")]
    [InlineData("pattern exists in layers 0 to 0, not in 3", "look", "attention", "model", "The", "--layer", "3")]
    [InlineData("z exists in layers 0 to 0, not in 1", "look", "ablate", "model", "The cat", "--together", "1.0")]
    [InlineData("'x9' is no piece of a model", "look", "ablate", "model", "The cat", "--together", "x9")]
    [InlineData("is 2 tokens for this model", "look", "lens", "model", "The cat", "--target", "zq")]
    [InlineData("the prompt has positions 0 to", "look", "lens", "model", "The cat", "--position", "99")]
    [InlineData("--kind is 'gone'", "look", "ablate", "model", "The cat", "--kind", "gone")]
    [InlineData("--tokens is empty", "look", "lens", "model", "--tokens", "")]
    [InlineData("give a PROMPT, or its --tokens", "look", "lens", "model")]
    [InlineData("give either words or --tokens, not both", "look", "lens", "model", "The", "--tokens", "1")]
    [InlineData("--tokens: 9999 is no token of this model", "look", "lens", "model", "--tokens", "1 9999")]
    [InlineData("--answer is needed, or --answer-token", "look", "attribute", "model", "The cat")]
    public void Wrong_words_get_one_clear_line(string message, params string[] words) =>
        TrainTests.AssertRefused(model.Run(words), 2, message);

    internal static void AssertCommon(JsonElement json, string text)
    {
        Assert.Equal("model", json.GetProperty("model").GetString());
        Assert.True(json.GetProperty("method").GetString()!.Length > 10);
        Assert.Equal(text,
            string.Concat(json.GetProperty("tokens").EnumerateArray().Select(token => token.GetProperty("text").GetString())));
    }
}
