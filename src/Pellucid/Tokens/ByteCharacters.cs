using System.Text;

namespace Pellucid.Tokens;

/// <summary>
/// GPT-2's way to write bytes as visible characters in its vocabulary files: printable Latin-1 stands for itself, the
/// other 68 bytes, in order, for U+0100 and up.
/// </summary>
internal static class ByteCharacters
{
    private static readonly char[] Characters = MakeCharacters();

    /// <summary>Bytes as characters.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
            text.Append(Characters[value]);
        return text.ToString();
    }

    /// <summary>Characters as bytes; null if one of them stands for no byte.</summary>
    public static byte[]? Read(string text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            var value = Array.IndexOf(Characters, text[i]);
            if (value < 0)
                return null;
            bytes[i] = (byte)value;
        }
        return bytes;
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
