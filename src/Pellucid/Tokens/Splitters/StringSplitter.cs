using System.Text;
using System.Text.Json;

namespace Pellucid.Tokens.Splitters;

/// <summary>What happens to the places at which a string is found.</summary>
internal enum SplitBehavior
{
    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Each ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Each run of them is a piece.</summary>
    Contiguous,
}

/// <summary>Cuts at a string.</summary>
internal sealed class StringSplitter(string pattern, SplitBehavior behavior) : Splitter
{
    private readonly byte[] _pattern = Encoding.UTF8.GetBytes(pattern);

    public override string Rule => $"pieces at '{pattern}', {behavior}";

    public override int PieceLength(ReadOnlySpan<byte> text)
    {
        var length = text.StartsWith(_pattern) ? _pattern.Length : 0;
        if (behavior == SplitBehavior.Contiguous)
            while (length > 0 && text[length..].StartsWith(_pattern))
                length += _pattern.Length;
        if (length > 0 && behavior != SplitBehavior.MergedWithNext)
            return length;
        var next = text[length..].IndexOf(_pattern);
        return next < 0 ? text.Length : length + next + (behavior == SplitBehavior.MergedWithPrevious ? _pattern.Length : 0);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("String", pattern);
        json.WriteEndObject();
        json.WriteString("behavior", behavior.ToString());
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
    }
}
