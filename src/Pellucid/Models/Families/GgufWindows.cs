using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Models.Families;

/// <summary>What GGUF files say of windows: one width, and which layers have it.</summary>
internal static class GgufWindows
{
    /// <summary>Keys that a row sees.</summary>
    public const string Width = "attention.sliding_window";

    // A number n: of n layers all but the last slide; or a truth for every layer.
    private const string Pattern = "attention.sliding_window_pattern";

    /// <summary>The width; 0 where there is no window.</summary>
    public static int ReadWidth(GgufFields fields, int otherwise = 0) => fields.Integer(Width, lowest: 0) ?? otherwise;

    /// <summary>Windows of layers that slide in a pattern.</summary>
    /// <param name="fields">The file's keys.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="period">Of so many layers the last sees everything, where the file does not say.</param>
    /// <param name="width">The width where the file does not say.</param>
    public static PerLayer<int> Read(GgufFields fields, GptConfig config, int period, int width = 0)
    {
        width = ReadWidth(fields, width);
        if (fields.Take(Pattern) is not { } pattern)
            return Of(config, period, width);
        if (pattern.Type != GgufValueType.Array)
            return Of(config, (int)pattern.Integer(1, config.Layers + 1L), width);
        if (pattern.Count != config.Layers)
            throw pattern.Refusal($"has {pattern.Count} elements for {config.Layers} blocks");
        var slides = pattern.Elements().Select(element => element.Flag()).ToArray();
        return PerLayer<int>.Of(config.Layers, layer => slides[layer] ? width : 0);
    }

    /// <summary>Writes windows; a pattern where it is not the usual one.</summary>
    public static void Write(GptConfig config, int period, GgufKeys keys)
    {
        var windows = Enumerable.Range(0, config.Layers).Select(layer => config.Windows[layer]).ToArray();
        keys.Add(Width, windows.Max());
        if (windows.Max() > 0 && !config.Windows.Equals(Of(config, period, windows.Max())))
            keys.Add(Pattern, [.. windows.Select(window => window > 0)]);
    }

    private static PerLayer<int> Of(GptConfig config, int period, int width) =>
        PerLayer<int>.Of(config.Layers, layer => layer % period < period - 1 ? width : 0);
}
