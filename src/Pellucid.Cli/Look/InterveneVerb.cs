using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Look.Features;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Pictures;
using Pellucid.Tokens;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look intervene</c>.</summary>
internal static class InterveneVerb
{
    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Argument<string?> Prompt =
        new("PROMPT") { Description = "The text to read; that of --replay if not given", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string[]> Change = new("--change")
    {
        Description = "What is changed: 1.3=0 (head off), m2=mean, a1*0.5, n3.17@4=source, or r2+4( love| hate) to steer; "
            + "pieces as in look ablate, r2 is the residual stream after layer 2, @4 one position; of --features r1+4[95] adds what "
            + "feature 95 writes, r1*0[95] takes it away",
        AllowMultipleArgumentsPerToken = true
    };
    private static readonly Option<string> Source =
        new("--source") { Description = "The second text, for changes that take something from it", DefaultValueFactory = _ => "" };
    private static readonly Option<string?> Replay =
        new("--replay")
    {
        Description = "Text and changes as the explorer or --out saved them; what the explorer measured on two prompts is measured again"
    };
    private static readonly Option<string?> Out = new("--out") { Description = "Save text and changes to this file" };
    private static readonly Option<int> Top = new("--top") { Description = "Likeliest tokens to show", DefaultValueFactory = _ => 8 };

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("intervene",
            "Changes pieces of a model while it reads a text, and shows what it says before and after.")
        {
            Model, Prompt, PromptOptions.Tokens, Change, Source, PromptOptions.SourceTokens, Replay, Out, Top, PromptOptions.BeginOfText,
            FeatureFolder.Several,
        }.WithPictures().WithExample("pellucid look intervene tiny \"Anna gave a ring to\" --change 1.3=0 m2*0.5");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (words.GetValue(Top) < 1)
            throw new ArgumentException("--top must be at least 1");
        using var subject = Subject.Load(words, Model);
        var experiment = Read(words, subject);
        var name = ModelFolder.NameOf(words.GetValue(Model)!);
        var hash = new Lazy<string>(() => WeightHash.Of(subject.Gpt));
        if (experiment.Model is { } other && other != name)
            output.Line($"this experiment was made on {other}, and is done here on {name}");
        else if (experiment.Weights is { } weights && weights != hash.Value)
            output.Line($"this experiment was made on other weights of that name ({weights}); here are {hash.Value}");
        if (words.GetValue(Out) is { } path)
            (experiment with { Model = name, Weights = hash.Value }).Save(path);
        if (experiment.Measure is not null)
            return Measure(output, words, subject, experiment);
        var features = FeatureFolder.Read(words.GetValue(FeatureFolder.Several)!, subject.Gpt.Backend); // they live as long as the backend
        using var before = new ExperimentRun(subject.Gpt, subject.Tokenizer, experiment with { Changes = [] }, subject.Begin);
        using var after = new ExperimentRun(subject.Gpt, subject.Tokenizer, experiment, subject.Begin, features, before);
        var (said, says) = (before.Prediction(before.Tokens.Length - 1), after.Prediction(after.Tokens.Length - 1));
        var seen = new SeenIntervention(ModelResult.Of(subject, "edits of activations in one forward, exact", after.Tokens),
            experiment.Text, experiment.Source, experiment.SourceTokens, [.. experiment.Changes.Select(change => change.ToString())],
            Said.Of(said, before.Losses(), words.GetValue(Top), subject.Tokenizer),
            Said.Of(says, after.Losses(), words.GetValue(Top), subject.Tokenizer), said.DivergenceFrom(says));
        var shown = seen.Before.Top.Concat(seen.After.Top).Select(one => one.Token).Distinct().OrderByDescending(says.Probability).ToList();

        output.Line(seen.Changes.Count == 0 ? "nothing is changed" : $"changed: {string.Join("  ", seen.Changes)}");
        output.Line($"KL(before ‖ after) = {Units.Number(seen.Divergence, 4)}" + (seen.Before.Loss is not { } loss ? ""
            : $"; mean surprise of the text {Units.Number(loss, 4)} → {Units.Number(seen.After.Loss!.Value, 4)}"));
        var table = new Table().Border(TableBorder.Minimal).AddColumns("next", "before", "after", "change");
        foreach (var token in shown)
            table.AddPlainRow(subject.Show(token), Units.Number(said.Probability(token), 4), Units.Number(says.Probability(token), 4),
                Units.Number(says.Probability(token) - said.Probability(token), 4));
        output.People.Write(table);
        PictureFiles.Write(words, () => [Bars.Draw("After the changes, grey: before",
            [.. shown.Select(token => new Bar(subject.Show(token), says.Probability(token), said.Probability(token)))], largest: 1)]);
        output.Json(seen, Results.Default.SeenIntervention);
        return PellucidCommand.Done;
    }

    // What was measured on two prompts is what the verb says that measures it.
    private static int Measure(Output output, ParseResult words, Subject subject, Experiment experiment)
    {
        if (experiment.Changes.Count > 0)
            throw new ArgumentException($"{experiment.Measure} is measured on a model as it is, and the experiment changes "
                + string.Join(" ", experiment.Changes));
        var pair = PairOptions.Of(experiment, subject);
        switch (experiment.Measure)
        {
            case PatchMeasure patch:
                PatchVerb.Measure(output, words, subject, pair, patch);
                break;
            case PathsMeasure paths:
                PathVerb.Measure(output, words, subject, pair, paths);
                break;
            case PairCircuitMeasure circuit:
                FoundPairCircuit.Measure(output, words, subject, pair, circuit.Share);
                break;
        }
        return PellucidCommand.Done;
    }

    private static Experiment Read(ParseResult words, Subject subject)
    {
        var changes = words.GetValue(Change)!.Select(Intervention.Parse).ToList();
        var (prompt, source) = (words.GetValue(Prompt), words.GetValue(Source)!);
        var tokens = PromptOptions.Numbers(words, prompt, subject.Gpt.Config);
        var sourceTokens = words.GetValue(PromptOptions.SourceTokens) is { } numbers
            ? PromptOptions.Parse(numbers, PromptOptions.SourceTokens.Name, subject.Gpt.Config) : null;
        if (source.Length > 0 && sourceTokens is not null)
            throw new ArgumentException("give either --source or --source-tokens");
        var saved = words.GetValue(Replay) is { } file ? Experiment.Load(file) : null;
        if (prompt is null && tokens is null && saved is null)
            throw new ArgumentException("give a PROMPT, its --tokens, or --replay a saved experiment");
        var (isNew, hasSource) = (prompt is not null || tokens is not null, source.Length > 0 || sourceTokens is not null);
        return new Experiment(isNew ? prompt ?? "" : saved!.Text, hasSource ? source : saved?.Source ?? "",
            [.. saved?.Changes ?? [], .. changes])
        {
            Model = saved?.Model,
            Weights = saved?.Weights,
            Answer = saved?.Answer,
            Wrong = saved?.Wrong,
            Measure = saved?.Measure,
            Tokens = isNew ? tokens : saved!.Tokens,
            SourceTokens = hasSource ? sourceTokens : saved?.SourceTokens,
        };
    }
}

/// <summary>What a model says of a text before and after it was changed.</summary>
internal sealed record SeenIntervention([property: JsonIgnore] ModelResult About, string Text, string Source,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? SourceTokens,
    IReadOnlyList<string> Changes, Said Before, Said After, double Divergence) : ModelResult(About);

/// <summary>What a model says next, and its mean surprise at the text, if that has two tokens.</summary>
internal sealed record Said(IReadOnlyList<TokenResult> Top, double Entropy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Loss)
{
    public static Said Of(Distribution said, double[] losses, int top, Tokenizer tokenizer) => new(
        [.. said.Top(top).Select(token => TokenResult.Of(tokenizer, token, said.Probability(token)))], said.Entropy(),
        losses.Length > 0 ? losses.Average() : null);
}
