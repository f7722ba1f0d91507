using System.Runtime.CompilerServices;
using System.Text;

namespace Pellucid.Tokens.Formats;

/// <summary>
/// GPT-2's way to write bytes as visible characters in its vocabulary files: printable Latin-1 stands for itself, the
/// other 68 bytes, in order, for U+0100 and up.
/// </summary>
internal static class ByteCharacters
{
    // All of them are ASCII, or have two bytes in UTF-8.
    private const int Last = 0x143;

    private static readonly char[] Characters = MakeCharacters();
    private static readonly short[] Values =
        [.. Enumerable.Range(0, Last + 1).Select(character => (short)Array.IndexOf(Characters, (char)character))];

    /// <summary>The place of each byte when all are sorted by their characters.</summary>
    public static IReadOnlyList<int> Order { get; } =
        [.. Enumerable.Range(0, 256).Select(value => Characters.Count(other => other < Characters[value]))];

    /// <summary>Bytes as characters.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
            text.Append(Characters[value]);
        return text.ToString();
    }

    /// <summary>Turns characters, in UTF-8, into the bytes that they stand for, in their place.</summary>
    /// <param name="text">The characters; the bytes afterwards, or what it was.</param>
    /// <param name="length">How many bytes they are.</param>
    /// <returns>False if one of the characters stands for no byte.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as a vocabulary is read when nothing has run often yet
    public static bool TryRead(Span<byte> text, out int length)
    {
        length = 0;
        for (var at = 0; at < text.Length; at++)
            if (Value(text, ref at) < 0)
                return false;
        for (var at = 0; at < text.Length; at++)
            text[length++] = (byte)Value(text, ref at);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Value(ReadOnlySpan<byte> text, ref int at)
    {
        int character = text[at];
        if (character >= 0x80)
        {
            if (character is < 0xC2 or > 0xC5 || at + 1 == text.Length)
                return -1;
            character = (character & 0x1F) << 6 | text[++at] & 0x3F;
        }
        return character <= Last ? Values[character] : -1;
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = (char)256;
        for (var value = 0; value < 256; value++)
            characters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : next++;
        return characters;
    }
}
