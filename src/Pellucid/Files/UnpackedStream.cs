using System.IO.Compression;

namespace Pellucid.Files;

/// <summary>
/// What gzip packed, whole or refused. .NET's reader takes a file that is cut short for one that ends there; so a last part of
/// our own is packed behind the file, and where it does not come out again at the end, the file was not whole.
/// </summary>
internal sealed class UnpackedStream(Stream packed, string name) : ForwardStream
{
    private const int BlockBytes = 1 << 16;

    private static readonly byte[] LastPart = [.. "the end of a packed text"u8];
    private static readonly byte[] PackedLastPart = Pack(LastPart);

    private readonly GZipStream _stream = new(new Continued(packed, PackedLastPart), CompressionMode.Decompress);
    private readonly byte[] _block = new byte[BlockBytes];
    private int _at, _filled;
    private bool _ended;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (!_ended && _filled - _at <= LastPart.Length)
            Fill();
        var count = Math.Min(buffer.Length, _filled - _at - (_ended ? 0 : LastPart.Length));
        _block.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _stream.Dispose();

    private void Fill()
    {
        _block.AsSpan(_at, _filled - _at).CopyTo(_block);
        (_filled, _at) = (_filled - _at, 0);
        try
        {
            var count = _stream.Read(_block.AsSpan(_filled));
            _filled += count;
            _ended = count == 0;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{name} begins as gzip does, and cannot be unpacked: {error.Message}", error);
        }
        if (!_ended)
            return;
        if (!_block.AsSpan(0, _filled).EndsWith(LastPart))
            throw new InvalidDataException(
                $"{name} begins as gzip does, and cannot be unpacked: it is cut short, or something else stands behind");
        _filled -= LastPart.Length;
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>A stream, and bytes behind it.</summary>
    private sealed class Continued(Stream stream, byte[] last) : ForwardStream
    {
        private bool _ended;
        private int _at;

        public override int Read(Span<byte> buffer)
        {
            if (!_ended && stream.Read(buffer) is > 0 and var read)
                return read;
            _ended = true;
            var count = Math.Min(buffer.Length, last.Length - _at);
            last.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        protected override void Dispose(bool disposing) => stream.Dispose();
    }
}
