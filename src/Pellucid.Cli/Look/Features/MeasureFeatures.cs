using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking.Features;
using Pellucid.Models;

namespace Pellucid.Cli.Look.Features;

/// <summary><c>pellucid look features measure</c>.</summary>
internal static class MeasureFeatures
{
    public static Command Create()
    {
        var command = new Command("measure", "Measures features on the last tenth of a text: how much of the model's loss is kept when "
            + "what they write takes the activation's place, how many fire on a token, how many never do, and how much of the "
            + "activation's variance they explain.")
        {
            FeatureFolder.Folder, FeatureFolder.OfModel, FeatureFolder.Data, TrainingText.TextField, FeatureFolder.Windows,
            PromptOptions.BeginOfText,
        }.WithExample("pellucid look features measure features --data micro-world");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        using var folder = FeatureFolder.Load(words);
        using var text = folder.Text(output, cancellation);
        var (config, gpt) = (folder.Dictionary.Config, folder.Subject.Gpt);
        var measures = FeatureMeasures.Of(gpt, folder.Dictionary, text.Windows, words.GetValue(FeatureFolder.Windows), cancellation);
        var measured = new MeasuredFeatures(folder.Subject.Path, config.Reads.Activation.Name(), config.Written.Activation.Name(),
            config.Reads.Layer, MeasuredNumbers.Of(measures));
        output.Line($"{Units.Count(config.Features)} features of {config.Reads}"
            + (config.Writes is { } writes ? $", which write {writes}" : ""));
        measured.Measures.Show(output);
        output.Json(measured, Results.Default.MeasuredFeatures);
        return PellucidCommand.Done;
    }
}

/// <summary>How well features stand for an activation.</summary>
internal sealed record MeasuredFeatures(string Model, string Activation, string Writes, int Layer, MeasuredNumbers Measures);

/// <summary>The numbers of <see cref="FeatureMeasures"/>.</summary>
internal sealed record MeasuredNumbers(long Tokens, double Loss, double LossWithFeatures, double LossAtZero, double LossAtMean,
    double LossRecovered, double LossRecoveredOfMean, double L0, int Features, int Dead, double ExplainedVariance)
{
    public static MeasuredNumbers Of(FeatureMeasures measures) => new(measures.Rows, measures.Loss, measures.LossWithFeatures,
        measures.LossAtZero, measures.LossAtMean, measures.LossRecovered, measures.LossRecoveredOfMean, measures.Active,
        measures.Features, measures.Dead, measures.ExplainedVariance);

    public void Show(Output output)
    {
        output.Line($"on {Units.Count(Tokens)} tokens that nothing was learned from: {Reports.Percent(LossRecovered)} of the loss "
            + $"recovered against zeros, {Reports.Percent(LossRecoveredOfMean)} against the mean; {Units.Number(L0, 1)} features a token "
            + $"(L0), {Units.Count(Dead)} of {Units.Count(Features)} dead; {Reports.Percent(ExplainedVariance)} of the variance explained");
        output.Line($"loss {Units.Number(Loss, 4)} as the model is, {Units.Number(LossWithFeatures, 4)} with features in place, "
            + $"{Units.Number(LossAtMean, 4)} with the mean, {Units.Number(LossAtZero, 4)} with zeros");
    }
}
