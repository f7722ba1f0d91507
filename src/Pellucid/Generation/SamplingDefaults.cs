using System.Globalization;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tokens;

namespace Pellucid.Generation;

/// <summary>
/// How the makers of a model would have its tokens chosen, where whoever asks says nothing. What they leave open is as
/// <see cref="SamplingOptions"/> has it.
/// </summary>
public sealed record SamplingDefaults
{
    /// <summary>For models whose makers say nothing.</summary>
    public static SamplingDefaults None { get; } = new();

    /// <summary>Divides the logits; 0 where the makers want no chance at all.</summary>
    public float? Temperature { get; init; }

    /// <summary>See <see cref="SamplingOptions.TopK"/>.</summary>
    public int? TopK { get; init; }

    /// <summary>See <see cref="SamplingOptions.TopP"/>.</summary>
    public float? TopP { get; init; }

    /// <summary>See <see cref="SamplingOptions.MinP"/>.</summary>
    public float? MinP { get; init; }

    /// <summary>See <see cref="SamplingOptions.RepetitionPenalty"/>.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>The file that says so, for people to look it up.</summary>
    public string Source { get; init; } = SpecialTokens.GenerationFile;

    /// <summary>
    /// Those of a model folder: <c>do_sample</c>, <c>temperature</c>, <c>top_k</c>, <c>top_p</c>, <c>min_p</c> and
    /// <c>repetition_penalty</c> of <c>generation_config.json</c>; of a GGUF file its <c>general.sampling.*</c>. What else stands
    /// there changes nothing, or is refused.
    /// </summary>
    /// <param name="path">The folder, or the file.</param>
    /// <exception cref="InvalidDataException">What it says is not done here, or cannot be: file, field and value.</exception>
    public static SamplingDefaults Read(string path) => GgufReader.IsGguf(path) ? SamplingKeys.Read(path)
        : SamplingFields.Read(Path.Combine(path, SpecialTokens.GenerationFile));

    /// <summary>Options that follow these where nobody has said otherwise.</summary>
    /// <param name="temperature">What was asked for; null where nothing was. So are the others.</param>
    /// <param name="topK">Tokens to choose among.</param>
    /// <param name="topP">Probability to choose among.</param>
    /// <param name="minP">Fraction of the largest probability.</param>
    /// <param name="repetitionPenalty">Penalty of what the text holds.</param>
    /// <exception cref="ArgumentException">What was asked for makes no sense.</exception>
    public SamplingOptions Options(float? temperature = null, int? topK = null, float? topP = null, float? minP = null,
        float? repetitionPenalty = null)
    {
        var plain = new SamplingOptions();
        var options = new SamplingOptions
        {
            Temperature = temperature ?? Temperature ?? plain.Temperature,
            TopK = topK ?? TopK ?? plain.TopK,
            TopP = topP ?? TopP ?? plain.TopP,
            MinP = minP ?? MinP ?? plain.MinP,
            RepetitionPenalty = repetitionPenalty ?? RepetitionPenalty ?? plain.RepetitionPenalty,
        };
        options.Validate();
        return options;
    }

    /// <summary>What is said, such as <c>temperature 0.6, top-k 20</c>; empty where nothing is.</summary>
    public override string ToString()
    {
        (string Name, float? Value)[] all =
        [
            ("temperature", Temperature), ("top-k", TopK), ("top-p", TopP), ("min-p", MinP), ("repetition penalty", RepetitionPenalty),
        ];
        return string.Join(", ", all.Where(one => one.Value is not null)
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Name} {one.Value}")));
    }
}
