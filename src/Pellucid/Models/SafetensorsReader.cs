using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pellucid.Files;
using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>Reads a safetensors file. Everything its header claims is checked before anything is read.</summary>
public sealed class SafetensorsReader : IDisposable
{
    private const string MetadataName = "__metadata__";
    private const long LongestHeader = 100 << 20;
    private const int MostDimensions = 32, MostMetadata = 4096;

    private static readonly string[] Types = ["F32", "BF16", "F16", "F64", "I64", "I32", "I16", "I8", "U64", "U32", "U16",
        "U8", "BOOL", "F8_E4M3", "F8_E5M2"];

    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Dictionary<string, string> _metadata = [];
    private readonly FileStream _stream;
    private readonly string _path;
    private long _dataStart;

    /// <summary>Opens a file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message names file and tensor.</exception>
    public SafetensorsReader(string path)
    {
        _path = path;
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            ReadHeader();
        }
        catch (Exception error)
        {
            _stream.Dispose();
            if (error is JsonException or InvalidOperationException or FormatException or OverflowException)
                throw new InvalidDataException($"{path}: the header is damaged: {Excerpt.Of(error)}", error);
            throw;
        }
    }

    /// <summary>Names of the tensors, in file order.</summary>
    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Texts that the file keeps beside the tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Whether a tensor of that name is there.</summary>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>Sizes of a tensor.</summary>
    public IReadOnlyList<int> Shape(string name) => _entries[name].Shape;

    /// <summary>Element type as the file names it: F32, BF16, ….</summary>
    public string Type(string name) => _entries[name].Type;

    /// <summary>Reads a tensor of F32, F16 or BF16 (widened exactly) or F64 (rounded).</summary>
    public void ReadFloat32(string name, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, _entries[name].Length / Bytes(_entries[name].Type));
        ReadFloat32(name, 0, destination);
    }

    /// <summary>The same of some elements alone, from one on.</summary>
    private void ReadFloat32(string name, long first, Span<float> destination)
    {
        var entry = _entries[name];
        if (entry.Type is not ("F32" or "F16" or "BF16" or "F64"))
            throw new InvalidDataException(
                $"{_path}: tensor {Excerpt.Of(name)} is {entry.Type}, which is not a floating-point type that can be read");
        var size = Bytes(entry.Type);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + destination.Length, entry.Length / size);
        _stream.Position = _dataStart + entry.Start + first * size;
        Span<byte> buffer = new byte[Math.Min(1 << 16, Math.Max(entry.Length, 8))];
        while (!destination.IsEmpty)
        {
            var count = Math.Min(destination.Length, buffer.Length / size);
            _stream.ReadExactly(buffer[..(count * size)]);
            Widen(entry.Type, buffer[..(count * size)], destination[..count]);
            destination = destination[count..];
        }
    }

    /// <summary>Reads a weight, or some elements of it from one on, as <see cref="ReadFloat32(string, Span{float})"/>.</summary>
    /// <exception cref="InvalidDataException">It holds NaN or infinity.</exception>
    internal void ReadWeight(string name, Span<float> destination, long first = 0)
    {
        ReadFloat32(name, first, destination);
        if (FiniteNumbers.IndexOfOther(destination) is var other and >= 0)
            throw new InvalidDataException(
                $"{_path}: tensor {Excerpt.Of(name)} holds {FiniteNumbers.Text(destination[other])} at element {first + other}");
    }

    /// <summary>Reads bytes of a tensor of U8, from one on.</summary>
    internal void ReadBytes(string name, long first, Span<byte> destination)
    {
        var entry = _entries[name];
        if (entry.Type != "U8")
            throw new InvalidDataException($"{_path}: tensor {Excerpt.Of(name)} is {entry.Type}, where U8 is needed");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + destination.Length, entry.Length);
        _stream.Position = _dataStart + entry.Start + first;
        _stream.ReadExactly(destination);
    }

    /// <summary>Reads a tensor, converting to single precision.</summary>
    public float[] ReadFloat32(string name)
    {
        var values = new float[Shape(name).Aggregate(1L, (product, length) => product * length)];
        ReadFloat32(name, values);
        return values;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private static void Widen(string type, ReadOnlySpan<byte> bytes, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = type switch
            {
                "F32" => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]),
                "F16" => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]),
                "BF16" => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16),
                _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]),
            };
    }

    private void ReadHeader()
    {
        Span<byte> prefix = stackalloc byte[8];
        if (_stream.Length < 8)
            throw new InvalidDataException($"{_path}: too short to be a safetensors file");
        _stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is < 2 or > LongestHeader || length > _stream.Length - 8)
            throw new InvalidDataException($"{_path}: claims a header of {length} bytes in a file of {_stream.Length}");
        var header = new byte[length];
        _stream.ReadExactly(header);
        _dataStart = 8 + length;
        var json = JsonWalk.Begin(header, deepest: 8);
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
            if (json.ValueTextEquals(MetadataName))
                ReadMetadata(ref json);
            else if (json.GetString()! is var name && !_entries.TryAdd(name, ReadEntry(name, ref json)))
                throw new InvalidDataException($"{_path}: tensor {Excerpt.Of(name)} is there twice");
        json.End();
        RequireApart();
    }

    // An object of texts, or null.
    private void ReadMetadata(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
            return;
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
        {
            var name = json.GetString()!;
            json.Read();
            _metadata[name] = json.GetString() ?? "";
            if (_metadata.Count > MostMetadata)
                throw new InvalidDataException($"{_path}: the header has more than {MostMetadata} texts beside the tensors");
        }
    }

    private Entry ReadEntry(string name, ref Utf8JsonReader json)
    {
        InvalidDataException Refusal(string why) => new($"{_path}: tensor {Excerpt.Of(name)} {why}");
        (string? type, int[]? shape, long start, long end) = (null, null, -1, -1);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            throw Refusal("lacks dtype, shape or data_offsets");
        while (json.NextField())
            if (json.ValueTextEquals("dtype"u8))
                type = ReadType(ref json) ?? throw Refusal($"has unknown dtype {Excerpt.Of(json.GetString() ?? "null")}");
            else if (json.ValueTextEquals("shape"u8))
                shape = ReadShape(ref json) ?? throw Refusal($"has more than {MostDimensions} dimensions");
            else if (json.ValueTextEquals("data_offsets"u8))
                (start, end) = ReadOffsets(ref json) ?? throw Refusal("lacks dtype, shape or data_offsets");
            else
                json.Skip();
        if (type is null || shape is null || start == -1 && end == -1)
            throw Refusal("lacks dtype, shape or data_offsets");
        if (shape.Any(length => length < 0))
            throw Refusal("has a negative size");
        if (start < 0 || end < start || end > _stream.Length - _dataStart)
            throw Refusal($"claims bytes {start} to {end} of {_stream.Length - _dataStart}");
        var bytes = shape.Aggregate((long)Bytes(type), (product, length) => checked(product * length));
        if (bytes != end - start)
            throw Refusal($"of shape ({Excerpt.Of(string.Join(", ", shape))}) takes {bytes} bytes, not {end - start}");
        return new Entry(type, shape, start, end - start);
    }

    private static string? ReadType(ref Utf8JsonReader json)
    {
        json.Read();
        foreach (var type in Types)
            if (json.ValueTextEquals(type))
                return type;
        return null;
    }

    private static int[]? ReadShape(ref Utf8JsonReader json)
    {
        Span<int> sizes = stackalloc int[MostDimensions];
        var count = 0;
        json.Enter(JsonTokenType.StartArray);
        for (; json.NextElement(); count++)
            if (count < MostDimensions)
                sizes[count] = json.GetInt32();
            else
                return null;
        return sizes[..count].ToArray();
    }

    private static (long Start, long End)? ReadOffsets(ref Utf8JsonReader json)
    {
        Span<long> offsets = stackalloc long[2];
        var count = 0;
        json.Enter(JsonTokenType.StartArray);
        for (; json.NextElement(); count++)
            if (count < 2)
                offsets[count] = json.GetInt64();
            else
                return null;
        return count == 2 ? (offsets[0], offsets[1]) : null;
    }

    private void RequireApart()
    {
        var inOrder = _entries.ToArray();
        Array.Sort(inOrder, (one, other) => (one.Value.Start, one.Value.Length).CompareTo((other.Value.Start, other.Value.Length)));
        long end = 0;
        foreach (var (name, entry) in inOrder)
        {
            if (entry.Start < end)
                throw new InvalidDataException($"{_path}: tensor {Excerpt.Of(name)} overlaps the one before it");
            end = entry.Start + entry.Length;
        }
        if (end < _stream.Length - _dataStart)
            throw new InvalidDataException($"{_path}: {_stream.Length - _dataStart - end} bytes follow the last tensor, which no header "
                + "tells of: a file that is still being written, or two in one");
    }

    private static int Bytes(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        _ => 1,
    };

    private sealed record Entry(string Type, int[] Shape, long Start, long Length);
}
