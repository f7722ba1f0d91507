using System.Text.Json;
using Pellucid.Tokens.Splitters.Patterns;

namespace Pellucid.Tokens.Splitters;

/// <summary>Cuts out what a regular expression matches, for ways of cutting that have no scanner of their own;
/// what is between matches is a piece too.</summary>
internal sealed class PatternSplitter(string pattern) : Splitter
{
    private readonly Pattern _pattern = Pattern.Read(pattern);

    public override string Rule => $"pieces by {pattern}";

    public override int PieceLength(ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length; at += Pattern.CharacterLength(text, at))
            if (_pattern.MatchEnd(text, at) is var end && end > at)
                return at > 0 ? at : end;
        return text.Length;
    }

    public override void Write(Utf8JsonWriter json) => WriteSplit(json, pattern);
}
