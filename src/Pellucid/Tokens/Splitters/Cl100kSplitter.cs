using System.Text.Json;

namespace Pellucid.Tokens.Splitters;

/// <summary>
/// As cl100k and its kin do (Llama 3, Qwen2 and many more): contractions in any case; letters with one other character
/// before; a few digits; signs with the line ends after them; white space up to a line's end.
/// </summary>
/// <param name="digits">Most digits of a piece: 1 with Qwen2, 3 with Llama 3.</param>
/// <param name="marks">Whether marks are parts of words, as with Qwen3.5.</param>
internal sealed class Cl100kSplitter(int digits, bool marks = false) : Splitter
{
    private readonly CharacterKinds _word = CharacterKinds.Letter | (marks ? CharacterKinds.Mark : CharacterKinds.None);

    /// <summary>The regular expression that it stands for.</summary>
    public string Pattern { get; } = $@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?{(marks ? @"[\p{L}\p{M}]" : @"\p{L}")}+|\p{{N}}"
        + (digits > 1 ? $"{{1,{digits}}}" : "") + $@"| ?[^\s\p{{L}}{(marks ? @"\p{M}" : "")}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public override string Rule => Pattern;

    public override int PieceLength(ReadOnlySpan<byte> text)
    {
        if (text[0] == '\'' && SplitterParts.Contraction(text, anyCase: true) is > 0 and var contraction)
            return contraction;
        var first = Characters.At(text, 0, out var length);
        if ((first & CharacterKinds.Letter) != 0)
            return Characters.EndOf(_word, text, length);
        if ((first & CharacterKinds.Number) != 0)
            return SplitterParts.EndOfNumber(text, digits);
        if ((first & CharacterKinds.LineEnd) == 0 && Characters.EndOf(_word, text, length) is var end
            && (end > length || (first & _word) != 0))
            return end;
        var signs = text[0] == ' ' ? 1 : 0;
        if (Characters.EndOfOthers(_word | CharacterKinds.Number | CharacterKinds.Space, text, signs) is var signsEnd && signsEnd > signs)
            return Characters.EndOf(CharacterKinds.LineEnd, text, signsEnd);
        return SplitterParts.SpaceToLineEnd(text) is > 0 and var line ? line : SplitterParts.Space(text);
    }

    public override int LastCut(ReadOnlySpan<byte> text) => SplitterParts.LastLineStart(text);

    public override void Write(Utf8JsonWriter json) => WriteSplit(json, Pattern);
}
