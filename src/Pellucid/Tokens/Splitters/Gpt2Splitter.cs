using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Pellucid.Tokens.Splitters;

/// <summary>
/// As GPT-2 does (Radford et al. 2019, released code): contractions; letters, digits or other signs, each with a space
/// before; and white space, whose last character goes to what follows. Where digits stand alone, as with StarCoder,
/// Command-R and SmolLM, every one is a piece of its own and what is between them a text of its own.
/// </summary>
internal sealed class Gpt2Splitter(bool digitsAlone = false) : Splitter
{
    /// <summary>The regular expression that it stands for, where digits do not stand alone.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const CharacterKinds NotOther = CharacterKinds.Letter | CharacterKinds.Number | CharacterKinds.Space;

    /// <summary>Whether digits stand alone.</summary>
    public bool DigitsAlone => digitsAlone;

    public override string Rule => digitsAlone ? "pieces of GPT-2 between digits" : "pieces of GPT-2";

    public override int PieceLength(ReadOnlySpan<byte> text)
    {
        if (text[0] == '\'' && SplitterParts.Contraction(text, anyCase: false) is > 0 and var contraction)
            return contraction;
        if (text[0] == ' ' && text.Length > 1 && Characters.At(text, 1, out var second) is var next && (next & CharacterKinds.Space) == 0
            && !(digitsAlone && (next & CharacterKinds.Number) != 0))
            return RunEnd(text, 1 + second, next);
        var first = Characters.At(text, 0, out var length);
        return (first & CharacterKinds.Space) == 0 ? RunEnd(text, length, first)
            : SplitterParts.Space(text, digitsAlone ? CharacterKinds.Number : CharacterKinds.None);
    }

    /// <summary>Before a line's end that comes after a character to see.</summary>
    public override int LastCut(ReadOnlySpan<byte> text)
    {
        while (text.LastIndexOf((byte)'\n') is > 0 and var at)
        {
            if (Characters.IsVisible(text[at - 1]))
                return at;
            text = text[..at];
        }
        return 0;
    }

    public override void Write(Utf8JsonWriter json)
    {
        if (digitsAlone)
            WriteDigits(json);
        WriteSplit(json, Pattern);
    }

    /// <summary>Writes the pre-tokenizer that makes digits stand alone.</summary>
    public static void WriteDigits(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Digits");
        json.WriteBoolean("individual_digits", true);
        json.WriteEndObject();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int RunEnd(ReadOnlySpan<byte> text, int at, CharacterKinds first) =>
        (first & CharacterKinds.Letter) != 0 ? Characters.EndOf(CharacterKinds.Letter, text, at)
        : (first & CharacterKinds.Number) == 0 ? Characters.EndOfOthers(NotOther, text, at)
        : digitsAlone ? at
        : Characters.EndOf(CharacterKinds.Number, text, at);
}
