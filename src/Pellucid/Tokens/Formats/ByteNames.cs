using System.Globalization;
using System.Runtime.CompilerServices;

namespace Pellucid.Tokens.Formats;

/// <summary>How SentencePiece writes a token of one byte: <c>&lt;0x0A&gt;</c>.</summary>
internal static class ByteNames
{
    private const int Length = 6;

    /// <summary>The byte that a name stands for; null if it is no such name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static byte? Read(ReadOnlySpan<byte> name) =>
        name.Length == Length && name.StartsWith("<0x"u8) && name[^1] == '>'
            && byte.TryParse(name[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The token of each byte; −1 where there is none.</summary>
    public static int[] Tokens(TokenBytes names)
    {
        var tokens = new int[256];
        for (var value = 0; value < tokens.Length; value++)
            tokens[value] = names.Find([.. "<0x"u8, Digit(value >> 4), Digit(value & 15), (byte)'>']);
        return tokens;
    }

    private static byte Digit(int value) => "0123456789ABCDEF"u8[value];
}
