using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Generation;

/// <summary>The keys <c>general.sampling.</c> of a GGUF file.</summary>
internal static class SamplingKeys
{
    private const string Prefix = "general.sampling.";

    // Two other ways of choosing, which are off at 0; numbers of theirs say nothing then.
    private static readonly string[] MustBeOff = ["mirostat", "xtc_probability"];

    /// <summary>Reads them; what is absent says nothing.</summary>
    /// <exception cref="InvalidDataException">One asks for what is not done here, or cannot be.</exception>
    public static SamplingDefaults Read(string path)
    {
        using var reader = new GgufReader(path);
        float? Number(string name) => reader.Metadata.Find(Prefix + name) is { } value ? (float)Of(value) : null;
        foreach (var name in MustBeOff)
            if (reader.Metadata.Find(Prefix + name) is { } value && Of(value) != 0)
                throw value.Refusal("is not 0, and asks for what is not done here");
        var defaults = new SamplingDefaults
        {
            Temperature = Number("temp"),
            TopK = (int?)reader.Metadata.Find(Prefix + "top_k")?.Integer(0, int.MaxValue),
            TopP = Number("top_p"),
            MinP = Number("min_p"),
            RepetitionPenalty = Number("penalty_repeat"),
            Source = $"keys {Prefix}*",
        };
        try
        {
            _ = defaults.Options();
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{path}: of the keys {Prefix}*: {error.Message}", error);
        }
        return defaults;
    }

    private static double Of(GgufValue value) =>
        value.Type is GgufValueType.Float32 or GgufValueType.Float64 ? value.Number() : value.Integer();
}
