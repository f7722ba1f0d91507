using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Pellucid.Pictures;

/// <summary>Pixels as a PNG file: eight bits a channel, one compressed block (PNG specification, third edition).</summary>
internal static class PngFile
{
    private const int CssPixelsPerMetre = 3780;

    private static readonly uint[] Remainders = [.. Enumerable.Range(0, 256).Select(value => Remainder((uint)value))];

    /// <summary>Writes it; a sharpness of 2 says that two pixels are one of the screen's.</summary>
    public static void Write(Stream stream, Canvas canvas, double sharpness)
    {
        stream.Write([0x89, .. "PNG\r\n\u001a\n"u8]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, canvas.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), canvas.Height);
        (header[8], header[9]) = (8, 2); // bits a channel; red, green and blue
        Chunk(stream, "IHDR", header);
        var density = new byte[9];
        var perMetre = (int)Math.Round(CssPixelsPerMetre * sharpness);
        BinaryPrimitives.WriteInt32BigEndian(density, perMetre);
        BinaryPrimitives.WriteInt32BigEndian(density.AsSpan(4), perMetre);
        density[8] = 1; // a metre
        Chunk(stream, "pHYs", density);
        Chunk(stream, "IDAT", Compressed(canvas));
        Chunk(stream, "IEND", []);
    }

    // Each row begins with how it is predicted: not at all, which suits areas of one colour.
    private static byte[] Compressed(Canvas canvas)
    {
        var bytes = new MemoryStream();
        using (var zlib = new ZLibStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
            for (var y = 0; y < canvas.Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(canvas.Row(y));
            }
        return bytes.ToArray();
    }

    private static void Chunk(Stream stream, string name, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        byte[] named = [.. Encoding.ASCII.GetBytes(name), .. content];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        stream.Write(number);
        stream.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(number, Check(named));
        stream.Write(number);
    }

    // The CRC of annex D.
    private static uint Check(byte[] bytes)
    {
        var check = uint.MaxValue;
        foreach (var value in bytes)
            check = Remainders[(check ^ value) & 0xff] ^ (check >> 8);
        return ~check;
    }

    private static uint Remainder(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
        return value;
    }
}
