using System.Text.Json;

namespace Pellucid.Tokens.Normalization;

/// <summary>A change made to text before it is cut into pieces.</summary>
internal abstract class TextStep
{
    /// <summary>The changed text; the text itself where nothing changes.</summary>
    /// <param name="text">UTF-8, not empty; bytes that are not stay as they are.</param>
    /// <param name="isFirst">Whether nothing comes before it.</param>
    public abstract ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, bool isFirst);

    /// <summary>Whether parts of a text, cut next to a line's end, change as the whole does.</summary>
    public virtual bool KeepsParts => true;

    /// <summary>How <c>tokenizer.json</c> says it, as a normalizer.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>All that decides what it does, for a fingerprint.</summary>
    public abstract string Rule { get; }

    /// <summary>Takes several steps, one after another.</summary>
    public static ReadOnlySpan<byte> Apply(IReadOnlyList<TextStep> steps, ReadOnlySpan<byte> text, bool isFirst)
    {
        for (var step = 0; step < steps.Count && !text.IsEmpty; step++)
            text = steps[step].Apply(text, isFirst);
        return text;
    }
}
