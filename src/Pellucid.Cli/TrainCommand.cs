using System.CommandLine;
using System.Diagnostics;
using Pellucid.Cli.Terminal;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Training;

namespace Pellucid.Cli;

/// <summary><c>pellucid train</c>.</summary>
internal static class TrainCommand
{
    private static readonly TrainingOptions Defaults = new();

    private static readonly Option<string[]> Data = new("--data")
    {
        Description = $"Text files, or the built-in text {TrainingText.MicroWorldName}",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [TrainingText.MicroWorldName],
    };

    private static readonly Option<string?> Out = new("--out") { Description = "Folder of the trained model; a new one under runs/ if not given" };
    private static readonly Option<string> TokenizerKind = new("--tokenizer") { Description = "char, bpe:N for N tokens learned from the data, or a folder with tokenizer files", DefaultValueFactory = _ => "char" };
    private static readonly Option<string?> Preset = new("--preset") { Description = $"A published shape: {string.Join(", ", GptPresets.Names)}" };
    private static readonly Option<string?> Init = new("--init") { Description = "A model folder to start from, with its shape and tokenizer" };
    private static readonly Option<int> Layers = Number("--layers", "Blocks", 4);
    private static readonly Option<int> Heads = Number("--heads", "Attention heads of a block", 4);
    private static readonly Option<int> Width = Number("--width", "Columns of the residual stream; heads must divide it", 128);
    private static readonly Option<int> Context = Number("--context", "Positions the model sees, and tokens of a training sequence", 64);
    private static readonly Option<int> Batch = Number("--batch", "Sequences computed at a time", Defaults.Batch);
    private static readonly Option<int> Accumulate = Number("--accumulate", "Batches added up for one step", Defaults.Accumulate);
    private static readonly Option<int> Steps = Number("--steps", "Updates of the weights", Defaults.Steps);
    private static readonly Option<float> Rate = Number("--lr", "Largest learning rate", Defaults.LearningRate);
    private static readonly Option<float> MinRate = Number("--min-lr", "Learning rate at the end", Defaults.MinLearningRate);
    private static readonly Option<int> Warmup = Number("--warmup", "Steps over which the learning rate rises", Defaults.Warmup);
    private static readonly Option<float> Decay = Number("--weight-decay", "Weight decay of matrices", Defaults.WeightDecay);
    private static readonly Option<float> Beta1 = Number("--beta1", "AdamW's decay of the first moment", Defaults.Beta1);
    private static readonly Option<float> Beta2 = Number("--beta2", "AdamW's decay of the second moment", Defaults.Beta2);
    private static readonly Option<float> Clip = Number("--clip", "Largest norm of the gradient; 0 for any", Defaults.Clip);
    private static readonly Option<float> Dropout = Number("--dropout", "Probability of dropout", Defaults.Dropout);
    private static readonly Option<int> EvalEvery = Number("--eval-every", "Steps between evaluations", Defaults.EvaluateEvery);
    private static readonly Option<int> EvalBatches = Number("--eval-batches", "Batches of an evaluation", Defaults.EvaluateBatches);
    private static readonly Option<int> SaveEvery = Number("--save-every", "Steps between checkpoints", Defaults.SaveEvery);
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("train", "Trains a GPT on text: next-token loss, AdamW, warm-up and cosine. Nine tenths of the text are for training, the end of it for validation.")
        {
            Data, Out, TokenizerKind, Preset, Init, Layers, Heads, Width, Context, Batch, Accumulate, Steps, Rate, MinRate, Warmup, Decay, Beta1, Beta2, Clip, Dropout,
            EvalEvery, EvalBatches, SaveEvery, Seed,
        }.WithExample("pellucid train --data micro-world --steps 500");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var options = Options(words);
        options.Validate();
        using var backend = CommonOptions.CreateBackend(words);
        var sources = words.GetValue(Data)!;
        var text = TrainingText.Read(sources);
        var tokenizer = ChooseTokenizer(words, sources, text);
        using var gpt = ChooseModel(words, tokenizer, backend);
        var stream = Stream(sources, text, tokenizer, gpt.Config.Context);
        var path = words.GetValue(Out) ?? FreeFolder(TrainingText.Name(sources));

        using var folder = new TrainingFolder(path, gpt, tokenizer, options.SaveEvery);
        using var trainer = new Trainer(gpt, stream, options);
        using var view = new TrainView(output, options, gpt, stream, path);
        try
        {
            view.Show(report => trainer.Run(step =>
            {
                folder.Report(step);
                report(step);
            }, cancellation));
        }
        catch (OperationCanceledException)
        {
            folder.Save();
            throw new OperationCanceledException($"interrupted at step {trainer.Step}");
        }
        catch (TrainingDivergedException error)
        {
            throw new InvalidDataException($"{error.Message}. The last good weights are in {path}, the best in {folder.BestPath}");
        }
        view.ShowSample(Sample(gpt, tokenizer, options.Seed));
        output.Json(json =>
        {
            view.Write(json);
            json.WriteNumber("best_val_loss", trainer.BestValidationLoss);
            json.WriteNumber("peak_memory_bytes", Process.GetCurrentProcess().PeakWorkingSet64);
            json.WriteNumber("parameters", gpt.Config.Parameters);
            json.WriteString("out", path);
        });
        return PellucidCommand.Done;
    }

    private static TrainingOptions Options(ParseResult words) => new()
    {
        Steps = words.GetValue(Steps),
        Batch = words.GetValue(Batch),
        Accumulate = words.GetValue(Accumulate),
        LearningRate = words.GetValue(Rate),
        MinLearningRate = words.GetResult(MinRate) is { Implicit: false } ? words.GetValue(MinRate) : Math.Min(words.GetValue(MinRate), words.GetValue(Rate)),
        Warmup = words.GetValue(Warmup),
        WeightDecay = words.GetValue(Decay),
        Beta1 = words.GetValue(Beta1),
        Beta2 = words.GetValue(Beta2),
        Clip = words.GetValue(Clip),
        Dropout = words.GetValue(Dropout),
        EvaluateEvery = words.GetValue(EvalEvery),
        EvaluateBatches = words.GetValue(EvalBatches),
        SaveEvery = words.GetValue(SaveEvery),
        Seed = words.GetValue(Seed),
    };

    private static Tokenizer ChooseTokenizer(ParseResult words, string[] sources, byte[] text)
    {
        if (words.GetValue(Init) is { } model)
            return Tokenizer.Load(model);
        var kind = words.GetValue(TokenizerKind)!;
        try
        {
            if (kind == "char")
                return CharacterTokenizer.FromText(text);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{string.Join(", ", sources)}: {error.Message}", error);
        }
        if (!kind.StartsWith("bpe:", StringComparison.Ordinal))
            return Directory.Exists(kind) ? Tokenizer.Load(kind) : throw new ArgumentException($"--tokenizer is '{kind}'; it can be char, bpe:N, or a folder with tokenizer files");
        return int.TryParse(kind.AsSpan(4), out var size) && size >= 257 ? BpeTrainer.Train(text, size)
            : throw new ArgumentException($"--tokenizer is '{kind}'; bpe:N needs N of at least 257");
    }

    private static Gpt ChooseModel(ParseResult words, Tokenizer tokenizer, Backend backend)
    {
        if (words.GetValue(Init) is { } model)
            return ModelFolder.LoadGpt(model, backend);
        var config = new GptConfig
        {
            VocabularySize = tokenizer.VocabularySize,
            Context = words.GetValue(Context),
            Layers = words.GetValue(Layers),
            Heads = words.GetValue(Heads),
            Width = words.GetValue(Width),
        };
        if (words.GetValue(Preset) is { } name)
        {
            var preset = GptPresets.Find(name) ?? throw new ArgumentException($"there is no preset '{name}'; there are {string.Join(", ", GptPresets.Names)}");
            config = preset with { VocabularySize = tokenizer.VocabularySize, Context = words.GetResult(Context) is { Implicit: false } ? config.Context : preset.Context };
        }
        var gpt = new Gpt(config, backend);
        gpt.Initialize(words.GetValue(Seed));
        return gpt;
    }

    private static TokenStream Stream(string[] sources, byte[] text, Tokenizer tokenizer, int sequenceLength)
    {
        try
        {
            var tokens = new List<int>(text.Length);
            tokenizer.Encode(text, tokens);
            return new TokenStream([.. tokens], sequenceLength);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{string.Join(", ", sources)}: {error.Message}", error);
        }
    }

    private static string FreeFolder(string name)
    {
        var path = Path.Combine("runs", name);
        for (var number = 2; TrainingFolder.IsTaken(path); number++)
            path = Path.Combine("runs", $"{name}-{number}");
        return path;
    }

    private static string Sample(Gpt gpt, Tokenizer tokenizer, ulong seed)
    {
        using var generator = new Generator(gpt);
        var start = tokenizer.EndOfText ?? tokenizer.Encode("\n").FirstOrDefault();
        var tokens = generator.Generate([start], new Sampler(new SamplingOptions { Temperature = 0.8f, TopK = 40, Seed = seed }), 300, tokenizer.EndOfText);
        return tokenizer.Decode([.. tokens]);
    }

    private static Option<TNumber> Number<TNumber>(string name, string description, TNumber value) where TNumber : struct =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
