using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Models;

namespace Pellucid.Cli.Bench;

/// <summary><c>pellucid bench</c>.</summary>
internal static class BenchCommand
{
    private static readonly Option<int> Rows = Number("--rows", "Rows of the left matrix", 1536);
    private static readonly Option<int> Columns = Number("--columns", "Columns of the right matrix", 3072);
    private static readonly Option<int> Inner = Number("--inner", "Columns of the left, rows of the right matrix", 768);
    private static readonly Option<string> Form = new Option<string>("--form")
    {
        Description = "Which factors are given transposed: nn, nt (the right one) or tn (the left one)",
        DefaultValueFactory = _ => "nn"
    }.AcceptOnlyFromAmong("nn", "nt", "tn");
    private static readonly Option<string> Preset = new("--preset")
    {
        Description = $"A published shape with random weights: {string.Join(", ", GptPresets.Names)}",
        DefaultValueFactory = _ => "gpt2"
    };
    private static readonly Option<int> Layers = Number("--layers", "Blocks, instead of a preset", 0);
    private static readonly Option<int> Heads = Number("--heads", "Attention heads, with --layers and --width", 4);
    private static readonly Option<int> Width = Number("--width", "Columns of the residual stream, instead of a preset", 0);
    private static readonly Option<int> Vocabulary = Number("--vocabulary", "Tokens, with --layers and --width", 65);
    private static readonly Option<int> Batch = Number("--batch", "Sequences computed at a time", 4);
    private static readonly Option<int> Context = Number("--context", "Tokens of a sequence", 64);
    private static readonly Option<int> DecodeBatch = Number("--batch", "Sequences that are continued at a time", 1);
    private static readonly Option<int> DecodeContext = Number("--context", "Tokens that come before", 64);
    private static readonly Option<int> PrefillContext = Number("--context", "Tokens of the prompt", 512);
    private static readonly Option<string> Weights = CommonOptions.NewWeights(hasFiles: false);
    private static readonly Option<string?> Model = new("--model")
    {
        Description = "A model folder or a GGUF file, its weights as they are stored, instead of a preset",
    };
    private static readonly Argument<string> Loaded = CommonOptions.NewModel();
    private static readonly Option<int> LoadRounds = Number("--rounds", "Measurements of which the median counts", 5);
    private static readonly Option<int> PatchTokens = Number("--tokens", "Tokens of the prompt", 15);
    private static readonly Option<int> PatchRounds = Number("--rounds", "Measurements of which the median counts", 3);
    private static readonly Option<int> Rounds = Number("--rounds", "Measurements of which the median counts", 9);

    private static readonly Option<int> TunedContext = Number("--context", "Tokens of a sequence", 256);
    private static readonly Option<int> Answers = Number("--answers", "Answers that are written at a time", 16);
    private static readonly Option<int> Rank = Number("--rank", "Rank of the adapter", 8);
    private static readonly Option<float> Dropout = new("--dropout") { Description = "Probability of dropout" };
    private static readonly Option<bool> Profile = new("--profile") { Description = "Show the share of each operation" };
    private static readonly Option<string[]> Data = TrainingText.NewData(required: false);
    private static readonly Option<string?> Source =
        new("--tokenizer") { Description = $"{TokenizerPath.Kinds}; one learned from the text if not given" };

    private static readonly Option<string> MaskData = new("--data") { Description = "A file of schemas and instances", Required = true };
    private static readonly Option<string> MaskTokenizer =
        new("--tokenizer") { Description = "A folder with a tokenizer, or a tokenizer file", Required = true };

    public static Command Create()
    {
        var matmul = new Command("matmul", "Times a matrix product, beside OpenBLAS where it can be loaded.")
        {
            Rows, Columns, Inner, Form, Rounds
        }.WithExample("pellucid bench matmul --threads 1");
        matmul.SetAction(words => MatmulBench.Run(words, Positive(words, Rows), Positive(words, Columns), Positive(words, Inner),
            words.GetValue(Form)!, Positive(words, Rounds)));
        var train = new Command("train", "Times a training step: forward, backward, AdamW.")
        {
            Preset, Layers, Heads, Width, Vocabulary, Batch, Context, Dropout, Rounds, Profile, MemoryLimit.Force
        }.WithExample("pellucid bench train --preset gpt2 --batch 4 --context 64");
        train.SetAction(words => TrainBench.Run(words, TrainShape(words), Positive(words, Batch), Positive(words, Context),
            words.GetValue(Dropout), Positive(words, Rounds), words.GetValue(Profile)));
        var tune = new Command("tune", "Times a step that tunes an adapter by examples, in turn with a whole training step.")
        {
            Preset, Batch, TunedContext, Rank, Rounds, Profile, Tune.TuneOptions.Recompute, MemoryLimit.Force
        }.WithExample("pellucid bench tune --preset gpt2 --batch 4 --context 256 --rank 8");
        tune.SetAction(words => TuneBench.Run(words, Shape(words), Positive(words, Batch), Positive(words, TunedContext),
            Positive(words, Rank), Positive(words, Rounds), words.GetValue(Profile)));
        var rollouts = new Command("rollouts", "Times answers that a policy writes to learn from, in turn with plain decoding.")
        {
            Preset, Answers, DecodeContext, Rank, Rounds, MemoryLimit.Force
        }.WithExample("pellucid bench rollouts --preset gpt2 --answers 16");
        rollouts.SetAction(words => RolloutBench.Run(words, Shape(words), Positive(words, Answers), Positive(words, DecodeContext),
            Positive(words, Rank), Positive(words, Rounds)));
        var decode = new Command("decode", "Times writing token by token with the key-value cache.")
        {
            Preset, Model, DecodeBatch, DecodeContext, Weights, CommonOptions.Activations, Rounds, Profile, MemoryLimit.Force
        }.WithExample("pellucid bench decode --preset gpt2 --weights q8_0");
        decode.SetAction(words => InferenceBench.Decode(words, Benched(words), Positive(words, DecodeBatch),
            Positive(words, DecodeContext), Positive(words, Rounds), words.GetValue(Profile)));
        var prefill = new Command("prefill", "Times reading a prompt.") {
            Preset, Model, PrefillContext, Weights, CommonOptions.Activations, Rounds, Profile, MemoryLimit.Force
        }.WithExample("pellucid bench prefill --preset gpt2");
        prefill.SetAction(words => InferenceBench.Prefill(words, Benched(words), Positive(words, PrefillContext),
            Positive(words, Rounds), words.GetValue(Profile)));
        var load = new Command("load", "Times the loading of a model, its weights as they are stored, and the reading of a short prompt "
            + "after it, in this process: what was loaded before is in the system's memory already.")
        {
            Loaded, CommonOptions.Activations, LoadRounds
        }.WithExample("pellucid bench load runs/micro-world");
        load.SetAction(words => LoadBench.Run(words, words.GetValue(Loaded)!, Positive(words, LoadRounds)));
        var patch = new Command("patch", "Times activation patching of every head at every position and path patching of every head to the "
            + "logits, beside one whole forward for each.") { Preset, PatchTokens, PatchRounds }
            .WithExample("pellucid bench patch --preset gpt2");
        patch.SetAction(words => PatchBench.Run(words, Shape(words), Positive(words, PatchTokens), Positive(words, PatchRounds)));
        var tokenizer = new Command("tokenizer",
            "Times the cutting of text into tokens, on one thread, and the loading of a tokenizer that is given.") { Data, Source, Rounds }
            .WithExample("pellucid bench tokenizer");
        tokenizer.SetAction(words => TokenizerBench.Run(words,
            words.GetValue(Data) is { Length: > 0 } data ? data : [TrainingText.MicroWorldName],
            words.GetValue(Source), Positive(words, Rounds)));
        var masks = new Command("masks", "Compiles the JSON schemas of a file, {name, schema, tests: [{valid, data}]} a line, and feeds "
            + "their instances token by token: how long masks take, and whether they are right.") { MaskData, MaskTokenizer }
            .WithExample("pellucid bench masks --data schemas.jsonl --tokenizer runs/micro-world");
        masks.SetAction(words => MasksBench.Run(words, words.GetValue(MaskData)!, words.GetValue(MaskTokenizer)!));
        return new Command("bench", "Measures speed on this machine, and how near it comes to the floor that arithmetic and memory set.")
        {
            matmul, train, tune, rollouts, prefill, decode, load, patch, tokenizer, masks, WordsBench.Create()
        };
    }

    /// <summary>Prints and writes what was measured.</summary>
    public static int Report(ParseResult words, string job, Measurement measured, string unit, IReadOnlyList<Peer> peers,
        double floorFraction, params ReadOnlySpan<(string Name, double Value)> more)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        output.Line($"{job}: {Told(measured)} {unit}, {Units.Number(100 * floorFraction, 0)} % of what this machine allows");
        foreach (var peer in peers)
            output.Line($"  {peer.Name}: {Told(peer.Measured)} {unit}; ours is {Units.Number(peer.Ratio, 2)} × as good");
        foreach (var (name, value) in more)
            output.Line($"  {name.Replace('_', ' ')}: {Units.Number(value, 1)}");
        var extra = more.ToArray();
        output.Json(json =>
        {
            json.WriteString("job", job);
            Write(json, measured);
            json.WriteString("unit", unit);
            json.WriteStartArray("peers");
            foreach (var peer in peers)
            {
                json.WriteStartObject();
                json.WriteString("name", peer.Name);
                Write(json, peer.Measured);
                json.WriteNumber("ratio", peer.Ratio);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNumber("floor_fraction", floorFraction);
            foreach (var (name, value) in extra)
                json.WriteNumber(name, value);
        });
        return PellucidCommand.Done;
    }

    /// <summary>Seconds of one call.</summary>
    public static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Told(Measurement measured) =>
        $"{Units.Number(measured.Median, 1)} ({Units.Number(measured.Lowest, 1)} to {Units.Number(measured.Highest, 1)})";

    private static void Write(Utf8JsonWriter json, Measurement measured)
    {
        json.WriteNumber("median", measured.Median);
        json.WriteNumber("lowest", measured.Lowest);
        json.WriteNumber("highest", measured.Highest);
    }

    private static GptConfig Shape(ParseResult words) => PresetOption.Shape(words.GetValue(Preset)!);

    private static BenchedModel Benched(ParseResult words) => words.GetValue(Model) is { } path ? new(path)
        : new(Shape(words), CommonOptions.WeightType(words, Weights));

    // A shape of one's own where any of its numbers is given, else the preset.
    private static GptConfig TrainShape(ParseResult words) =>
        words.GetValue(Layers) == 0 && words.GetValue(Width) == 0 ? Shape(words) : new GptConfig
        {
            VocabularySize = Positive(words, Vocabulary),
            Context = Positive(words, Context),
            Layers = Positive(words, Layers),
            Heads = Positive(words, Heads),
            Width = Positive(words, Width),
        };

    private static int Positive(ParseResult words, Option<int> option) => words.GetValue(option) is > 0 and var value ? value
        : throw new ArgumentException($"{option.Name} must be at least 1");

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
