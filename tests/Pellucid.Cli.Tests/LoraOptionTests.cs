using System.Text.Json;
using Pellucid.Models;

namespace Pellucid.Cli.Tests;

/// <summary>What of an adapter <c>pellucid tune</c> can be told, and what the folder says of it then, in PEFT's words.</summary>
public sealed class LoraOptionTests : IDisposable
{
    private const string Begin = "base_model.model.transformer.h.";

    private readonly PellucidProcess _pellucid = new();

    public LoraOptionTests() => _pellucid.File("answers.jsonl", """{"prompt": "Where is the ball? ", "completion": "In the box."}""");

    public void Dispose() => _pellucid.Dispose();

    [Fact]
    public void Ranks_alphas_layers_and_modules_are_as_the_folder_says()
    {
        Tune("--lora 4 --lora-alpha 6 --lora-targets c_attn c_proj --lora-exclude mlp.c_proj --lora-layers 0 2 --lora-rank-pattern "
            + @"h\.2\.attn\.c_attn=2 --lora-alpha-pattern c_proj=5 --lora-dropout 0.25 --rslora --lora-bias lora_only "
            + "--lora-modules-to-save ln_f");
        AssertConfig("""
            {"r": 4, "lora_alpha": 6, "target_modules": ["c_attn", "c_proj"], "exclude_modules": ["mlp.c_proj"],
             "layers_to_transform": [0, 2], "rank_pattern": {"h\\.2\\.attn\\.c_attn": 2}, "alpha_pattern": {"c_proj": 5},
             "lora_dropout": 0.25, "use_rslora": true, "use_dora": false, "bias": "lora_only", "lora_bias": false,
             "modules_to_save": ["ln_f"], "fan_in_fan_out": true, "peft_type": "LORA", "task_type": "CAUSAL_LM",
             "base_model_name_or_path": "tiny", "inference_mode": true}
            """);
        var shapes = Shapes();
        Assert.Equal([4, 128], shapes[Begin + "0.attn.c_attn.lora_A.weight"]);
        Assert.Equal([2, 128], shapes[Begin + "2.attn.c_attn.lora_A.weight"]);
        Assert.Equal([384], shapes[Begin + "0.attn.c_attn.base_layer.bias"]); // whole, and of no other layer
        Assert.Equal([128], shapes["base_model.model.transformer.ln_f.weight"]);
        Assert.Equal(4 * 2 + 4 + 2, shapes.Count);
        Assert.DoesNotContain(shapes.Keys, name => name.Contains("h.1.", StringComparison.Ordinal)
            || name.Contains("mlp", StringComparison.Ordinal));
        Assert.Equal(0, _pellucid.Run("generate", "tiny+a", "Who is ", "--max-tokens", "2").Code);
    }

    [Fact]
    public void An_expression_chooses_modules_and_what_is_added_may_have_lengths_and_biases_of_its_own()
    {
        Tune(@"--lora-r 2 --lora-target-modules .*h\.[13]\.attn\.c_\w+ --use-dora --lora-own-bias --lora-bias all "
            + "--lora-tokens <|endoftext|>");
        AssertConfig("""
            {"r": 2, "lora_alpha": 4, "target_modules": ".*h\\.[13]\\.attn\\.c_\\w+", "exclude_modules": null, "layers_to_transform": null,
             "use_dora": true, "use_rslora": false, "lora_bias": true, "bias": "all", "modules_to_save": null}
            """);
        var shapes = Shapes();
        Assert.Equal([384], shapes[Begin + "1.attn.c_attn.lora_B.bias"]);
        Assert.Equal([128], shapes[Begin + "3.attn.c_proj.lora_magnitude_vector"]);
        Assert.Equal([128], shapes[Begin + "0.ln_1.bias"]);
        Assert.Equal([1, 128], shapes["base_model.model.transformer.wte.token_adapter.trainable_tokens_delta"]);
        Assert.Equal(4, shapes.Keys.Count(name => name.EndsWith("lora_A.weight", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_file_of_options_says_the_same_patterns_as_an_object_and_a_given_one_counts_under_either_name()
    {
        _pellucid.File("options.json", """
            {"model": "tiny", "data": "answers.jsonl", "lora": 4, "lora-rank-pattern": {"c_attn": 2}, "lora-layers": [1],
             "lora-bias": "all"}
            """);
        Assert.Equal("", _pellucid.Run("tune", "sft", "--config", "options.json", "--out", "a", "--steps", "1", "--lora-r", "3").Error);
        AssertConfig("""{"r": 3, "rank_pattern": {"c_attn": 2}, "layers_to_transform": [1], "bias": "all"}""");
    }

    [Fact]
    public void An_adapter_that_is_gone_on_with_stays_as_it_was_begun()
    {
        Tune("--lora 2 --lora-dropout 0.5");
        Assert.Equal("pellucid: --lora has no part in going on with a, which is as it was begun\n", _pellucid.Run("tune", "sft", "tiny+a",
            "--data", "answers.jsonl", "--out", "b", "--lora", "4").Error);
        var json = _pellucid.Run("tune", "dpo", "tiny+a", "--data", _pellucid.File("pairs.jsonl",
            """{"prompt": "Who is there? ", "chosen": "John.", "rejected": "I know."}"""), "--out", "b", "--steps", "1", "--batch", "1",
            "--json").Json;
        Assert.Equal(Math.Log(2), json.GetProperty("first_loss").GetDouble()); // P14: it is not dropped from unless that is asked for
    }

    [Theory]
    [InlineData("--lora-layers 4", "--lora-layers has 4; the model has layers 0 to 3")]
    [InlineData("--lora-rank-pattern q_proj=4", "--lora-rank-pattern has 'q_proj', which is no module that is adapted")]
    [InlineData("--lora-alpha-pattern c_attn", "--lora-alpha-pattern has 'c_attn', which is not a module and its alpha")]
    [InlineData("--lora-rank-pattern c_attn=half", "--lora-rank-pattern has 'c_attn=half', which is not a module and its rank")]
    [InlineData("--lora-exclude q_proj", "--lora-exclude has q_proj, and the model has no such module")]
    [InlineData("--lora-modules-to-save lm_head", "'modules_to_save' has 'lm_head'; the model has no such module of its own")]
    [InlineData("--lora-modules-to-save wte", "'modules_to_save' has 'wte', which is the output table too")]
    [InlineData("--lora-tokens nosuch", "--lora-tokens has 'nosuch', which is no token of the model")]
    [InlineData("--lora-bias some", "--lora-bias is 'some'; it can be")]
    [InlineData("--lora 0 --dora", "--dora has no part where the whole model is tuned (--lora 0)")]
    [InlineData("--lora-targets ln_1", "'target_modules' has 'ln_1', which is neither a linear layer nor a table")]
    [InlineData("--lora-dropout 1", "dropout (1) must be from 0 to below 1")]
    [InlineData("--lora-targets ((", "the regular expression ^(?:(()$ cannot be matched")]
    public void What_cannot_be_done_is_told_in_a_line(string words, string message)
    {
        var outcome = _pellucid.Run(["tune", "sft", "tiny", "--data", "answers.jsonl", "--out", "a", "--steps", "1", .. words.Split(' ')]);
        Assert.InRange(outcome.Code, 1, 2);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
        Assert.False(Directory.Exists(_pellucid.File("a")));
    }

    private void Tune(string words) => Assert.Equal("", _pellucid.Run(["tune", "sft", "tiny", "--data", "answers.jsonl", "--out", "a",
        "--steps", "1", "--batch", "1", .. words.Split(' ')]).Error);

    private void AssertConfig(string expected)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(_pellucid.File("a/adapter_config.json")));
        using var wanted = JsonDocument.Parse(expected);
        foreach (var field in wanted.RootElement.EnumerateObject())
            Assert.True(JsonElement.DeepEquals(field.Value, file.RootElement.GetProperty(field.Name)),
                $"{field.Name} is {file.RootElement.GetProperty(field.Name)}");
    }

    private Dictionary<string, IReadOnlyList<long>> Shapes()
    {
        using var reader = new SafetensorsReader(_pellucid.File("a/adapter_model.safetensors"));
        return reader.Names.ToDictionary(name => name, name => (IReadOnlyList<long>)[.. reader.Shape(name).Select(size => (long)size)]);
    }
}
