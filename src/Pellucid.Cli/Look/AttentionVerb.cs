using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look attention</c>.</summary>
internal static class AttentionVerb
{
    private const int MostInRow = 4;

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Argument<string?> Prompt = new("PROMPT")
    {
        Description = "The text to read; without one, random tokens that are repeated once",
        Arity = ArgumentArity.ZeroOrOne
    };
    private static readonly Option<int?> Layer = new("--layer") { Description = "Show the pattern of this layer, from 0" };
    private static readonly Option<int?> Head = new("--head") { Description = "Show the pattern of this head of the layer, from 0" };
    private static readonly Option<bool> Circuits = new("--circuits")
    {
        Description = "Show what the weights say: which earlier heads each head's queries, keys and values read (composition), "
            + "whether it copies tokens as they stand in the text (copy scores), and, of one head on a text, "
            + "what it writes and looks for token by token (OV and QK), biases and LayerNorm's deviation left out"
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("attention",
            "Shows where heads look: what each head of the model does on a text, or one head's pattern. "
                + "Without a text it looks for previous-token, duplicate-token and induction heads on random repeated tokens.")
        {
            Model, Prompt, PromptOptions.Tokens, PromptOptions.Repeat, Layer, Head, Circuits, Seed, PromptOptions.BeginOfText,
        }.WithPictures().WithSave().WithExample("pellucid look attention tiny \"Anna gave the ring to Ben.\" --layer 0 --head 0");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        using var subject = Subject.Load(words, Model);
        var (gpt, layer, head) = (subject.Gpt, words.GetValue(Layer), words.GetValue(Head));
        if (layer is null && head is not null)
            throw new ArgumentException("--head needs --layer");
        if (layer is { } place)
            ActivationCache.RequirePlace(gpt.Config, Activation.Pattern, place, head ?? -1);
        var repeated = PromptOptions.Repeated(words, gpt.Config);
        if (words.GetValue(Prompt) is null && !PromptOptions.AreNumbers(words))
        {
            SavedActivations.Write(words, gpt, RepeatedTokens(words, gpt), Patterns);
            return Tell(words, output, subject, HeadSummary.Of(gpt, RepeatedTokens(words, gpt)), null,
                "attention scores on random tokens repeated once");
        }
        if (repeated is not null)
            throw new ArgumentException("give either a text or --repeat, not both");
        var tokens = subject.Prompt(words, words.GetValue(Prompt));
        using var cache = ActivationCache.Record(gpt, new Prompts([tokens]), (activation, _) => activation == Activation.Pattern);
        SavedActivations.Write(words, gpt, cache.Prompts, Patterns);
        return Tell(words, output, subject, HeadSummary.Of(gpt, cache), cache, "attention patterns of every head on the prompt");

        bool Patterns(Activation activation, int other) => activation == Activation.Pattern && (layer is null || other == layer);
    }

    private static Prompts RepeatedTokens(ParseResult words, Gpt gpt) => PromptOptions.Repeated(words, gpt.Config) is { } half
        ? HeadSummary.RepeatedTokens(gpt, words.GetValue(Seed), half: half) : HeadSummary.RepeatedTokens(gpt, words.GetValue(Seed));

    private static int Tell(ParseResult words, Output output, Subject subject, IReadOnlyList<HeadSummary> summaries,
        ActivationCache? cache, string method)
    {
        var shown = summaries.Where(summary =>
            (words.GetValue(Layer) ?? summary.Layer) == summary.Layer && (words.GetValue(Head) ?? summary.Head) == summary.Head).ToList();
        var circuits = words.GetValue(Circuits) ? new HeadCircuitTable(subject.Gpt, shown,
            cache?.Prompts ?? RepeatedTokens(words, subject.Gpt)) : null;
        var byToken = circuits is not null && cache is not null && shown.Count == 1
            ? new TokenCircuitTable(subject, shown[0].Layer, shown[0].Head, cache.Prompts[0]) : null;
        var table = new Table().Border(TableBorder.Minimal).AddColumns("head", "looks like", "previous token", "duplicate token",
            "induction", "first", "self", "entropy");
        foreach (var summary in shown)
            table.AddRow($"{summary.Layer}.{summary.Head}", summary.Label ?? "–", Cell(summary.PreviousToken),
                Cell(summary.DuplicateToken), Cell(summary.Induction), Cell(summary.First), Cell(summary.Self), Cell(summary.Entropy));
        output.People.Write(table);
        if (cache is not null && shown.Count == 1)
            output.People.Write(PatternTable(subject, cache, shown[0]));
        if (circuits is not null)
        {
            output.People.Write(circuits.Table());
            output.Line(circuits.Legend);
        }
        if (byToken is not null)
            output.People.Write(byToken.Table(subject));
        PictureFiles.Write(words, () => cache is null ? [DrawScores(subject.Gpt.Config, summaries)]
            : shown is [var one] ? [DrawPattern(subject, cache, one), DrawArcs(subject, cache, one)]
                : [.. shown.GroupBy(summary => summary.Layer)
                    .SelectMany(layer => layer.Chunk(MostInRow))
                    .Select(row => Picture.Beside([.. row.Select(summary => DrawPattern(subject, cache, summary))]))]);
        output.Json(new SeenHeads(ModelResult.Of(subject, method, cache?.Prompts[0] ?? []), Meanings.Of("look attention"),
            [.. shown.Select(summary => SeenHead.Of(summary, cache is null ? null : Pattern(cache, summary)))],
            circuits?.Rows, byToken?.Rows), Results.Default.SeenHeads);
        return PellucidCommand.Done;
    }

    // Of every row what it can see.
    private static float[][] Pattern(ActivationCache cache, HeadSummary summary)
    {
        var pattern = cache.Pattern(Activation.Pattern, summary.Layer, summary.Head, 0);
        return [.. Enumerable.Range(0, pattern.GetLength(0)).Select(i => Enumerable.Range(0, i + 1).Select(j => pattern[i, j]).ToArray())];
    }

    private static string Cell(double value) => double.IsNaN(value) ? "–" : Units.Number(value, 3);

    // Where each token looks most.
    private static Table PatternTable(Subject subject, ActivationCache cache, HeadSummary summary)
    {
        var (pattern, tokens) = (cache.Pattern(Activation.Pattern, summary.Layer, summary.Head, 0), cache.Prompts[0]);
        var table = new Table().Border(TableBorder.Minimal).AddColumns("position", "token", "looks at");
        for (var i = 0; i < tokens.Length; i++)
        {
            var most = Enumerable.Range(0, i + 1).OrderByDescending(j => pattern[i, j]).Take(3).Where(j => pattern[i, j] >= 0.01);
            table.AddRow(new Text($"{i}"), new Text(subject.Show(tokens[i])),
                new Text(string.Join("  ", most.Select(j => $"{subject.Show(tokens[j])} ({j}) {Units.Number(pattern[i, j], 2)}"))));
        }
        return table;
    }

    private static Picture DrawPattern(Subject subject, ActivationCache cache, HeadSummary summary)
    {
        var (tokens, pattern) = Shown(subject, cache, summary);
        return HeatMap.Draw($"Head {summary.Layer}.{summary.Head}: each row's attention", tokens, tokens, pattern);
    }

    private static Picture DrawArcs(Subject subject, ActivationCache cache, HeadSummary summary)
    {
        var (tokens, pattern) = Shown(subject, cache, summary);
        return Arcs.Draw($"Head {summary.Layer}.{summary.Head}", tokens, pattern);
    }

    // What a head cannot see stays empty.
    private static (string[] Tokens, double[,] Pattern) Shown(Subject subject, ActivationCache cache, HeadSummary summary)
    {
        var (pattern, tokens) = (cache.Pattern(Activation.Pattern, summary.Layer, summary.Head, 0),
            cache.Prompts[0].Select(subject.Show).ToArray());
        var values = new double[tokens.Length, tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        for (var j = 0; j < tokens.Length; j++)
            values[i, j] = j <= i ? pattern[i, j] : double.NaN;
        return (tokens, values);
    }

    private static Picture DrawScores(GptConfig config, IReadOnlyList<HeadSummary> summaries)
    {
        var values = new double[config.Layers, config.Heads];
        foreach (var summary in summaries)
            values[summary.Layer, summary.Head] = summary.Induction;
        return HeatMap.Draw("Induction score of each head", [.. Enumerable.Range(0, config.Layers).Select(layer => $"layer {layer}")],
            [.. Enumerable.Range(0, config.Heads).Select(head => $"{head}")], values);
    }
}

/// <summary>Where heads look.</summary>
internal sealed record SeenHeads([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings,
    IReadOnlyList<SeenHead> Heads,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<HeadCircuitRow>? Circuits,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<TokenCircuitRow>? TokenCircuits)
    : ModelResult(About);

/// <summary>Where one head looks: a <see cref="HeadSummary"/>, and of a text what each of its rows gives to those before.</summary>
internal sealed record SeenHead(int Layer, int Head, string? Label, double PreviousToken, double DuplicateToken, double Induction,
    double First, double Self, double Entropy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] float[][]? Pattern)
{
    public static SeenHead Of(HeadSummary summary, float[][]? pattern) => new(summary.Layer, summary.Head, summary.Label,
        summary.PreviousToken, summary.DuplicateToken, summary.Induction, summary.First, summary.Self, summary.Entropy, pattern);
}
