using System.Text.Json;

namespace Pellucid.Tokens.Splitters;

/// <summary>Cuts text into the pieces that merges may not cross. A piece depends only on what it is and on what follows.</summary>
internal abstract class Splitter
{
    /// <summary>Bytes of the piece that a text begins with; the text is not empty.</summary>
    public abstract int PieceLength(ReadOnlySpan<byte> text);

    /// <summary>
    /// The last place in a text, above 0 and below its end, that it can be cut at without changing its pieces whatever
    /// follows; 0 if none can be told.
    /// </summary>
    public virtual int LastCut(ReadOnlySpan<byte> text) => 0;

    /// <summary>How <c>tokenizer.json</c> says it: one or more pre-tokenizers.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>All that decides how it cuts, for a fingerprint.</summary>
    public abstract string Rule { get; }

    /// <summary>Writes a pre-tokenizer that cuts out what a regular expression matches.</summary>
    protected static void WriteSplit(Utf8JsonWriter json, string pattern)
    {
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
    }
}
