using System.Buffers.Binary;
using System.Text;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>Keys and values as the bytes of a GGUF file.</summary>
internal sealed class GgufKeyWriter
{
    private const int LongestKey = 65_535;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly MemoryStream _bytes = new();
    private readonly HashSet<string> _names = [];

    /// <summary>Keys so far.</summary>
    public int Count => _names.Count;

    /// <summary>Begins a key; its value must follow.</summary>
    /// <exception cref="ArgumentException">It is empty, too long, there already, or the writer's own.</exception>
    public GgufKeyWriter Begin(string key, GgufValueType type)
    {
        var bytes = Strict.GetBytes(key);
        if (bytes.Length is 0 or > LongestKey)
            throw new ArgumentException($"a key has 1 to {LongestKey} bytes, not {bytes.Length}", nameof(key));
        if (key == GgufHeader.AlignmentKey)
            throw new ArgumentException($"{key} is {GgufHeader.DefaultAlignment} in every file that is written", nameof(key));
        if (!_names.Add(key))
            throw new ArgumentException($"key {key} is there already", nameof(key));
        return Text(bytes).UInt32((uint)type);
    }

    /// <summary>Begins an array; its elements must follow.</summary>
    public GgufKeyWriter BeginArray(string key, GgufValueType elementType, long count) =>
        Begin(key, GgufValueType.Array).UInt32((uint)elementType).UInt64((ulong)count);

    public GgufKeyWriter Text(string text) => Text(Strict.GetBytes(text));

    public GgufKeyWriter Text(ReadOnlySpan<byte> bytes) => UInt64((ulong)bytes.Length).Raw(bytes);

    public GgufKeyWriter UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public GgufKeyWriter UInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public GgufKeyWriter Float32(float value) => UInt32(BitConverter.SingleToUInt32Bits(value));

    public GgufKeyWriter Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public void CopyTo(Stream stream) => _bytes.WriteTo(stream);
}
