using System.Text.Json;

namespace Pellucid.Cli.Tests;

/// <summary>Verbs that work on a trained model.</summary>
public sealed class ModelVerbTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    [Fact]
    public void Greedy_text_is_the_same_streamed_and_in_JSON_and_never_half_a_character()
    {
        var streamed = model.Run("generate", "model", "🎉 The cat sat. ", "--temperature", "0", "--max-tokens", "60");
        Assert.Equal(0, streamed.Code);
        Assert.DoesNotContain('\uFFFD', streamed.Output);
        var json = model.Run("generate", "model", "🎉 The cat sat. ", "--temperature", "0", "--max-tokens", "60", "--json").Json;
        Assert.Equal(60, json.GetProperty("tokens").GetArrayLength());
        Assert.StartsWith(streamed.Output.TrimEnd('\n'),
            "🎉 The cat sat. " + json.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.True(json.GetProperty("decode_tokens_per_second").GetDouble() > 0);
    }

    [Fact]
    public void The_same_seed_writes_the_same_text()
    {
        string Text(string seed) => model.Run("generate", "model", "The", "--seed", seed, "--top-k", "20", "--top-p", "0.95",
            "--temperature", "1.5").Output;
        Assert.Equal(Text("3"), Text("3"));
        Assert.NotEqual(Text("3"), Text("4"));
    }

    [Fact]
    public void A_prompt_can_come_from_standard_input() =>
        Assert.StartsWith("The cat",
            model.Run("The cat", ["generate", "model", "-", "--max-tokens", "2"]).Output, StringComparison.Ordinal);

    [Fact]
    public void A_text_ends_before_a_stop_string_and_several_come_with_their_log_probabilities()
    {
        var json = model.Run("generate", "model", "The cat ", "--temperature", "0", "--stop", "猫", "sat", "--logprobs", "--count", "2",
            "--max-tokens", "60", "--json").Json;
        Assert.Equal("", json.GetProperty("text").GetString());
        Assert.Equal(2, json.GetProperty("texts").GetArrayLength());
        var values = json.GetProperty("logprobs").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.Equal(json.GetProperty("tokens").GetArrayLength(), values.Length);
        Assert.All(values, value => Assert.InRange(value, -20, 0));
        var seeds = model.Run("generate", "model", "The", "--seed", "3", "--count", "2", "--min-p", "0.05", "--repetition-penalty", "1.2",
            "--json").Json.GetProperty("texts");
        Assert.Equal(seeds[1].GetProperty("text").GetString(),
            model.Run("generate", "model", "The", "--seed", "4", "--min-p", "0.05", "--repetition-penalty", "1.2", "--json").Json
                .GetProperty("text").GetString());
        TrainTests.AssertRefused(model.Run("generate", "model", "The", "--stop", ""), 2, "a stop string cannot be empty");
        TrainTests.AssertRefused(model.Run("generate", "model", "The", "--min-p", "2"), 2, "min-p must lie between 0 and 1");
    }

    [Fact]
    public void Loss_is_measured_in_three_ways()
    {
        var json = model.Run("evaluate", "loss", "model", "--data", "text.txt", "--json").Json;
        var loss = json.GetProperty("loss").GetDouble();
        Assert.InRange(loss, 0.01, 3);
        Assert.Equal(Math.Exp(loss), json.GetProperty("perplexity").GetDouble(), 1e-6);
        Assert.InRange(json.GetProperty("bits_per_byte").GetDouble(), 0.01, 3);
    }

    [Theory]
    [InlineData("f16", 2)]
    [InlineData("bf16", 2)]
    [InlineData("f32", 4)]
    public void A_converted_model_speaks(string type, int size)
    {
        var json = model.Run("model", "convert", "model", "--type", type, "--out", type, "--json").Json;
        var parameters = json.GetProperty("parameters").GetInt64();
        Assert.InRange(json.GetProperty("bytes").GetInt64(), size * parameters, size * parameters + 4096);
        Assert.Equal(model.Run("generate", "model", "猫", "--temperature", "0", "--max-tokens", "5").Output,
            model.Run("generate", type, "猫", "--temperature", "0", "--max-tokens", "5").Output);
        TrainTests.AssertRefused(model.Run("model", "convert", "model", "--out", type), 1, "already holds a model");
    }

    [Fact]
    public void Shapes_are_shown()
    {
        var json = model.Run("model", "show", "--preset", "gpt2", "--json").Json;
        Assert.Equal(124_439_808, json.GetProperty("parameters").GetInt64());
        Assert.Equal(0.455, json.GetProperty("feed_forward_share").GetDouble(), 0.001);
        var large = model.Run("model", "show", "--preset", "gpt3-175b", "--json").Json;
        Assert.Equal(174_604_259_328, large.GetProperty("parameters").GetInt64());
        Assert.Equal(3.14e23, large.GetProperty("training_flops").GetDouble(), 0.005e23);
        Assert.Equal(0.664, large.GetProperty("feed_forward_share").GetDouble(), 0.001);
        // Every second layer sees bands of 256 keys, which lie in five pages of 64 at most; the others keep all 32.
        Assert.Equal(4 * 174_604_259_328 + 2L * 4 * 48 * (32 + 5) * 64 * 12288, large.GetProperty("bytes_to_run").GetInt64());
        Assert.Equal(2.25e20,
            model.Run("model", "show", "--preset", "gpt3-small", "--json").Json.GetProperty("training_flops").GetDouble(), 0.01e20);
        Assert.Contains("124,439,808", model.Run("model", "show", "--preset", "gpt2").Output, StringComparison.Ordinal);
        Assert.Equal(32, model.Run("model", "show", "model", "--json").Json.GetProperty("width").GetInt32());
        TrainTests.AssertRefused(model.Run("model", "show"), 2, "give either a model folder or --preset");
    }

    [Fact]
    public void Training_can_start_from_a_model()
    {
        var json = model.Run("train", "--init", "model", "--data", "text.txt", "--steps", "3", "--lr", "1e-5",
            "--out", "more", "--json").Json;
        Assert.InRange(json.GetProperty("train_loss").GetDouble(), 0, 3);
    }

    [Fact]
    public void Models_that_are_not_there_or_contradict_themselves_are_named()
    {
        TrainTests.AssertRefused(model.Run("generate", "nowhere", "x"), 1, "there is no model folder nowhere");
        TrainTests.AssertRefused(model.Run("generate", "text.txt", "x"), 1, "text.txt is neither a model folder nor a GGUF file");
        var broken = Directory.CreateDirectory(Path.Combine(model.Folder, "broken")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(model.Folder, "model")))
            File.Copy(file, Path.Combine(broken, Path.GetFileName(file)), overwrite: true);
        var config = File.ReadAllText(Path.Combine(broken, "config.json"));
        File.WriteAllText(Path.Combine(broken, "config.json"),
            config.Replace("\"n_embd\": 32", "\"n_embd\": 64", StringComparison.Ordinal));
        TrainTests.AssertRefused(model.Run("generate", "broken", "x"), 1,
            "tensor wte.weight is (270, 32), but config.json calls for (270, 64)");
    }

    [Fact]
    public void The_doctor_finds_every_backend_sound()
    {
        var backends = model.Run("doctor", "--json").Json.GetProperty("backends").EnumerateArray().ToArray();
        Assert.Contains(backends, backend => backend.GetProperty("available").GetBoolean());
        foreach (var backend in backends)
            if (backend.GetProperty("available").GetBoolean())
                Assert.InRange(backend.GetProperty("max_error").GetDouble(), 0, 1e-5);
            else
                Assert.False(string.IsNullOrEmpty(backend.GetProperty("reason").GetString()));
    }

    [Theory]
    [InlineData("avx512")]
    [InlineData("avx2")]
    [InlineData("vector128")]
    public void An_instruction_set_can_be_forced(string instructions)
    {
        using var process = new PellucidProcess();
        var outcome = process.Run("", ["bench", "matmul", "--rows", "64", "--columns", "64", "--inner", "64", "--rounds", "1", "--json"],
            ("PELLUCID_SIMD", instructions));
        if (outcome.Code == 0)
            Assert.Contains(instructions, outcome.Json.GetProperty("job").GetString(), StringComparison.Ordinal);
        else
            TrainTests.AssertRefused(outcome, 2, $"this machine cannot run {instructions}");
    }
}
