using System.Text;
using Pellucid.Files;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>
/// Collects keys and tensors and writes them as a GGUF file of version 3, whole or not at all. The same keys and tensors in the
/// same order give the same bytes. Numbers are asked for while the file is written, a part of a tensor at a time.
/// </summary>
public sealed class GgufWriter
{
    private const int Version = 3, NumbersAtATime = 1 << 16;

    private readonly GgufKeyWriter _keys = new();
    private readonly Dictionary<string, Planned> _tensors = [];

    /// <summary>Adds a text.</summary>
    /// <exception cref="ArgumentException">The key is empty, too long or there already; so for all of these.</exception>
    public void Add(string key, string value) => _keys.Begin(key, GgufValueType.Text).Text(value);

    /// <summary>Adds an integer.</summary>
    public void Add(string key, uint value) => _keys.Begin(key, GgufValueType.UInt32).UInt32(value);

    /// <summary>Adds an integer of 16 bits.</summary>
    public void Add(string key, ushort value) => _keys.Begin(key, GgufValueType.UInt16).Raw([(byte)value, (byte)(value >> 8)]);

    /// <summary>Adds an integer that may be below 0.</summary>
    public void Add(string key, int value) => _keys.Begin(key, GgufValueType.Int32).UInt32((uint)value);

    /// <summary>Adds a number with a point.</summary>
    public void Add(string key, float value) => _keys.Begin(key, GgufValueType.Float32).Float32(value);

    /// <summary>Adds true or false.</summary>
    public void Add(string key, bool value) => _keys.Begin(key, GgufValueType.Boolean).Raw([value ? (byte)1 : (byte)0]);

    /// <summary>Adds texts as bytes, UTF-8 or not.</summary>
    public void Add(string key, IReadOnlyList<byte[]> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _keys.BeginArray(key, GgufValueType.Text, values.Count);
        foreach (var value in values)
            _keys.Text(value);
    }

    /// <summary>Adds numbers with a point.</summary>
    public void Add(string key, IReadOnlyList<float> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _keys.BeginArray(key, GgufValueType.Float32, values.Count);
        foreach (var value in values)
            _keys.Float32(value);
    }

    /// <summary>Adds integers.</summary>
    public void Add(string key, IReadOnlyList<int> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _keys.BeginArray(key, GgufValueType.Int32, values.Count);
        foreach (var value in values)
            _keys.UInt32((uint)value);
    }

    /// <summary>Adds truths.</summary>
    public void Add(string key, IReadOnlyList<bool> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _keys.BeginArray(key, GgufValueType.Boolean, values.Count);
        foreach (var value in values)
            _keys.Raw([value ? (byte)1 : (byte)0]);
    }

    /// <summary>Adds a value of another file as it is there, of whatever type.</summary>
    public void Add(string key, GgufValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Type == GgufValueType.Array)
            _keys.BeginArray(key, value.ElementType, value.Count);
        else
            _keys.Begin(key, value.Type);
        if (value.Type == GgufValueType.Text)
            _keys.UInt64((ulong)value.Entry.Bytes);
        var buffer = new byte[Math.Min(value.Entry.Bytes, NumbersAtATime)];
        for (var offset = 0L; offset < value.Entry.Bytes; offset += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, value.Entry.Bytes - offset));
            value.File.Read(value.Entry.Position + offset, part, $"key {Excerpt.Of(key)}");
            _keys.Raw(part);
        }
    }

    /// <summary>Adds a tensor whose numbers are rounded to a type.</summary>
    /// <param name="name">At most 63 bytes of UTF-8.</param>
    /// <param name="type">How to store it: f32, f16, bf16, q8_0, q4_K, …; see docs/models.md.</param>
    /// <param name="shape">Sizes, the length of a row last; a row is a whole number of the type's blocks.</param>
    /// <param name="fill">Gives the numbers from one on, in order; called while the file is written.</param>
    /// <exception cref="ArgumentException">Name, type or shape cannot be written.</exception>
    public void AddTensor(string name, string type, IReadOnlyList<long> shape, Action<long, Span<float>> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var format = BlockFormat.Find(type)
            ?? throw new ArgumentException($"tensor {name} cannot be written as {type}; supported are {GgufType.Supported}", nameof(type));
        Plan(name, GgufType.Find(type)!, shape, (stream, count) => WriteNumbers(stream, count, format, fill));
    }

    /// <summary>Adds a tensor whose blocks are there already, such as another file's.</summary>
    /// <param name="name">At most 63 bytes of UTF-8.</param>
    /// <param name="type">How it is stored.</param>
    /// <param name="shape">Sizes, the length of a row last.</param>
    /// <param name="fill">Gives the bytes from one on, in order; called while the file is written.</param>
    /// <exception cref="ArgumentException">Name, type or shape cannot be written.</exception>
    public void AddBlocks(string name, string type, IReadOnlyList<long> shape, Action<long, Span<byte>> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var stored = GgufType.Find(type) ?? throw new ArgumentException($"tensor {name} is of type {type}, which is unknown", nameof(type));
        Plan(name, stored, shape, (stream, count) => WriteBytes(stream, count / stored.Length * stored.Bytes, fill));
    }

    /// <summary>Writes the file; an older one is replaced only once the new one is complete.</summary>
    /// <exception cref="ArgumentException">A number cannot be stored in the type asked for.</exception>
    public void Write(string path) => SafeFile.Write(path, Write);

    /// <summary>Writes it to a stream whose position is 0.</summary>
    internal void Write(Stream stream)
    {
        var start = new GgufKeyWriter();
        start.Raw("GGUF"u8).UInt32(Version).UInt64((ulong)_tensors.Count).UInt64((ulong)_keys.Count).CopyTo(stream);
        _keys.CopyTo(stream);
        Descriptions().CopyTo(stream);
        foreach (var tensor in _tensors.Values)
        {
            Pad(stream);
            tensor.Write(stream, tensor.Count);
        }
        if (_tensors.Count > 0)
            Pad(stream);
    }

    private GgufKeyWriter Descriptions()
    {
        var (described, offset) = (new GgufKeyWriter(), 0L);
        foreach (var (name, tensor) in _tensors)
        {
            described.Text(name).UInt32((uint)tensor.Shape.Length);
            for (var axis = tensor.Shape.Length - 1; axis >= 0; axis--)
                described.UInt64((ulong)tensor.Shape[axis]);
            described.UInt32(tensor.Type.Id).UInt64((ulong)offset);
            offset = Aligned(offset + tensor.Count / tensor.Type.Length * tensor.Type.Bytes);
        }
        return described;
    }

    private void Plan(string name, GgufType type, IReadOnlyList<long> shape, Action<Stream, long> write)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (Encoding.UTF8.GetByteCount(name) is 0 or > GgufHeader.LongestName)
            throw new ArgumentException($"tensor {name} has a name of {Encoding.UTF8.GetByteCount(name)} bytes; "
                + $"1 to {GgufHeader.LongestName} can be written", nameof(name));
        if (shape.Count is 0 or > 4 || shape.Any(length => length < 1) || shape[^1] % type.Length != 0)
            throw new ArgumentException($"tensor {name} of shape ({string.Join(", ", shape)}) cannot be written as {type.Name}, "
                + $"which takes rows of a multiple of {type.Length} numbers in 1 to 4 dimensions", nameof(shape));
        var count = shape.Aggregate(1L, (product, length) => checked(product * length));
        if (!_tensors.TryAdd(name, new Planned([.. shape], count, type, write)))
            throw new ArgumentException($"tensor {name} is there already", nameof(name));
    }

    private static void WriteNumbers(Stream stream, long count, BlockFormat format, Action<long, Span<float>> fill)
    {
        var numbers = new float[Math.Min(count, NumbersAtATime)];
        var blocks = new byte[numbers.Length / format.Length * format.Bytes];
        for (var first = 0L; first < count; first += numbers.Length)
        {
            var part = numbers.AsSpan(0, (int)Math.Min(numbers.Length, count - first));
            var bytes = blocks.AsSpan(0, part.Length / format.Length * format.Bytes);
            fill(first, part);
            format.Quantise(part, bytes);
            stream.Write(bytes);
        }
    }

    private static void WriteBytes(Stream stream, long count, Action<long, Span<byte>> fill)
    {
        var buffer = new byte[Math.Min(count, NumbersAtATime)];
        for (var first = 0L; first < count; first += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, count - first));
            fill(first, part);
            stream.Write(part);
        }
    }

    private static long Aligned(long offset) =>
        (offset + GgufHeader.DefaultAlignment - 1) / GgufHeader.DefaultAlignment * GgufHeader.DefaultAlignment;

    private static void Pad(Stream stream)
    {
        for (var rest = Aligned(stream.Position) - stream.Position; rest > 0; rest--)
            stream.WriteByte(0);
    }

    private sealed record Planned(long[] Shape, long Count, GgufType Type, Action<Stream, long> Write);
}
