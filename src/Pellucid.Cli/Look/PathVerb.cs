using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look path</c>.</summary>
internal static class PathVerb
{
    private const int RowsShown = 20;

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string[]> To = new("--to")
    {
        Description = "Where paths end, together: logits, or parts of heads such as 9.6q 9.9q",
        DefaultValueFactory = _ => ["logits"],
        AllowMultipleArgumentsPerToken = true
    };
    private static readonly Option<string> From =
        new("--from") { Description = "Where paths begin, each by itself: heads or mlp", DefaultValueFactory = _ => "heads" };
    private static readonly Option<int?> Position =
        new("--position") { Description = "The position that is changed, from 0, or -1 for all; the last if not given" };
    private static readonly Option<bool> Freeze = new("--freeze-mlp")
    {
        Description = "Keep feed-forward layers as they were too, instead of letting them pass on what reaches them"
    };

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("path", "Measures the paths from each head to the logits, or to the queries, "
            + "keys or values of heads: exact path patching, all other heads held, beside its linear approximation.") { Model }
            .WithPair().WithPictures().WithSave().WithExample(
                "pellucid look path tiny \"Anna gave a ring to Ben\" --source \"Anna gave a ring to Leo\" --answer . --wrong \",\"");
        command.Options.Add(To);
        command.Options.Add(From);
        command.Options.Add(Position);
        command.Options.Add(Freeze);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var receivers = words.GetValue(To) is ["logits"] ? [] : words.GetValue(To)!.Select(Receiver.Parse).ToArray();
        using var subject = Subject.Load(words, Model);
        var (gpt, pair) = (subject.Gpt, PairOptions.Read(words, subject));
        var fromHeads = words.GetValue(From) switch
        {
            "heads" => true,
            "mlp" => false,
            var other => throw new ArgumentException($"--from is '{other}'; it can be heads or mlp"),
        };
        var position = words.GetValue(Position) ?? pair.Base.Tokens.Length - 1;
        if (position < -1 || position >= pair.Base.Tokens.Length)
            throw new ArgumentException($"the prompt has positions 0 to {pair.Base.Tokens.Length - 1}, not {position}");
        var measure = new PathsMeasure(fromHeads, receivers, position, words.GetValue(Freeze));
        Measure(output, words, subject, pair, measure);
        SavedActivations.Write(words, gpt, new Prompts([pair.Source]), (activation, _) =>
            activation == measure.Senders(gpt.Config)[0].Output);
        return PellucidCommand.Done;
    }

    /// <summary>Measures and tells.</summary>
    public static void Measure(Output output, ParseResult words, Subject subject, PromptPair pair, PathsMeasure measure)
    {
        var (gpt, receivers, position) = (subject.Gpt, measure.Receivers, measure.PositionIn(pair.Base.Tokens.Length));
        var senders = measure.Senders(gpt.Config);
        var exact = PathPatching.Run(gpt, [pair], senders, receivers, [position], measure.FreezesFeedForward);
        var linear = LinearPathPatching.Run(gpt, [pair], senders, receivers, [position]);

        var target = receivers.Count == 0 ? Circuit.Logits : string.Join(" ", receivers);
        var method = $"exact path patching to {target} at {(position < 0 ? "all positions" : $"position {position}")}, "
            + $"feed-forward layers {(measure.FreezesFeedForward ? "frozen" : "recomputed")}";
        var whole = pair.Base.LogitDifference(gpt);
        var measured = new MeasuredPaths(PairResult.Of(subject, pair, method), Meanings.Of("look path"), whole,
            [.. receivers.Select(receiver => $"{receiver}")], position, measure.FreezesFeedForward,
            [.. exact.Zip(linear, (path, approximation) => new MeasuredPath($"{path.Sender}", path.Sender.Layer,
                path.Sender.Head < 0 ? null : path.Sender.Head, path.Effect.Mean, path.Effect.Mean / whole, approximation.Effect.Mean))]);
        output.Line($"{method}; logit difference {Units.Number(whole, 4)}");
        var table = Reports.NewTable("from", "exact effect", "of the whole", "linear approximation");
        foreach (var path in measured.Paths.OrderByDescending(path => Math.Abs(path.Effect)).Take(RowsShown))
            table.AddPlainRow(path.From, Units.Number(path.Effect, 4), Reports.Percent(path.Share), Units.Number(path.Linear, 4));
        output.People.Write(table);
        if (exact.Count > RowsShown)
            output.Line($"the strongest {RowsShown} of {exact.Count} paths");
        PictureFiles.Write(words, () =>
            [Draw(gpt.Config, exact, $"Effect of the path from each {(senders[0].Head < 0 ? "feed-forward layer" : "head")} to {target}")]);
        output.Json(measured, Results.Default.MeasuredPaths);
    }

    private static Picture Draw(GptConfig config, IReadOnlyList<PathEffect> paths, string title)
    {
        var ofHeads = paths[0].Sender.Head >= 0;
        var values = new double[config.Layers, ofHeads ? config.Heads : 1];
        foreach (var path in paths)
            values[path.Sender.Layer, Math.Max(0, path.Sender.Head)] = path.Effect.Mean;
        return HeatMap.Draw(title, [.. Enumerable.Range(0, config.Layers).Select(layer => $"layer {layer}")],
            ofHeads ? [.. Enumerable.Range(0, config.Heads).Select(head => $"{head}")] : ["mlp"], values);
    }
}

/// <summary>What paths do to the logit difference.</summary>
internal sealed record MeasuredPaths([property: JsonIgnore] PairResult Pair, IReadOnlyDictionary<string, string> Meanings,
    double LogitDifference, IReadOnlyList<string> To, int Position, bool MlpFrozen, IReadOnlyList<MeasuredPath> Paths) : PairResult(Pair);

/// <summary>One path's exact effect, its share of the logit difference, and the linear approximation of the effect.</summary>
internal sealed record MeasuredPath([property: JsonIgnore] string From, int Layer,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Head, double Effect, double Share, double Linear);
