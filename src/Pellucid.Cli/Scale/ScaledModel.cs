using System.CommandLine;
using Pellucid.Models;
using Pellucid.Scaling;

namespace Pellucid.Cli.Scale;

/// <summary>A model that nobody has trained yet: a published shape, or a number of parameters alone.</summary>
/// <param name="Shape">The shape, if it has one.</param>
/// <param name="Cost">What such a shape costs.</param>
/// <param name="Parameters">Numbers of the model, N.</param>
/// <param name="Tokens">Those that were asked for, or that the published model was trained on.</param>
internal sealed record ScaledModel(GptConfig? Shape, ModelCost? Cost, double Parameters, double? Tokens)
{
    /// <summary>The shape by its name.</summary>
    public static readonly Option<string?> Preset = PresetOption.New();

    /// <summary>The size, in the place of a shape.</summary>
    public static readonly Option<double?> Size = new("--parameters") { Description = "Or a number of parameters" };

    /// <summary>The model that was asked for.</summary>
    public static ScaledModel Of(ParseResult words, Option<double?> tokens)
    {
        var (preset, size, asked) = (words.GetValue(Preset), words.GetValue(Size), words.GetValue(tokens));
        if (preset is null == size is null)
            throw new ArgumentException("give --preset or --parameters");
        if (preset is null)
            return new ScaledModel(null, null, size!.Value, asked);
        var shape = PresetOption.Shape(preset);
        var cost = ModelCost.Of(shape);
        return new ScaledModel(shape, cost, cost.Parameters, asked ?? GptPresets.TrainingTokens(preset));
    }
}
