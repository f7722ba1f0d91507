using System.Text.Json;

namespace Pellucid.Tokens.Splitters;

/// <summary>
/// As o200k does (GPT-4o, gpt-oss): words are capitals and then small letters, with their contraction; or, as tekken does
/// (Mistral Nemo), without it and with single digits.
/// </summary>
/// <param name="digits">Most digits of a piece.</param>
/// <param name="contractions">Whether a contraction belongs to its word.</param>
internal sealed class O200kSplitter(int digits, bool contractions) : Splitter
{
    private const CharacterKinds Begin = CharacterKinds.Upper | CharacterKinds.Uncased | CharacterKinds.Mark;
    private const CharacterKinds End = CharacterKinds.Lower | CharacterKinds.Uncased | CharacterKinds.Mark;
    private const CharacterKinds Word = CharacterKinds.Letter | CharacterKinds.Mark;
    private const string Capitals = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", Small = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";

    /// <summary>The regular expression that it stands for.</summary>
    public string Pattern { get; } = string.Join('|',
        [
            $@"[^\r\n\p{{L}}\p{{N}}]?{Capitals}*{Small}+{(contractions ? "(?i:'s|'t|'re|'ve|'m|'ll|'d)?" : "")}",
            $@"[^\r\n\p{{L}}\p{{N}}]?{Capitals}+{Small}*{(contractions ? "(?i:'s|'t|'re|'ve|'m|'ll|'d)?" : "")}",
            digits > 1 ? $@"\p{{N}}{{1,{digits}}}" : @"\p{N}",
            @" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ]);

    public override string Rule => Pattern;

    public override int PieceLength(ReadOnlySpan<byte> text)
    {
        var first = Characters.At(text, 0, out var length);
        if ((first & CharacterKinds.Number) != 0)
            return SplitterParts.EndOfNumber(text, digits);
        // A character before the word, if there can be one; a mark may be that or the word's first.
        var before = (first & (CharacterKinds.LineEnd | CharacterKinds.Letter)) == 0 ? length : 0;
        if (SmallWordEnd(text, before) is > 0 and var small || (before > 0 && (small = SmallWordEnd(text, 0)) > 0))
            return WithContraction(text, small);
        if (Characters.EndOf(Begin, text, before) is var capitals && capitals > before)
            return WithContraction(text, capitals);
        var signs = text[0] == ' ' ? 1 : 0;
        if (Characters.EndOfOthers(CharacterKinds.Letter | CharacterKinds.Number | CharacterKinds.Space, text, signs) is var end
            && end > signs)
        {
            while (end < text.Length && text[end] is (byte)'\r' or (byte)'\n' or (byte)'/')
                end++;
            return end;
        }
        return SplitterParts.SpaceToLineEnd(text) is > 0 and var line ? line : SplitterParts.Space(text);
    }

    public override int LastCut(ReadOnlySpan<byte> text) => SplitterParts.LastLineStart(text);

    public override void Write(Utf8JsonWriter json) => WriteSplit(json, Pattern);

    // Capitals, any number, and then small letters, at least one: letters without case are both, so the last of them among
    // the capitals may be the one. 0 where there is none.
    private static int SmallWordEnd(ReadOnlySpan<byte> text, int start)
    {
        var (at, last) = (start, 0);
        while (at < text.Length && Characters.At(text, at, out var length) is var kinds && (kinds & Word) != 0)
        {
            if ((kinds & Begin) == 0)
                return Characters.EndOf(End, text, at + length);
            at += length;
            last = (kinds & End) != 0 ? at : last;
        }
        return last;
    }

    private int WithContraction(ReadOnlySpan<byte> text, int end) =>
        contractions && end < text.Length ? end + SplitterParts.Contraction(text[end..], anyCase: true) : end;
}
