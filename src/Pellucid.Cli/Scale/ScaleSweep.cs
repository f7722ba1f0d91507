using System.CommandLine;
using System.Diagnostics;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Scaling;
using Pellucid.Tensors;
using Pellucid.Training;
using Spectre.Console;

namespace Pellucid.Cli.Scale;

/// <summary><c>pellucid scale sweep</c>.</summary>
internal static class ScaleSweep
{
    private static readonly TimeSpan Measuring = TimeSpan.FromSeconds(0.4);

    private static readonly Option<string[]> Data = new("--data")
    {
        Description = $"Text to learn from, a token a character: files, folders, or {TrainingText.BuiltIn}",
        AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [TrainingText.MicroWorldName],
    };
    private static readonly Option<string> Out = new("--out")
    {
        Description = "Folder of what was trained; a sweep that is there goes on", DefaultValueFactory = _ => "sweep",
    };
    private static readonly Option<double> Minutes =
        new("--minutes") { Description = "Time for all trainings together", DefaultValueFactory = _ => 10 };
    private static readonly Option<int[]> Widths = new("--widths")
    {
        Description = "Columns of the models that the law is fit to", AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [16, 24, 32, 48, 64],
    };
    private static readonly Option<int> HeldOut =
        new("--held-out") { Description = "Columns of the larger model that the law predicts", DefaultValueFactory = _ => 96 };
    private static readonly Option<int> Layers = new("--layers") { Description = "Blocks", DefaultValueFactory = _ => 2 };
    private static readonly Option<int> Context = new("--context") { Description = "Tokens of a sequence", DefaultValueFactory = _ => 64 };
    private static readonly Option<int> Batch = new("--batch") { Description = "Sequences of a step", DefaultValueFactory = _ => 16 };
    private static readonly Option<int> Lengths = new("--lengths")
    {
        Description = "Trainings of each size, each twice as long as the one before", DefaultValueFactory = _ => 4,
    };
    private static readonly Option<double[]> Tokens = new("--tokens")
    {
        Description = "Tokens of the trainings of each size, in the place of --minutes and --lengths",
        AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [],
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("sweep", "Trains small models of several sizes and lengths within a given time, fits a law to their "
            + "losses, has it predict a larger one, trains that, and says how far off it was.")
        {
            Data, TrainingText.TextField, Out, Minutes, Widths, HeldOut, Layers, Context, Batch, Lengths, Tokens, Seed,
        }.WithPictures().WithExample("pellucid scale sweep --minutes 10");
        command.SetInterruptibleAction((words, cancellation) =>
            Ranks.Run(words, (replicas, output) => Run(words, output, replicas, cancellation)));
        return command;
    }

    private static int Run(ParseResult words, Output output, Replicas replicas, CancellationToken cancellation)
    {
        using var backend = CommonOptions.CreateBackend(words);
        var (data, folder, seed) = (new TrainingData(words.GetValue(Data)!, words.GetValue(TrainingText.TextField)!),
            words.GetValue(Out)!, words.GetValue(Seed));
        var run = RunTokens.Of(data.LearnCharacters());
        using var tokens = replicas.FirstThenOthers(() =>
            data.Tokens(output, run, run.Tokenizer.VocabularySize, CommonOptions.ThreadsOf(words), cancellation));
        var stream = TrainCommand.Stream(words.GetValue(Data)!, tokens, null, words.GetValue(Context));
        GptConfig Shape(int width) => ShapeOf(words, width, run.Tokenizer.VocabularySize);
        GptConfig[] shapes = [.. words.GetValue(Widths)!.Distinct().Order().Select(Shape)];
        var (heldOut, record) = (Shape(words.GetValue(HeldOut)), new SweepRecord(folder));
        var settled = string.Join("; ", $"text {data.Fingerprint()[..16]}",
            $"widths {string.Join(' ', shapes.Select(shape => shape.Width))}", $"held out {heldOut.Width}",
            $"layers {heldOut.Layers}", $"context {heldOut.Context}", $"batch {words.GetValue(Batch)}", $"seed {seed}",
            Given(words) is { Length: > 0 } given ? $"tokens {string.Join(' ', given)}"
                : $"{words.GetValue(Minutes)} minutes in {words.GetValue(Lengths)} lengths");
        Agreement.Require(replicas, [.. Ranks.Facts(backend), ("the sweep", settled)]);
        var lengths = record.Begun(settled) ?? Begin(words, output, replicas, record, settled, shapes, heldOut, stream, backend);
        var plan = SweepPlan.Of(shapes, heldOut, lengths, words.GetValue(Batch));
        var done = Train(output, replicas, record, plan, stream, backend, seed, cancellation);
        return replicas.Rank > 0 ? PellucidCommand.Done : Judge(words, output, plan, done, seed, replicas, cancellation);
    }

    // The first rank measures for all, and what it finds is noted, so that a sweep goes on with the same lengths.
    private static IReadOnlyList<double> Begin(ParseResult words, Output output, Replicas replicas, SweepRecord record, string settled,
        IReadOnlyList<GptConfig> shapes, GptConfig heldOut, TokenStream stream, Backend backend)
    {
        if (!(words.GetValue(Minutes) > 0) || words.GetValue(Lengths) < 1 || words.GetValue(Batch) < 1)
            throw new ArgumentException("--minutes, --lengths and --batch must be above 0");
        if (replicas.Rank == 0)
        {
            double Rate(GptConfig shape) => new SweepRun(shape, 1, words.GetValue(Batch)).Rate(stream, backend, Measuring);
            IReadOnlyList<double> lengths = Given(words) is { Length: > 0 } given ? given : SweepPlan.Within([.. shapes.Select(Rate)],
                Rate(heldOut), words.GetValue(Lengths), words.GetValue(Minutes) * 60, replicas.Count);
            var plan = SweepPlan.Of(shapes, heldOut, lengths, words.GetValue(Batch)); // refused before anything is written
            record.Begin(settled, lengths);
            output.Line($"{plan.All.Count} trainings of {ScaleCommand.Short(plan.Runs.Min(run => run.Parameters))} to "
                + $"{ScaleCommand.Short(heldOut.Parameters)} parameters, {ScaleCommand.Short(plan.Runs.Min(run => run.Tokens))} to "
                + $"{ScaleCommand.Short(plan.HeldOut.Tokens)} tokens");
        }
        replicas.Any(false); // it is there
        return record.Begun(settled)
            ?? throw new IOException("this rank does not see the folder --out of the first: it must be one that all ranks share");
    }

    private static double[] Train(Output output, Replicas replicas, SweepRecord record, SweepPlan plan, TokenStream stream, Backend backend,
        ulong seed, CancellationToken cancellation)
    {
        var (all, before) = (plan.All, record.Done());
        replicas.Any(false); // all have read before anybody writes
        var left = all.Where(run => !before.ContainsKey(run.Name)).ToList();
        if (left.Count < all.Count)
            output.Line($"{all.Count - left.Count} of {all.Count} trainings were done before");
        var own = SweepPlan.Share(left, replicas.Count)[replicas.Rank];
        var (progress, stopped) = (new SweepProgress(output, own), false);
        try
        {
            progress.Show(() =>
            {
                foreach (var run in own)
                {
                    var clock = Stopwatch.StartNew();
                    var loss = run.Train(stream, backend, seed, step => progress.At(run, step), cancellation);
                    record.Add(replicas.Rank, run, loss, clock.Elapsed.TotalSeconds);
                    progress.Ended(run, loss);
                }
            });
        }
        catch (OperationCanceledException)
        {
            stopped = true;
        }
        if (replicas.Any(stopped))
            throw new OperationCanceledException("interrupted; the same command goes on with the trainings that have not ended");
        var losses = record.Done();
        return [.. all.Select(run => losses.TryGetValue(run.Name, out var loss) ? loss
            : throw new IOException($"the loss of run {run.Name} is not in the folder --out: it must be one that all ranks share"))];
    }

    private static int Judge(ParseResult words, Output output, SweepPlan plan, double[] losses, ulong seed, Replicas replicas,
        CancellationToken cancellation)
    {
        var byName = plan.All.Zip(losses).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        ScalingRun Point(SweepRun run) => new(run.Parameters, run.Tokens, byName[run.Name]);
        var fit = LawFit.Of([.. plan.Runs.Select(Point)], seed: seed, cancellation: cancellation);
        var (heldOut, measured) = (plan.HeldOut, byName[plan.HeldOut.Name]);
        var predicted = fit.Predict(heldOut.Parameters, heldOut.Tokens);
        var table = Reports.NewTable("columns", "parameters", "tokens", "loss", "law");
        foreach (var run in plan.Runs)
            table.AddPlainRow($"{run.Shape.Width}", Units.Count(run.Parameters), Units.Count(run.Tokens),
                Units.Number(byName[run.Name], 4), Units.Number(fit.Law.Loss(run.Parameters, run.Tokens), 4));
        output.People.Write(table);
        ScaleFit.ShowNumbers(output, fit);
        var error = predicted.Value / measured - 1;
        var beyond = fit.Beyond(heldOut.Flop);
        output.Line($"The larger model, {Units.Count(heldOut.Parameters)} parameters and {Units.Count(heldOut.Tokens)} tokens, "
            + $"{Units.Number(beyond, 1)} times the largest budget of those, was to have a loss of {Units.Number(predicted.Value, 4)} "
            + $"({Units.Number(predicted.Low, 4)} to {Units.Number(predicted.High, 4)}). It has {Units.Number(measured, 4)}: "
            + $"the law was {Units.Number(Math.Abs(100 * error), 2)} % too {(error < 0 ? "low" : "high")}.");
        PictureFiles.Write(words, () => ScalePictures.Law(fit));
        output.Json(json =>
        {
            json.WriteNumber("runs", plan.Runs.Count);
            ScaleFit.WriteNumbers(json, fit);
            json.WriteStartObject("held_out");
            json.WriteNumber("parameters", heldOut.Parameters);
            json.WriteNumber("tokens", heldOut.Tokens);
            json.WriteNumber("loss", measured);
            ScaleFit.WriteInterval(json, "predicted", predicted);
            json.WriteNumber("error", error);
            json.WriteNumber("times_largest", beyond);
            json.WriteEndObject();
            json.WriteString("out", words.GetValue(Out));
            Ranks.Write(json, replicas);
        });
        return PellucidCommand.Done;
    }

    private static double[] Given(ParseResult words) => [.. words.GetValue(Tokens)!.Distinct().Order()];

    private static GptConfig ShapeOf(ParseResult words, int width, int vocabulary)
    {
        const int headWidth = 16;
        if (width < headWidth / 2 || width % (headWidth / 2) != 0)
            throw new ArgumentException($"a model of {width} columns is none of a sweep: columns are multiples of {headWidth / 2}");
        return new GptConfig
        {
            VocabularySize = vocabulary, Context = words.GetValue(Context), Layers = words.GetValue(Layers), Width = width,
            Heads = width % headWidth == 0 ? width / headWidth : width / (headWidth / 2),
        };
    }
}
