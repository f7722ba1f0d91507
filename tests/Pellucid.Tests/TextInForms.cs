using System.IO.Compression;
using System.Text;

namespace Pellucid.Tests;

/// <summary>One text in every form in which texts come.</summary>
internal static class TextInForms
{
    public static byte[] Packed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    public static byte[] Utf16(string text, bool bigEndian)
    {
        var encoding = new UnicodeEncoding(bigEndian, byteOrderMark: true);
        return [.. encoding.GetPreamble(), .. encoding.GetBytes(text)];
    }

    /// <summary>UTF-8 with its mark, UTF-16 of either order, and all of them packed.</summary>
    public static IEnumerable<byte[]> Of(string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        byte[][] open = [plain, [.. "\ufeff"u8, .. plain], Utf16(text, bigEndian: false), Utf16(text, bigEndian: true)];
        return open.Concat(open.Select(Packed));
    }
}
