using System.CommandLine;
using System.Diagnostics;
using Pellucid.Cli.Parsing;
using Pellucid.Cli.Terminal;
using Pellucid.Distributed;
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
        Description = $"Text files, JSONL files, folders of both, files of tokens (.bin, .u16, .u32), or {TrainingText.BuiltIn}",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [TrainingText.MicroWorldName],
    };

    private static readonly Option<string[]> ValidationData = new("--val-data")
    {
        Description = "Texts to validate on, of the same kinds as --data, all of which is for training then",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Out =
        new("--out") { Description = "Folder of the trained model; a new one under runs/ if not given" };
    private static readonly Option<string> TokenizerKind = new("--tokenizer")
    {
        Description = $"char, bpe:N for N tokens learned from the data, or {TokenizerPath.Kinds}",
        DefaultValueFactory = _ => "char"
    };
    private static readonly Option<string?> RecipeName =
        new("--recipe") { Description = $"A whole run by name, which settles all but --out: {string.Join(", ", Recipe.Names)}" };
    private static readonly Option<string?> Preset = PresetOption.New();
    private static readonly Option<string?> Init =
        new("--init") { Description = "A model folder to start from, with its shape and tokenizer" };
    private static readonly Option<int> Layers = Number("--layers", "Blocks", 4);
    private static readonly Option<int> Heads = Number("--heads", "Attention heads of a block", 4);
    private static readonly Option<int> Width = Number("--width", "Columns of the residual stream; heads must divide it", 128);
    private static readonly Option<int> Context = Number("--context",
        "Positions the model sees, and tokens of a training sequence; with --init the latter alone", 64);
    private static readonly Option<int> Batch = Number("--batch", "Sequences of a batch", Defaults.Batch);
    private static readonly Option<int> MicroBatches = Number("--micro-batches",
        "Equal parts that a batch is computed in, one after another, in less memory; must divide it", Defaults.MicroBatches);
    private static readonly Option<int> Accumulate = Number("--accumulate", "Batches added up for one step", Defaults.Accumulate);
    private static readonly Option<int> Steps = Number("--steps", "Updates of the weights", Defaults.Steps);
    private static readonly Option<float> Rate = Number("--lr", "Largest learning rate", Defaults.LearningRate);
    private static readonly Option<float> MinRate = Number("--min-lr", "Learning rate at the end", Defaults.MinLearningRate);
    private static readonly Option<int?> Warmup = new("--warmup")
    {
        Description = $"Steps over which the learning rate rises; if not given {Defaults.Warmup}, "
            + "or a tenth of the steps where there are no more than that",
    };
    private static readonly Option<float> Decay = Number("--weight-decay", "Weight decay of matrices", Defaults.WeightDecay);
    private static readonly Option<float> Beta1 = Number("--beta1", "AdamW's decay of the first moment", Defaults.Beta1);
    private static readonly Option<float> Beta2 = Number("--beta2", "AdamW's decay of the second moment", Defaults.Beta2);
    private static readonly Option<float> Clip = Number("--clip", "Largest norm of the gradient; 0 for any", Defaults.Clip);
    private static readonly Option<float> Dropout = Number("--dropout", "Probability of dropout", Defaults.Dropout);
    private static readonly Option<int> EvalEvery = Number("--eval-every", "Steps between evaluations", Defaults.EvaluateEvery);
    private static readonly Option<int> EvalBatches = Number("--eval-batches", "Batches of an evaluation", Defaults.EvaluateBatches);
    private static readonly Option<int> SaveEvery = Number("--save-every", "Steps between checkpoints", Defaults.SaveEvery);
    private static readonly Option<int> KeepEvery = Number("--keep-every",
        "Steps between weights that are kept for good, under checkpoints/ beside the last ones; 0 for none", 0);
    private static readonly Option<int> SampleEvery = Number("--sample-every",
        "Steps between texts that the model writes into samples.jsonl; 0 for none", 0);
    private static readonly Option<bool> Resume = new("--resume")
    {
        Description = "Go on with the run in the folder --out, to the same bytes as if it had never stopped; "
            + "all else is as the run began, but for more --steps"
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("train", "Trains a GPT on text: next-token loss, AdamW, warm-up and cosine. "
            + "Nine tenths of the text are for training, the end of it for validation, unless there is --val-data.")
        {
            Data, ValidationData, TrainingText.TextField, Out, RecipeName, TokenizerKind, Preset, Init, Layers, Heads, Width,
            TrainedShape.KeyValueHeads, TrainedShape.Norm, TrainedShape.Positions, TrainedShape.FeedForward, Context, Batch, MicroBatches,
            Accumulate, Steps, Rate, MinRate, Warmup, Decay, Beta1, Beta2, Clip, Dropout,
            EvalEvery, EvalBatches, SaveEvery, KeepEvery, SampleEvery, Resume, MemoryLimit.Force, Seed,
        }.WithExample("pellucid train --data micro-world --steps 500");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation) =>
        Ranks.Run(words, (replicas, output) => Run(words, output, null, replicas, cancellation));

    /// <summary>Trains. A watcher hears of every step, and then the run writes no JSON of its own.</summary>
    internal static int Run(ParseResult words, Output output, Action<Gpt, Tokenizer, TrainingReport>? watch, CancellationToken cancellation)
        => Run(words, output, watch, Replicas.One, cancellation);

    private static int Run(ParseResult words, Output output, Action<Gpt, Tokenizer, TrainingReport>? watch, Replicas replicas,
        CancellationToken cancellation)
    {
        if (words.GetValue(RecipeName) is not null)
            words = Recipe.Words(words, RecipeName, Out);
        var record = words.GetValue(Resume)
            ? RunRecord.Read(words.GetValue(Out) ?? throw new ArgumentException("--resume needs --out, the folder of the run")) : null;
        using var backend = CommonOptions.CreateBackend(words);
        var path = words.GetValue(Out);
        var (now, moved) = (words, words.GetResult(Data) is { Implicit: false });
        words = record?.Words(words, Out, Resume, Data, Steps, MemoryLimit.Force) ?? words;
        var sources = (moved ? now : words).GetValue(Data)!;
        var options = Options(words);
        var longer = record is null ? null : LongerRun.Asked(now, Steps, options);
        options = longer?.Options ?? options;
        options.Validate();
        if (options.Warmup >= options.Steps)
            throw new ArgumentException($"--warmup is {options.Warmup} of {options.Steps} steps: the learning rate would never fall");
        foreach (var option in (Option<int>[])[KeepEvery, SampleEvery])
            if (words.GetValue(option) < 0)
                throw new ArgumentException($"{option.Name} ({words.GetValue(option)}) must be at least 0");
        if (options.MicroBatches * options.Accumulate is var leaves && leaves < replicas.Count)
            throw new ArgumentException($"{replicas.Count} ranks cannot share {leaves} micro-batches: --micro-batches must be at least "
                + $"{replicas.Count}, and divide --batch");
        if (record is null && path is not null)
            RunRecord.RequireFree(path);
        var data = new TrainingData(sources, words.GetValue(TrainingText.TextField)!);
        var other = words.GetValue(ValidationData) is { Length: > 0 } apart
            ? new TrainingData(apart, words.GetValue(TrainingText.TextField)!, ValidationData.Name) : null;
        var fingerprint = data.Fingerprint() + other?.Fingerprint();
        if (record is not null && record.Data != fingerprint)
            throw new InvalidDataException($"{string.Join(", ", sources)}: this is not the text that the run in {path} began with");
        var goesOn = record is not null && TrainingFolder.CanResume(path!);
        var run = goesOn ? RunTokens.OfModel(path!) : ChooseTokens(words, data, output, cancellation);
        var tokenizer = run.Tokenizer;
        var saved = goesOn ? path : words.GetValue(Init);
        var shape = saved is null ? Shape(words, tokenizer) : SavedShape(saved);
        if (shape is not null)
            MemoryLimit.CheckTraining(now, shape, options.Batch / options.MicroBatches, shape.Context);
        using var gpt = goesOn ? Checkpoint.Load(path!, backend) : NewModel(words, shape, backend);
        var (vocabulary, threads) = (gpt.Config.VocabularySize, CommonOptions.ThreadsOf(words));
        // What the first has cut the others find, where they look at the same folder.
        using var tokens = replicas.FirstThenOthers(() => data.Tokens(output, run, vocabulary, threads, cancellation));
        using var validation = replicas.FirstThenOthers(() => other?.Tokens(output, run, vocabulary, threads, cancellation));
        var stream = Stream(sources, tokens, validation, words.GetValue(Init) is not null && words.GetResult(Context) is { Implicit: false }
            ? words.GetValue(Context) : gpt.Context);
        using var trainer = new Trainer(gpt, stream, options, replicas);
        path ??= FreeFolder(TrainingText.Name(sources));
        Agreement.Require(replicas, [.. Ranks.Facts(backend), ("options", $"{options}"), ("the text", fingerprint),
            ("the shape", $"{gpt.Config}"), ("the tokenizer", tokenizer.Fingerprint()), ("--out", path),
            ("what they resume", goesOn ? "a run" : "nothing")]);
        using var held = RunLock.Take(path, begins: record is null, replicas);
        var writes = replicas.Rank == 0;
        if (writes && record is null)
            new RunRecord(words, fingerprint).Write(path);
        if (writes)
            longer?.Record(record!, Steps, Warmup).Write(path);
        using var folder = goesOn ? TrainingFolder.Resume(path, gpt, run.Specials, trainer, options.SaveEvery, replicas)
            : TrainingFolder.Begin(path, gpt, run.Specials, run.WriteBeside, options.SaveEvery, replicas);
        folder.KeepEvery = words.GetValue(KeepEvery);
        using var standing = new StandingRun(writes ? path : null, "train", options.Steps, goesOn ? trainer.Step : null);
        var samples = writes && words.GetValue(SampleEvery) is > 0 and var every
            ? new TrainSamples(gpt, run, stream, every, options.Seed) : null;
        if (replicas.Count > 1)
            output.Line(
                $"{replicas.Count} ranks share {leaves} micro-batches of a step; each reads the text itself, and they have the same");
        using var view = new TrainView(output, options, gpt, stream, tokenizer, path, folder.Before,
            other is null ? "the last tenth" : string.Join(", ", words.GetValue(ValidationData)!), writes);
        if (longer is not null && goesOn)
            output.Line(longer.Told(trainer.Step));
        try
        {
            view.Show(report => trainer.Run(step =>
            {
                folder.Report(step);
                report(step);
                samples?.Write(step.Step, path);
                watch?.Invoke(gpt, tokenizer, step);
            }, cancellation));
        }
        catch (OperationCanceledException)
        {
            folder.Save();
            standing.End(RunEnd.Interrupted);
            throw new OperationCanceledException($"interrupted at step {trainer.Step}; pellucid train --resume --out {path} goes on");
        }
        catch (TrainingDivergedException error)
        {
            standing.End(RunEnd.Diverged);
            throw new InvalidDataException($"{error.Message}. The last good weights are in {path}, the best in {folder.BestPath}");
        }
        standing.End(RunEnd.Done);
        if (replicas.Rank > 0)
            return PellucidCommand.Done;
        view.ShowSample(Sample(gpt, run, run.Specials.Begin ?? stream.At(0)[0], options.Seed));
        if (watch is not null)
            return PellucidCommand.Done;
        output.Json(json =>
        {
            view.Write(json);
            json.WriteMeanings("train");
            json.WriteNumber("best_val_loss", trainer.BestValidationLoss);
            json.WriteNumber("peak_memory_bytes", Process.GetCurrentProcess().PeakWorkingSet64);
            json.WriteNumber("parameters", gpt.Config.Parameters);
            json.WriteString("out", path);
            json.WriteNumber("seed", options.Seed);
            Ranks.Write(json, replicas);
        });
        return PellucidCommand.Done;
    }

    private static TrainingOptions Options(ParseResult words) => new()
    {
        Steps = words.GetValue(Steps),
        Batch = words.GetValue(Batch),
        MicroBatches = words.GetValue(MicroBatches),
        Accumulate = words.GetValue(Accumulate),
        LearningRate = words.GetValue(Rate),
        MinLearningRate = words.GetResult(MinRate) is { Implicit: false } ? words.GetValue(MinRate)
            : Math.Min(words.GetValue(MinRate), words.GetValue(Rate)),
        Warmup = words.GetValue(Warmup)
            ?? (words.GetValue(Steps) > Defaults.Warmup ? Defaults.Warmup : words.GetValue(Steps) / 10),
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

    private static RunTokens ChooseTokens(ParseResult words, TrainingData data, Output output, CancellationToken cancellation)
    {
        if (words.GetValue(Init) is { } model)
            return RunTokens.OfModel(ModelFolder.Resolve(model));
        var kind = words.GetValue(TokenizerKind)!;
        if (kind == "char")
            return RunTokens.Of(data.LearnCharacters());
        if (!kind.StartsWith("bpe:", StringComparison.Ordinal))
            return TokenizerPath.Find(kind) is { } found ? RunTokens.OfTokenizer(found)
                : throw new ArgumentException($"--tokenizer is '{kind}'; it can be char, bpe:N, or {TokenizerPath.Kinds}");
        return NumberWords.Count(kind.AsSpan(4)) is { } size && size >= BpeTrainer.SmallestVocabulary
            ? RunTokens.Of(data.LearnPairs(output, size, words.GetValue(CommonOptions.Threads), cancellation))
            : throw new ArgumentException($"--tokenizer is '{kind}'; bpe:N needs N of at least {BpeTrainer.SmallestVocabulary}");
    }

    private static Gpt NewModel(ParseResult words, GptConfig? shape, Backend backend)
    {
        if (words.GetValue(Init) is { } model)
            return ModelFolder.LoadGpt(model, backend);
        var gpt = new Gpt(shape!, backend);
        gpt.Initialize(words.GetValue(Seed));
        return gpt;
    }

    // Of a model in a folder, before it is loaded.
    private static GptConfig? SavedShape(string model) =>
        Path.Combine(ModelFolder.Resolve(model), Checkpoint.ConfigFile) is var path && File.Exists(path) ? GptConfig.Load(path) : null;

    private static GptConfig Shape(ParseResult words, Tokenizer tokenizer)
    {
        var config = TrainedShape.Of(words, new GptConfig
        {
            VocabularySize = tokenizer.VocabularySize,
            Context = words.GetValue(Context),
            Layers = words.GetValue(Layers),
            Heads = words.GetValue(Heads),
            Width = words.GetValue(Width),
        });
        if (words.GetValue(Preset) is { } name)
        {
            var preset = PresetOption.Shape(name);
            config = preset with
            {
                VocabularySize = tokenizer.VocabularySize,
                Context = words.GetResult(Context) is { Implicit: false } ? config.Context : preset.Context,
            };
        }
        return config;
    }

    /// <summary>What is read of a text in sequences of that length.</summary>
    /// <exception cref="InvalidDataException">It is too short for one.</exception>
    public static TokenStream Stream(string[] sources, TokenStore tokens, TokenStore? validation, int sequenceLength)
    {
        try
        {
            return validation is null ? new TokenStream(tokens, sequenceLength) : new TokenStream(tokens, validation, sequenceLength);
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

    private static string Sample(Gpt gpt, RunTokens run, int start, ulong seed)
    {
        using var generator = new Generator(gpt);
        var sampler = new Sampler(new SamplingOptions { Temperature = 0.8f, TopK = 40, Seed = seed },
            run.Tokenizer.VocabularySize, run.Specials.Ends);
        return run.Tokenizer.Decode([.. generator.Generate([start], sampler, 300, run.Specials.Ends)]);
    }

    private static Option<TNumber> Number<TNumber>(string name, string description, TNumber value) where TNumber : struct =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
