using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Models;

/// <summary>Reads a safetensors file. Everything its header claims is checked before anything is read.</summary>
public sealed class SafetensorsReader : IDisposable
{
    private const string MetadataName = "__metadata__";
    private const long LongestHeader = 100 << 20;

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
        var entry = _entries[name];
        if (entry.Type is not ("F32" or "F16" or "BF16" or "F64"))
            throw new InvalidDataException($"{_path}: tensor {Excerpt.Of(name)} is {entry.Type}, which is not a floating-point type that can be read");
        var size = Bytes(entry.Type)!.Value;
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, entry.Length / size);
        _stream.Position = _dataStart + entry.Start;
        Span<byte> buffer = new byte[Math.Min(1 << 16, Math.Max(entry.Length, 8))];
        while (!destination.IsEmpty)
        {
            var count = Math.Min(destination.Length, buffer.Length / size);
            _stream.ReadExactly(buffer[..(count * size)]);
            Widen(entry.Type, buffer[..(count * size)], destination[..count]);
            destination = destination[count..];
        }
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
        using var document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
        if (document.RootElement.TryGetProperty(MetadataName, out var metadata))
            foreach (var property in metadata.EnumerateObject())
                _metadata[property.Name] = property.Value.GetString() ?? "";
        foreach (var property in document.RootElement.EnumerateObject())
            if (property.Name != MetadataName && !_entries.TryAdd(property.Name, Read(property.Name, property.Value)))
                throw new InvalidDataException($"{_path}: tensor {Excerpt.Of(property.Name)} is there twice");
        long end = 0;
        foreach (var (name, entry) in _entries.OrderBy(pair => pair.Value.Start).ThenBy(pair => pair.Value.Length))
        {
            if (entry.Start < end)
                throw new InvalidDataException($"{_path}: tensor {Excerpt.Of(name)} overlaps the one before it");
            end = entry.Start + entry.Length;
        }
    }

    private Entry Read(string name, JsonElement value)
    {
        InvalidDataException Refusal(string why) => new($"{_path}: tensor {Excerpt.Of(name)} {why}");
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("dtype", out var type)
            || !value.TryGetProperty("shape", out var sizes) || !value.TryGetProperty("data_offsets", out var offsets)
            || offsets.ValueKind != JsonValueKind.Array || offsets.GetArrayLength() != 2)
            throw Refusal("lacks dtype, shape or data_offsets");
        var size = Bytes(type.GetString() ?? "") ?? throw Refusal($"has unknown dtype {Excerpt.Of(type.ToString())}");
        var shape = sizes.EnumerateArray().Select(element => element.GetInt32()).ToArray();
        if (shape.Any(length => length < 0))
            throw Refusal("has a negative size");
        var (start, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        if (start < 0 || end < start || end > _stream.Length - _dataStart)
            throw Refusal($"claims bytes {start} to {end} of {_stream.Length - _dataStart}");
        var count = shape.Aggregate(1L, (product, length) => checked(product * length));
        if (checked(count * size) != end - start)
            throw Refusal($"of shape ({Excerpt.Of(string.Join(", ", shape))}) takes {count * size} bytes, not {end - start}");
        return new Entry(type.GetString()!, shape, start, end - start);
    }

    private static int? Bytes(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => null,
    };

    private sealed record Entry(string Type, int[] Shape, long Start, long Length);
}
