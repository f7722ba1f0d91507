using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking.Features;
using Pellucid.Tokens;

namespace Pellucid.Cli.Look.Features;

/// <summary><c>pellucid look features show</c>.</summary>
internal static class ShowFeature
{
    private const int Before = 12, After = 4, BarWidth = 30;

    private static readonly Argument<int[]> Features =
        new("N") { Description = "Which features, from 0", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var command = new Command("show", "Shows features: where they fire most, how strongly how often, what they write, and what the "
            + "model loses without them where they fire.")
        {
            FeatureFolder.Folder, Features, FeatureFolder.OfModel, FeatureFolder.Data, TrainingText.TextField, FeatureFolder.Windows,
            PromptOptions.BeginOfText,
        }.WithExample("pellucid look features show features 0 --data micro-world");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var (output, features) = (new Output(words.GetValue(CommonOptions.Json)), words.GetValue(Features)!);
        using var folder = FeatureFolder.Load(words);
        foreach (var feature in features)
            if ((uint)feature >= (uint)folder.Dictionary.Config.Features)
                throw new ArgumentException($"there are features 0 to {folder.Dictionary.Config.Features - 1}, not {feature}");
        using var text = folder.Text(output, cancellation);
        var reader = new FeatureReader(folder.Subject.Gpt, folder.Dictionary, text.Windows, words.GetValue(FeatureFolder.Windows));
        var tokenizer = folder.Subject.Tokenizer;
        var shown = new ShownFeatures(folder.Subject.Path, folder.Dictionary.Config.Reads.Hook,
            [.. reader.Show(features, cancellation).Select(dashboard => ShownDashboard.Of(dashboard, tokenizer))]);
        foreach (var feature in shown.Features)
            Show(output, feature, folder.Subject);
        output.Json(shown, Results.Default.ShownFeatures);
        return PellucidCommand.Done;
    }

    private static void Show(Output output, ShownDashboard feature, Subject subject)
    {
        output.Line($"feature {feature.Feature}: fires on {Units.Count(feature.Fired)} of {Units.Count(feature.Tokens)} tokens, "
            + $"at most {Units.Number(feature.Largest, 2)}; {Judged(feature)}");
        if (feature.Writes.Count > 0)
            output.Line($"  writes {Written(feature.Writes, subject)}; against {Written(feature.WritesAgainst, subject)}");
        var most = Math.Max(1, feature.Histogram.Max());
        for (var bin = 0; bin < feature.Histogram.Count && feature.Fired > 0; bin++)
            if (feature.Histogram[bin] > 0)
                output.Line($"  {Units.Number(feature.Largest * bin / feature.Histogram.Count, 2),7} "
                    + $"{new string('█', (int)(feature.Histogram[bin] * BarWidth / most))} {Units.Count(feature.Histogram[bin])}");
        foreach (var context in feature.Contexts)
            output.Line($"  {Units.Number(context.Activation, 2),7} {InContext(context, subject)}");
    }

    private static string Judged(ShownDashboard feature) => feature.LossThere is not { } loss ? "it never fires here"
        : $"where it fires the model's loss is {Units.Number(loss, 2)} "
            + $"({Units.Number(feature.LossOfFrequency!.Value, 2)} by frequency), and "
            + $"{Units.Number(feature.Rise!.Value, 3)} ± {Units.Number(feature.RiseStandardError!.Value, 3)} more without it: "
            + (feature.Passes ? "it does something" : "nothing to explain");

    private static string Written(IReadOnlyList<WrittenToken> tokens, Subject subject) =>
        string.Join(" ", tokens.Take(6).Select(token => subject.Show(token.Token)));

    private static string InContext(ShownContext context, Subject subject)
    {
        var (first, last) = (Math.Max(0, context.Position - Before), Math.Min(context.Tokens.Count - 1, context.Position + After));
        return string.Concat(Enumerable.Range(first, last - first + 1).Select(i => i == context.Position
            ? $"«{subject.Show(context.Tokens[i])}»" : subject.Show(context.Tokens[i])));
    }
}

/// <summary>Dashboards of some features.</summary>
internal sealed record ShownFeatures(string Model, string Hook, IReadOnlyList<ShownDashboard> Features);

/// <summary>A dashboard.</summary>
internal sealed record ShownDashboard(int Feature, long Tokens, long Fired, double Largest, bool Passes, double? LossThere,
    double? LossOfFrequency, double? Rise, double? RiseStandardError, IReadOnlyList<long> Histogram, IReadOnlyList<WrittenToken> Writes,
    IReadOnlyList<WrittenToken> WritesAgainst, IReadOnlyList<ShownContext> Contexts)
{
    public static ShownDashboard Of(FeatureDashboard dashboard, Tokenizer tokenizer) => new(dashboard.Feature, dashboard.Rows,
        dashboard.Fired, dashboard.Largest, dashboard.Passes, dashboard.Use?.Loss, dashboard.Use?.LossOfFrequency,
        dashboard.Use?.Rise.Mean, dashboard.Use?.Rise.StandardError, dashboard.Histogram, Written(dashboard.Writes, tokenizer),
        Written(dashboard.WritesAgainst, tokenizer), [.. dashboard.Contexts.Select(context => new ShownContext(context.Position,
            context.Activation, context.Tokens, tokenizer.Decode([.. context.Tokens]), context.Activations))]);

    private static IReadOnlyList<WrittenToken> Written(IReadOnlyList<(int Token, double Score)> tokens, Tokenizer tokenizer) =>
        [.. tokens.Select(token => new WrittenToken(token.Token, tokenizer.Decode([token.Token]), token.Score))];
}

/// <summary>A token whose logit a direction changes.</summary>
internal sealed record WrittenToken(int Token, string Text, double Score);

/// <summary>A window in which a feature fires.</summary>
internal sealed record ShownContext(int Position, double Activation, IReadOnlyList<int> Tokens, string Text,
    IReadOnlyList<float> Activations);
