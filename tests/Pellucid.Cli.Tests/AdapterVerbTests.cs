using System.Text.Json;
using Pellucid.Models;

namespace Pellucid.Cli.Tests;

/// <summary>An adapter of <c>tiny</c> that learned two answers.</summary>
public sealed class LearnedAdapter : IDisposable
{
    public const string Answers = """
        {"prompt": "Where is the ball? ", "completion": "The ball is in the box."}
        {"prompt": "Who is there? ", "completion": "John is there."}
        """;

    private readonly PellucidProcess _pellucid = new();

    public LearnedAdapter()
    {
        _pellucid.File("answers.jsonl", Answers);
        Assert.Equal(0, _pellucid.Run("tune", "sft", "tiny", "--data", "answers.jsonl", "--out", "learned",
            "--steps", "40", "--batch", "2", "--lr", "3e-3").Code);
    }

    public string Folder => _pellucid.File("learned");

    public void Dispose() => _pellucid.Dispose();
}

/// <summary>Adapters at the command: in both formats, in talks, and in every instrument.</summary>
public sealed class AdapterVerbTests : IClassFixture<LearnedAdapter>, IDisposable
{
    private readonly PellucidProcess _pellucid = new();
    private readonly LearnedAdapter _learned;

    public AdapterVerbTests(LearnedAdapter learned)
    {
        _learned = learned;
        _pellucid.File("answers.jsonl", LearnedAdapter.Answers);
        _pellucid.File("pairs.csv", KnowledgeVerbTests.Pairs);
    }

    [Theory]
    [InlineData("lens|MODEL|Where is the ball?")]
    [InlineData("attention|MODEL|Where is the ball?")]
    [InlineData("ablate|MODEL|Where is the ball?|--what|mlp")]
    [InlineData("intervene|MODEL|Where is the|--change|1.3=0")]
    [InlineData("patch|MODEL|Anna gave a ring to Ben|--source|Anna gave a ring to Leo|--answer|.|--wrong|,")]
    [InlineData("path|MODEL|Anna gave a ring to Ben|--source|Anna gave a ring to Leo|--answer|.|--wrong|,")]
    [InlineData("attribute|MODEL|Anna gave a ring to Ben|--answer|.|--wrong|,|--by|layers")]
    [InlineData("relation|MODEL|--data|pairs.csv|--template|The capital of {} is")]
    [InlineData("probe|MODEL|--task|agreement|--count|60")]
    [InlineData("senses|MODEL|--count|60|--contexts|3")]
    [InlineData("memories|MODEL|--data|answers.jsonl")]
    [InlineData("circuit|MODEL|--prompts|1|--share|0.5")]
    [InlineData("features|train|MODEL|--layer|1|--data|micro-world:1MB|--out|of-MODEL|--steps|2|--rows|64|--features|32|--active|4")]
    [InlineData("features|graph|MODEL|The capital of Poland is|--features|features|--answer| Warsaw|--suppress|4")]
    [InlineData("diff|tiny|MODEL|Where is the ball?")]
    public void Every_instrument_takes_a_model_with_its_adapter(string words)
    {
        Learn("a");
        if (words.StartsWith("features|graph", StringComparison.Ordinal))
            Assert.Equal(0, _pellucid.Run("look", "features", "train", "tiny", "--layer", "1", "--activation", "ln2", "--writes", "mlp_out",
                "--architecture", "jumprelu", "--data", "micro-world:1MB", "--out", "features", "--steps", "2", "--rows", "64",
                "--features", "32", "--active", "4").Code);
        var (bare, tuned) = (_pellucid.Run(["look", .. words.Replace("MODEL", "tiny").Split('|'), "--json"]),
            _pellucid.Run(["look", .. words.Replace("MODEL", "tiny+a").Split('|'), "--json"]));
        Assert.Equal(0, tuned.Code);
        Assert.Equal(words.StartsWith("diff", StringComparison.Ordinal) ? "tiny" : "tiny+a", tuned.Json.GetProperty("model").GetString());
        Assert.NotEqual(bare.Json.ToString().Replace("tiny", "tiny+a"), tuned.Json.ToString());
        // The four layers are counted in one way by all of them: from 0, with -1 for what is before the first.
        int[] layers = [.. Layers(bare.Json).Distinct().Order()];
        Assert.All(layers, layer => Assert.InRange(layer, -1, 3));
        Assert.True(layers.Length < 4 || layers[^4..].SequenceEqual([0, 1, 2, 3]), string.Join(' ', layers));
        Assert.DoesNotMatch(@"\(from 1\)|\(no\. \d|layers? 4\b|counted from 1", bare.Error);
    }

    private static IEnumerable<int> Layers(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Layers),
        JsonValueKind.Object => json.EnumerateObject().SelectMany(field =>
            field.Name is "layer" or "from_layer" or "to_layer" && field.Value.ValueKind == JsonValueKind.Number
                ? [(int)field.Value.GetDouble()] : Layers(field.Value)),
        _ => [],
    };

    [Fact]
    public void Every_instrument_is_asked() => Assert.Equal(Look.LookCommand.Create().Subcommands.Select(verb => verb.Name).Order(),
        GetType().GetMethod(nameof(Every_instrument_takes_a_model_with_its_adapter))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>()
            .Select(data => ((string)data.Data[0]!).Split('|')[0]).Distinct()
            .Append("checkpoints").Order()); // which asks a run, of an adapter too: CheckpointVerbTests

    [Fact]
    public void What_tuning_changed_is_shown_layer_by_layer()
    {
        Learn("a");
        var json = _pellucid.Run("look", "diff", "tiny", "tiny+a", "Where is the ball?", "Who is there?", "--json").Json;
        Assert.Equal((4, 16, 2), (json.GetProperty("layers").GetArrayLength(), json.GetProperty("heads").GetArrayLength(),
            json.GetProperty("texts").GetInt32()));
        Assert.All(json.GetProperty("layers").EnumerateArray(), layer => Assert.True(layer.GetProperty("weights").GetDouble() > 0));
        Assert.True(json.GetProperty("kl").GetDouble() > 0);
        Assert.Contains("looks elsewhere", _pellucid.Run("look", "diff", "tiny", "tiny+a").Output);
        var same = _pellucid.Run("look", "diff", "tiny", "tiny", "Where is the ball?", "--json").Json;
        Assert.Equal(0, same.GetProperty("kl").GetDouble());
    }

    [Fact]
    public void An_adapter_takes_memory_beside_its_model()
    {
        long Planned(string name) =>
            _pellucid.Run("model", "plan", name, "--json").Json.GetProperty("weight_bytes_to_run").GetInt64();
        Assert.Equal(Planned("tiny") + new FileInfo(Path.Combine(BuiltInModel.AssistantFolder, "adapter_model.safetensors")).Length,
            Planned("tiny+assistant"));
        Assert.Equal(0, _pellucid.Run("model", "convert", "tiny", "--type", "q8_0", "--out", "tiny.gguf").Code);
        Assert.Equal(_pellucid.Run("model", "show", "tiny.gguf", "--json").Json.GetProperty("bytes").GetInt64(), Planned("tiny.gguf"));
    }

    // As after tune --recipe assistant --out assistant, whose folder holds an adapter a stage.
    [Fact]
    public void A_folder_that_is_no_adapter_does_not_hide_the_assistant_that_comes_along()
    {
        Directory.CreateDirectory(_pellucid.File("assistant/sft"));
        var said = _pellucid.Run("chat", "tiny", "--message", "What is the capital of Poland?", "--temperature", "0");
        Assert.Matches(@"^\s*(The capital of Poland is )?Warsaw\.\s*$", said.Output);
    }

    [Fact]
    public void An_adapter_goes_to_GGUF_and_back()
    {
        Learn("a");
        Assert.Equal(0, _pellucid.Run("tune", "convert", "tiny+a", "--out", "a.gguf").Code);
        Assert.Equal(0, _pellucid.Run("tune", "convert", "tiny+a.gguf", "--out", "b").Code);
        string[] words = ["Where is the ball? ", "--temperature", "0", "--max-tokens", "7"];
        string[] texts = [.. ((string[])["tiny+a", "tiny+a.gguf", "tiny+b"]).Select(model =>
            _pellucid.Run(["generate", model, .. words]).Output)];
        Assert.Equal([texts[0], texts[0], texts[0]], texts);
        Assert.Contains("b is there already", _pellucid.Run("tune", "convert", "tiny+a", "--out", "b").Error);
    }

    [Fact]
    public void A_talk_goes_from_one_adapter_to_another_over_the_same_weights()
    {
        Learn("a");
        File.WriteAllText(_pellucid.File("a/chat_template.jinja"),
            "{% for message in messages %}{{ message.content }} {% endfor %}");
        string[] words = ["chat", "tiny+a", "--max-tokens", "7", "--temperature", "0"];
        var talked = _pellucid.Run("Where is the ball?\n/adapter\n/adapter nowhere\n", words);
        Assert.Contains("tiny+a answers", talked.Output);
        Assert.Contains("nowhere is not an adapter's folder", talked.Error);
        var back = _pellucid.Run("/adapter a\n/reset\nWhere is the ball?\n", words);
        Assert.Equal((0, ""), (back.Code, back.Error));
        Assert.StartsWith("tiny+a answers\n", back.Output, StringComparison.Ordinal);
        Assert.EndsWith(talked.Output.Split('\n')[0] + "\n", back.Output, StringComparison.Ordinal);
        Assert.Contains("tiny has no chat template", _pellucid.Run("/adapter none\n", words).Error);
    }

    public void Dispose() => _pellucid.Dispose();

    private void Learn(string name)
    {
        Directory.CreateDirectory(_pellucid.File(name));
        foreach (var file in Directory.GetFiles(_learned.Folder))
            File.Copy(file, _pellucid.File($"{name}/{Path.GetFileName(file)}"));
    }
}
