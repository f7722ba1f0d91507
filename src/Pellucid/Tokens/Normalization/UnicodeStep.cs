using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pellucid.Tokens.Normalization;

/// <summary>
/// Brings text into a normalization form (Unicode Standard Annex 15): NFC or NFD, in which what is canonically the same
/// is written the same, NFKC or NFKD, in which what is compatible is too. The tables are the engine's own, so that a text
/// has the same tokens on every machine.
/// </summary>
internal sealed class UnicodeStep : TextStep
{
    // Of UTF-8: characters from U+0300 on begin with this byte or a greater one. None below it composes with another.
    private const byte FirstOfMarks = 0xCC;

    // A byte that is not UTF-8, among characters.
    private const int RawByte = 0x110000;

    private readonly string _form;
    private readonly bool _composed, _compatible;
    private bool[]? _changing;

    /// <summary>By the form's name.</summary>
    public UnicodeStep(string form) =>
        (_form, _composed, _compatible) = (form, form.EndsWith('C'), form.Contains('K', StringComparison.Ordinal));

    public override string Rule => _form;

    public override ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, bool isFirst)
    {
        if (!MayChange(text))
            return text;
        var characters = new List<int>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf8(text[at..], out var character, out var length) == OperationStatus.Done)
                UnicodeFacts.All.Decompose(character.Value, _compatible, characters);
            else
                foreach (var value in text.Slice(at, length))
                    characters.Add(RawByte + value);
            at += length;
        }
        Order(characters);
        if (_composed)
            Compose(characters);
        return Bytes(characters);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", _form);
        json.WriteEndObject();
    }

    private bool MayChange(ReadOnlySpan<byte> text)
    {
        if (_form == "NFC" ? text.IndexOfAnyInRange(FirstOfMarks, (byte)0xFF) < 0 : Ascii.IsValid(text))
            return false;
        var changing = _changing ??= UnicodeFacts.All.Changing(_compatible, _composed);
        for (var at = 0; at < text.Length;)
        {
            if (text[at] < 0x80)
            {
                at++;
                continue;
            }
            if (Rune.DecodeFromUtf8(text[at..], out var character, out var length) == OperationStatus.Done
                && character.Value < changing.Length && changing[character.Value])
                return true;
            at += length;
        }
        return false;
    }

    // Marks in the order of their classes, those of a class as they were. Sorting keeps long runs of them from taking long.
    private static void Order(List<int> characters)
    {
        for (var start = 0; start < characters.Count; start++)
        {
            var end = start;
            while (end < characters.Count && UnicodeFacts.All.Class(characters[end]) != 0)
                end++;
            if (end - start > 1)
            {
                var ordered = characters.GetRange(start, end - start).OrderBy(UnicodeFacts.All.Class).ToArray();
                for (var i = 0; i < ordered.Length; i++)
                    characters[start + i] = ordered[i];
            }
            start = end;
        }
    }

    // A mark joins the character that begins its run, unless one of the same class or none stands between.
    private static void Compose(List<int> characters)
    {
        var (starter, written, lastClass) = (-1, 0, 0);
        for (var read = 0; read < characters.Count; read++)
        {
            var (character, mark) = (characters[read], UnicodeFacts.All.Class(characters[read]));
            var isFree = starter >= 0 && (written == starter + 1 || (lastClass < mark && lastClass != 0));
            if (isFree && UnicodeFacts.All.Compose(characters[starter], character) is { } both)
            {
                characters[starter] = both;
                continue;
            }
            if (mark == 0)
                starter = written;
            lastClass = mark;
            characters[written++] = character;
        }
        characters.RemoveRange(written, characters.Count - written);
    }

    private static ReadOnlySpan<byte> Bytes(List<int> characters)
    {
        var bytes = new ArrayBufferWriter<byte>(2 * characters.Count + 4);
        foreach (var character in characters)
            if (character >= RawByte)
                bytes.Write([(byte)(character - RawByte)]);
            else
                bytes.Advance(new Rune(character).EncodeToUtf8(bytes.GetSpan(4)));
        return bytes.WrittenSpan;
    }
}
