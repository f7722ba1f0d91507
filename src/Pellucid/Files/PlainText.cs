using System.Text;

namespace Pellucid.Files;

/// <summary>
/// Text as it comes, the one way in for all that reads text: UTF-8 with or without its mark, UTF-16 with its mark, and either of
/// them packed by gzip, which is told by its first bytes and not by a name. Whoever reads gets UTF-8 without a mark. What holds
/// a zero byte is no text, or UTF-16 without a mark, and is refused.
/// </summary>
public static class PlainText
{
    /// <summary>Bytes that are unpacked at most where a text must lie in memory as a whole.</summary>
    private const int MostUnpacked = 1 << 30;

    private const int BufferBytes = 1 << 16;

    /// <summary>Opens a file as UTF-8, to be read from front to back.</summary>
    public static Stream Open(string path) =>
        Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan), path);

    /// <summary>Makes UTF-8 of what a stream holds.</summary>
    /// <param name="stream">Read from front to back; closed with the result.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidDataException">It begins with the mark of UTF-32.</exception>
    public static Stream Open(Stream stream, string name) => new TextStream(Decoded(stream, name), name);

    /// <summary>The same without the refusal of zero bytes, which numbers in binary hold.</summary>
    internal static ForwardStream OpenMixed(string path) =>
        Decoded(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan), path);

    /// <summary>Where the text of a file begins that can be read where it lies: 0, or 3 after the mark of UTF-8.
    /// Null where it must be unpacked or decoded first.</summary>
    internal static int? Start(string path)
    {
        using var stream = new StartedStream(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0));
        return stream.Start.StartsWith("\ufeff"u8) ? 3
            : IsPacked(stream.Start) || stream.Start.StartsWith((byte[])[0xFF, 0xFE]) || stream.Start.StartsWith((byte[])[0xFE, 0xFF])
                ? null : 0;
    }

    /// <summary>Bytes of the text as UTF-8 without a mark. What is packed or decoded is read through for it.</summary>
    internal static long Length(string path)
    {
        if (Start(path) is { } start)
            return FileSize.Of(path) - start;
        using var stream = Open(path);
        var (buffer, length) = (new byte[BufferBytes], 0L);
        for (int count; (count = stream.Read(buffer)) > 0;)
            length += count;
        return length;
    }

    /// <summary>Lines as text, without their ends.</summary>
    public static IEnumerable<string> Lines(string path) => Files.Lines.Of(path).Select(line => Encoding.UTF8.GetString(line.Span));

    /// <summary>The whole text.</summary>
    /// <exception cref="InvalidDataException">It unpacks to more than a gigabyte.</exception>
    public static string ReadAll(string path) => Encoding.UTF8.GetString(ReadBytes(path));

    /// <summary>The whole text as UTF-8.</summary>
    /// <exception cref="InvalidDataException">It unpacks to more than a gigabyte.</exception>
    public static byte[] ReadBytes(string path)
    {
        var length = Start(path) is { } start ? FileSize.Of(path) - start : Length(path);
        if (length > MostUnpacked)
            throw new InvalidDataException($"{path} is a text of {length} bytes, of which {MostUnpacked} are read at most");
        var bytes = new byte[length];
        using var stream = Open(path);
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static StartedStream Decoded(Stream stream, string name)
    {
        var bytes = new StartedStream(stream);
        if (IsPacked(bytes.Start))
            bytes = new StartedStream(new UnpackedStream(bytes, name));
        if (bytes.Start.StartsWith((byte[])[0xFF, 0xFE, 0, 0]) || bytes.Start.StartsWith((byte[])[0, 0, 0xFE, 0xFF]))
            throw new InvalidDataException($"{name} begins with the mark of UTF-32; texts are read as UTF-8, or as UTF-16 with its mark");
        if (bytes.Start.StartsWith("\ufeff"u8))
            bytes.Skip(3);
        else if (bytes.Start.StartsWith((byte[])[0xFF, 0xFE]) || bytes.Start.StartsWith((byte[])[0xFE, 0xFF]))
        {
            var encoding = new UnicodeEncoding(bigEndian: bytes.Start[0] == 0xFE, byteOrderMark: false, throwOnInvalidBytes: true);
            bytes.Skip(2);
            bytes = new StartedStream(new DecodedStream(bytes, encoding, name));
        }
        return bytes;
    }

    private static bool IsPacked(ReadOnlySpan<byte> start) => start.StartsWith((byte[])[0x1F, 0x8B]);

    /// <summary>A stream whose first bytes have been looked at.</summary>
    private sealed class StartedStream : ForwardStream
    {
        private const int Seen = 4;

        private readonly Stream _stream;
        private readonly byte[] _start = new byte[Seen];
        private int _at;
        private readonly int _held;

        public StartedStream(Stream stream)
        {
            (_stream, _held) = (stream, stream.ReadAtLeast(_start, Seen, throwOnEndOfStream: false));
            Most = stream.CanSeek ? stream.Length : null;
        }

        public override long? Most { get; }

        public ReadOnlySpan<byte> Start => _start.AsSpan(_at, _held - _at);

        public void Skip(int count) => _at += count;

        public override int Read(Span<byte> buffer)
        {
            if (_at == _held)
                return _stream.Read(buffer);
            var count = Math.Min(buffer.Length, _held - _at);
            Start[..count].CopyTo(buffer);
            _at += count;
            return count;
        }

        protected override void Dispose(bool disposing) => _stream.Dispose();
    }

    /// <summary>UTF-16 as UTF-8, with a message that names the file where it is not what its mark says.</summary>
    private sealed class DecodedStream(Stream text, UnicodeEncoding encoding, string name) : ForwardStream
    {
        private readonly Stream _stream = Encoding.CreateTranscodingStream(text, encoding, Encoding.UTF8);

        public override int Read(Span<byte> buffer)
        {
            try
            {
                return _stream.Read(buffer);
            }
            catch (DecoderFallbackException error)
            {
                throw new InvalidDataException($"{name} begins with the mark of UTF-16, and is not that: {error.Message}", error);
            }
        }

        protected override void Dispose(bool disposing) => _stream.Dispose();
    }
}
