using System.Buffers.Binary;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>Goes through a part of a GGUF file from front to back. What it hands out lies within the part, or it refuses.</summary>
/// <param name="file">The file.</param>
/// <param name="start">Where the part begins.</param>
/// <param name="bytes">How long it is.</param>
internal sealed class GgufCursor(GgufFile file, long start, long bytes)
{
    private const int BufferBytes = 1 << 16;

    private readonly byte[] _buffer = new byte[Math.Clamp(bytes, 8, BufferBytes)];
    private readonly long _end = start + bytes;
    private long _bufferStart = start;
    private int _held;

    /// <summary>What is being read, for messages.</summary>
    public string Within { get; set; } = "the header";

    /// <summary>Where it is in the file.</summary>
    public long Position { get; private set; } = start;

    /// <summary>Bytes up to the end of the part.</summary>
    public long Remaining => _end - Position;

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>The next bytes, valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count) => Hold((ulong)count).Span;

    /// <summary>The next bytes, valid until the next call.</summary>
    public ReadOnlyMemory<byte> Hold(ulong length)
    {
        Require(length);
        if (length > (ulong)_buffer.Length)
            return HoldApart(length);
        var count = (int)length;
        if (Position < _bufferStart || Position + count > _bufferStart + _held)
        {
            _held = (int)Math.Min(_buffer.Length, Remaining);
            _bufferStart = Position;
            file.Read(Position, _buffer.AsSpan(0, _held), Within);
        }
        var at = (int)(Position - _bufferStart);
        Position += count;
        return _buffer.AsMemory(at, count);
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(ulong count)
    {
        Require(count);
        Position += (long)count;
    }

    /// <summary>Refuses what does not fit into the rest.</summary>
    public void Require(ulong count)
    {
        if (count > (ulong)Remaining)
            throw file.Refusal($"ends at byte {_end}, inside {Within}, which calls for {count} bytes at byte {Position}");
    }

    // What is longer than the buffer.
    private byte[] HoldApart(ulong length)
    {
        if (length > (ulong)Array.MaxLength)
            throw file.Refusal($"{Within} is {length} bytes long; at most {Array.MaxLength} are read");
        var whole = new byte[length];
        file.Read(Position, whole, Within);
        Position += whole.Length;
        return whole;
    }
}
