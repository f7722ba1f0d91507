using System.Text.Json;
using Pellucid.Tokens.Normalization;

namespace Pellucid.Tokens.Splitters;

/// <summary>Words that begin with SentencePiece's mark of a space; it may leave a text whole and only mark its spaces.</summary>
/// <param name="scheme">Before which texts a mark is put: always, first or never.</param>
/// <param name="cuts">Whether each mark begins a piece.</param>
internal sealed class MetaspaceSplitter(string scheme, bool cuts) : Splitter
{
    private readonly StringSplitter _words = new(BorderSplitter.Mark, SplitBehavior.MergedWithNext);

    /// <summary>What it changes in a text before.</summary>
    public IReadOnlyList<TextStep> Preparation
    {
        get
        {
            var spaces = new ReplaceStep(" ", BorderSplitter.Mark);
            return scheme == "never" ? [spaces]
                : [spaces, new PrependStep(BorderSplitter.Mark, scheme == "always" ? PrependTo.Missing : PrependTo.MissingFirst)];
        }
    }

    public override string Rule => cuts ? "words" : "whole";

    public override int PieceLength(ReadOnlySpan<byte> text) => cuts ? _words.PieceLength(text) : text.Length;

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Metaspace");
        json.WriteString("replacement", BorderSplitter.Mark);
        json.WriteString("prepend_scheme", scheme);
        json.WriteBoolean("split", cuts);
        json.WriteEndObject();
    }
}
