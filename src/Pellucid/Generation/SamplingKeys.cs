using System.Globalization;
using Pellucid.Files;
using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Generation;

/// <summary>The words of GGUF files for how tokens are chosen: <c>general.sampling.*</c>, which are llama.cpp's.</summary>
internal static class SamplingKeys
{
    private const string Prefix = "general.sampling.";

    // They say how something is done that is off, or refused.
    private static readonly string[] Harmless = ["xtc_threshold", "mirostat_tau", "mirostat_eta"];

    /// <summary>Reads a file's.</summary>
    /// <exception cref="InvalidDataException">A key says what is not done here, or what cannot be.</exception>
    public static SamplingDefaults Read(string path)
    {
        using var file = new GgufReader(path);
        var defaults = new SamplingDefaults { Source = Path.GetFileName(path) };
        foreach (var key in file.Metadata.Keys.Where(key => key.StartsWith(Prefix, StringComparison.Ordinal)))
            defaults = Take(defaults, key[Prefix.Length..], file.Metadata.Require(key), path);
        // The penalty is of all that the text holds, as it is where the file came from; a window of it is not.
        if (defaults.RepetitionPenalty is not (null or 1) && file.Metadata.Find(Prefix + "penalty_last_n") is { } window
            && window.Integer() != -1)
            throw Refusal(path, window.Key, $"{window.Integer()}");
        try
        {
            defaults.Options(); // refuses what makes no sense
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{path}: {Prefix}*: {error.Message}", error);
        }
        return defaults.ToString().Length > 0 ? defaults : SamplingDefaults.None;
    }

    private static SamplingDefaults Take(SamplingDefaults defaults, string name, GgufValue value, string path)
    {
        switch (name)
        {
            // llama.cpp takes the most likely token at every temperature that is not above 0, and all tokens at such a top-k.
            case "temp":
                return defaults with { Temperature = Math.Max(0, Number(value)) };
            case "top_k":
                return defaults with { TopK = (int)Math.Max(0, value.Integer(int.MinValue, int.MaxValue)) };
            case "top_p":
                return defaults with { TopP = Number(value) };
            case "min_p":
                return defaults with { MinP = Number(value) };
            case "penalty_repeat":
                return defaults with { RepetitionPenalty = Number(value) };
            case "penalty_last_n":
                return defaults;
            case "xtc_probability" or "mirostat" when Number(value) == 0:
                return defaults;
            case var _ when Harmless.Contains(name):
                return defaults;
            default:
                throw Refusal(path, value.Key, Shown(value));
        }
    }

    private static float Number(GgufValue value) =>
        value.Type is GgufValueType.Float32 or GgufValueType.Float64 ? (float)value.Number() : value.Integer();

    private static string Shown(GgufValue value) => value.Type switch
    {
        GgufValueType.Text => $"'{Excerpt.Of(value.Text())}'",
        GgufValueType.Boolean => value.Flag() ? "true" : "false",
        GgufValueType.Array => "a list",
        _ => Number(value).ToString(CultureInfo.InvariantCulture),
    };

    private static InvalidDataException Refusal(string path, string key, string value) => new($"{path}: {key} is {value}: such a way of "
        + "choosing tokens is not done here");
}
