using System.Diagnostics;
using System.Globalization;
using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.LongTests;

/// <summary>Features of the built-in model, held to their bars: minutes, loss recovered, and ten of them named by the truth.</summary>
internal static class FeaturesOfTiny
{
    private const double MostSeconds = 300, LeastRecovered = 0.95, MostActive = 32, LeastF1 = 0.4;
    private const int Named = 10, Characters = 2_000_000;

    public static int Run(int steps, int threads)
    {
        using var backend = CpuBackend.Create(threads);
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        var tokenizer = Tokenizer.Load(BuiltInModel.Folder);
        var windows = Windows(gpt, tokenizer, Characters);
        var options = new FeatureTrainingOptions { Features = 8 * gpt.Config.Width, Steps = steps };
        var start = Stopwatch.GetTimestamp();
        using var trainer = new FeatureTrainer(gpt, new FeaturePlace(Activation.ResidPost, 1), null, windows, options);
        while (trainer.Step < options.Steps)
            trainer.Next();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var dictionary = trainer.ToDictionary();
        var measures = FeatureMeasures.Of(gpt, dictionary, windows);
        var named = FeatureTruth.MicroWorld(gpt, tokenizer, dictionary, 300_000).Take(Named).ToList();
        foreach (var one in named)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {one.Kind} {one.Label} | {one.Feature} | "
                + $"{one.Threshold:0.00} | {100 * one.Precision:0.0} % | {100 * one.Recall:0.0} % | {one.F1:0.000} | {one.Tokens:N0} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{steps} steps in {seconds:0} s; "
            + $"{100 * measures.LossRecovered:0.0} % of the loss recovered at an L0 of {measures.Active:0.0}, {measures.Dead} dead, "
            + $"{100 * measures.ExplainedVariance:0.0} % of the variance explained"));
        return seconds <= MostSeconds && measures.LossRecovered >= LeastRecovered && measures.Active <= MostActive
            && named.Count == Named && named[^1].F1 >= LeastF1 ? 0 : 1;
    }

    /// <summary>So much of the micro-world, cut into windows of the model's context.</summary>
    public static TokenWindows Windows(Gpt gpt, Tokenizer tokenizer, int characters)
    {
        int[] tokens = [.. tokenizer.Encode(new MicroWorld(MicroWorld.UsualSeed).Text(characters))];
        return new TokenWindows(tokens.Length, (start, some) => tokens.AsSpan((int)start, some.Length).CopyTo(some), gpt.Config.Context);
    }
}
