using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Pellucid.Cli.Terminal;
using Pellucid.Distributed;
using Pellucid.Looking;
using Pellucid.Looking.Memories;
using Pellucid.Pictures;
using Pellucid.Tokens;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look memories</c>.</summary>
internal static class MemoriesVerb
{
    private const string Method = "feed-forward neurons as memories: "
        + "exact strongest triggers, one a line at most, neurons after GELU above 0; values softmax(v E^T) without LayerNorm; "
        + "residual stream by the logit lens; dropping a token, relative change of the coefficient";
    private const int DefaultMegabytes = 1, TokensBetweenLines = 100_000; // of progress: seconds of a small model, a minute of gpt2

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string[]> Data = new("--data")
    {
        Description = "Text files, read line by line; "
            + $"{TrainingText.MicroWorldName}, or {TrainingText.MicroWorldName}:NMB for N megabytes of it, whose phenomena are topics",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [TrainingText.MicroWorldName],
    };

    private static readonly Option<int> Top =
        new("--top") { Description = "Triggers to keep of every neuron", DefaultValueFactory = _ => 25 };
    private static readonly Option<int> Window = new("--window")
    {
        Description = "Longer lines are cut into parts of so many tokens; the context if it is shorter",
        DefaultValueFactory = _ => 256
    };
    private static readonly Option<int> Perturbed =
        new("--perturbed") { Description = "Neurons of each layer whose triggers lose a token", DefaultValueFactory = _ => 30 };
    private static readonly Option<string?> Neuron =
        new("--neuron") { Description = "Show this neuron's triggers, as 3.17 for neuron 17 of layer 3, both from 0" };
    private static readonly Option<string?> Search =
        new("--search") { Description = "Show neurons that this word excites or that write it" };
    private static readonly Option<int> Show =
        new("--show") { Description = "Neurons to show of each layer, or found", DefaultValueFactory = _ => 4 };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("memories", "Shows which prefixes of a text excite each feed-forward neuron most, "
            + "what they have in common, what the neuron writes, and how layers make predictions of that. "
            + $"One pass over the text, in memory that does not grow with it. In reports {Reports.Layers}.")
        {
            Model, Data, Top, Window, Perturbed, Neuron, Search, Show, Seed, PromptOptions.BeginOfText,
        }.WithPictures().WithExample("pellucid look memories runs/words --data README.md --search the");
        command.SetInterruptibleAction((words, cancellation) =>
            Ranks.Run(words, (replicas, output) => Run(words, output, replicas, cancellation)));
        return command;
    }

    private static int Run(ParseResult words, Output output, Replicas replicas, CancellationToken cancellation)
    {
        var (top, seed, show) = (words.GetValue(Top), words.GetValue(Seed), words.GetValue(Show));
        if (top < 1 || show < 1 || words.GetValue(Window) < 3 || words.GetValue(Perturbed) < 0)
            throw new ArgumentException("--top and --show must be at least 1, --window at least 3, and --perturbed cannot be below 0");
        using var subject = Subject.Load(words, Model);
        var config = subject.Gpt.Config;
        ActivationCache.RequirePlace(config, Models.Activation.MlpPost, 0);
        var (layer, neuron) = words.GetValue(Neuron) is { } name ? Parse(name, config) : (-1, -1);
        int? searched = words.GetValue(Search) is { } word ? Token(subject, word) : null;
        var lines = CorpusLine.Cut(words.GetValue(Data)!.SelectMany(Lines), subject.Tokenizer,
            Math.Min(words.GetValue(Window), config.Context), subject.Begin);
        Ranks.Agree(replicas, subject.Gpt, words.GetValue(Model)!, "the options", [$"{top} {seed} {words.GetValue(Window)} {subject.Begin}",
            .. words.GetValue(Data)!]);
        var memories = NeuronMemories.Collect(subject.Gpt, Watched(lines, cancellation), top, seed, Progress(output), replicas);
        if (replicas.Rank > 0)
            return PellucidCommand.Done;
        var peak = Process.GetCurrentProcess().PeakWorkingSet64;
        var report = new MemoryReport(memories, words.GetValue(Perturbed), seed, subject.Begin);

        var shown = searched is { } token ? report.Search(token).Take(5 * show).Select(found => found.Memory)
            : layer >= 0 ? [report[layer, neuron]] : report.Layers.SelectMany(one => Telling(report, one.Layer).Take(show));
        var found = new FoundMemories(ModelResult.Of(subject, Method, []), Meanings.Of("look memories"), seed,
            "none; one token of a prefix dropped", memories.Lines, memories.Tokens, memories.TokensPerSecond,
            memories.ForwardTokensPerSecond, peak, [.. report.Layers.Select(one => new FoundMemoryLayer(one))],
            [.. shown.Select(memory => FoundMemory.Of(report, memory, subject.Tokenizer))],
            replicas.Count > 1 ? replicas.Count : null);

        output.Line($"n = {Units.Count(found.CorpusTokens)} tokens of {Units.Count(found.Lines)} lines, "
            + $"{Units.Count((double)config.Layers * config.FeedForwardWidth)} neurons, {top} triggers each at most; "
            + $"{Units.Count(found.TokensPerSecond)} tokens a second{OfForward(found)}, {Units.Bytes(peak)} of memory at most; "
            + $"seed {seed}, BOS {(found.Bos ? "on" : "off")}, {Reports.Layers}; "
            + "nothing is ablated, tokens are dropped; ± is the standard error");
        ShowLayers(output, report.Layers);
        ShowConfident(output, report);
        ShowNeurons(output, subject, found.Neurons);
        if (layer >= 0)
            foreach (var trigger in memories.Triggers(layer, neuron))
                output.Line($"{Units.Number(trigger.Coefficient, 3)}  {string.Concat(trigger.Prefix.ToArray().Select(subject.Show))} → "
                    + $"{subject.Show(trigger.Next)}");
        PictureFiles.Write(words, () => Draw(report));
        output.Json(found, Results.Default.FoundMemories);
        return PellucidCommand.Done;
    }

    private static IEnumerable<(string, string?)> Lines(string source)
    {
        if (!source.StartsWith(TrainingText.MicroWorldName, StringComparison.Ordinal) || File.Exists(source))
            return File.Exists(source) ? ReadFile(source)
                : throw new FileNotFoundException($"there is no file {source}; the built-in text is called {TrainingText.MicroWorldName}");
        var megabytes = source == TrainingText.MicroWorldName ? DefaultMegabytes
            : source.EndsWith("MB", StringComparison.Ordinal) && int.TryParse(source.AsSpan(TrainingText.MicroWorldName.Length + 1)[..^2],
                NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw new ArgumentException(
                $"'{source}' is not a text; the built-in one is {TrainingText.MicroWorldName}, or {TrainingText.MicroWorldName}:NMB");
        return CorpusLine.MicroWorld(TrainingText.MicroWorldSeed, megabytes * 1_000_000L);
    }

    private static IEnumerable<(string, string?)> ReadFile(string path)
    {
        foreach (var line in CorpusLine.Read(File.OpenRead(path), path))
            yield return (line, null);
    }

    private static (int, int) Parse(string name, Models.GptConfig config) =>
        name.Split('.') is [var layer, var neuron] && int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out var l)
            && int.TryParse(neuron, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && l < config.Layers
            && n < config.FeedForwardWidth ? (l, n)
            : throw new ArgumentException(
                $"--neuron is '{name}'; layers are 0 to {config.Layers - 1} and neurons 0 to {config.FeedForwardWidth - 1}, written 0.17");

    // A word as it stands in a sentence, or else as it is.
    private static int Token(Subject subject, string word) =>
        subject.Tokenizer.Encode(" " + word) is [var token] ? token : subject.OneToken(word);

    private static IEnumerable<CorpusLine> Watched(IEnumerable<CorpusLine> lines, CancellationToken cancellation)
    {
        foreach (var line in lines)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return line;
        }
    }

    private static Action<long> Progress(Output output)
    {
        var told = 0L;
        return tokens =>
        {
            if (tokens - told < TokensBetweenLines)
                return;
            told = tokens;
            output.Line($"{Units.Count(tokens)} tokens read");
        };
    }

    // A small text is over before the forward alone is timed.
    private static string OfForward(FoundMemories found) => double.IsNaN(found.ForwardTokensPerSecond) ? ""
        : $", {Reports.Percent(found.FloorFraction)} of the forward alone "
            + $"({Units.Count(found.ForwardTokensPerSecond)}, timed in passing)";

    private static void ShowLayers(Output output, IReadOnlyList<MemoryLayer> layers)
    {
        var table = Reports.NewTable("layer", "neurons with triggers", "end alike", "last token", "topic", "first dropped", "random",
            "last", "value agrees", "chance");
        foreach (var one in layers)
            table.AddPlainRow($"{one.Layer}", Units.Count(one.Alive), Reports.Percent(one.SharedEnd.Mean),
                Reports.Percent(one.LastToken.Mean), Reports.Percent(one.Topic.Mean), Change(one.Perturbation.First),
                Change(one.Perturbation.Random), Change(one.Perturbation.Last),
                Reports.Percent(one.Agreement), Reports.Percent(one.Chance.Mean));
        output.Line("patterns: neurons half of whose triggers end alike; mean share of the commonest last token and topic of a neuron's "
            + "triggers; change of the coefficient without a token; values that say what follows the strongest trigger");
        output.People.Write(table);
        table = Reports.NewTable("layer", "active", "zero agreement", "residual", "feed-forward", "agreement",
            "composition", "already final", "p(final)");
        foreach (var one in layers.Select(layer => layer.Composition))
            table.AddPlainRow($"{one.Layer}", Reports.Percent(one.Active.Mean), Reports.Percent(one.ZeroAgreement),
                Reports.Percent(one.Residual.Mean), Reports.Percent(one.FeedForward.Mean), Reports.Percent(one.Agreement.Mean),
                Reports.Percent(one.Composition.Mean),
                Reports.Percent(one.Fixed), Reports.Number(one.FinalProbability));
        output.Line($"predictions at {Units.Count(layers[0].Composition.Positions)} positions: neurons above 0; "
            + "the layer says what none of them says; after the layer the stream says what it said before, what the layer says, "
            + "what both say, or neither; it already says the final word");
        output.People.Write(table);
    }

    private static void ShowConfident(Output output, MemoryReport report)
    {
        var most = report.All.Where(memory => memory.Pattern is not null)
            .OrderByDescending(memory => memory.Value.Confidence).Take(100).ToList();
        var byLayer = most.GroupBy(memory => memory.Layer).OrderBy(group => group.Key).Select(group => $"{group.Key}: {group.Count()}");
        output.Line($"of the {most.Count} most confident values {most.Count(memory => memory.Value.Agrees)} agree with "
            + $"what follows their strongest trigger; by layer: {string.Join(", ", byLayer)}");
    }

    // Neurons with the clearest patterns, those that agree with their value first.
    private static IEnumerable<Memory> Telling(MemoryReport report, int layer) =>
        report.All.Where(memory => memory.Layer == layer && memory.Pattern is not null)
            .OrderByDescending(memory => memory.Value.Agrees)
            .ThenByDescending(memory => memory.Pattern!.SuffixShare * memory.Pattern.Suffix.Count + memory.Pattern.TopicShare);

    private static void ShowNeurons(Output output, Subject subject, IReadOnlyList<FoundMemory> neurons)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("neuron", "triggers end with", "share", "words",
            "topic", "writes", "agrees");
        foreach (var memory in neurons.Select(neuron => neuron.Found))
            table.AddPlainRow($"{memory.Layer}.{memory.Neuron}",
                memory.Pattern is null ? "–" : string.Concat(memory.Pattern.Suffix.Select(subject.Show)),
                memory.Pattern is { Suffix.Count: > 0 } ? Reports.Percent(memory.Pattern.SuffixShare) : "",
                string.Join(" ", memory.Pattern?.Words.Take(3).Select(word => subject.Show(word.Token)) ?? []),
                memory.Pattern?.Topic is null ? "" : $"{memory.Pattern.Topic} {Reports.Percent(memory.Pattern.TopicShare)}",
                string.Join(" ", memory.Value.Top.Take(4).Select(subject.Show)), memory.Value.Agrees ? "yes" : "");
        output.People.Write(table);
    }

    private static string Change(Estimate change) => change.Count == 0 ? "–" : $"{Units.Number(100 * change.Mean, 0)} %";

    private static IReadOnlyList<Picture> Draw(MemoryReport report)
    {
        Series Line(string name, Func<MemoryLayer, double> value) =>
            new(name, [.. report.Layers.Select(one => ((double)one.Layer, value(one)))]);
        return
        [
            Curves.Draw("What a neuron's triggers have in common", "layer", "mean share", [Line("last token", one => one.LastToken.Mean),
                .. (Series[])(report.Layers[0].Topic.Count > 0 ? [Line("topic", one => one.Topic.Mean)] : []),
                Line("half end alike", one => one.SharedEnd.Mean)]),
            Curves.Draw("Values that say what follows the strongest trigger", "layer", "share",
                [Line("values", one => one.Agreement.Mean), Line("chance", one => one.Chance.Mean)]),
            Curves.Draw("Where predictions come from", "layer", "share", [Line("residual", one => one.Composition.Residual.Mean),
                Line("feed-forward", one => one.Composition.FeedForward.Mean), Line("agreement", one => one.Composition.Agreement.Mean),
                Line("composition", one => one.Composition.Composition.Mean)]),
        ];
    }
}
