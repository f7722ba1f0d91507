using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pellucid.Files;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>
/// A value of a GGUF file's metadata, read when it is asked for. Asked for as what it is not, it refuses with file, key and
/// type; integers of any width may be asked for as integers, within bounds.
/// </summary>
public sealed class GgufValue
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly GgufFile _file;
    private readonly GgufEntry _entry;

    internal GgufValue(GgufFile file, string key, GgufEntry entry) => (_file, Key, _entry) = (file, key, entry);

    /// <summary>Its key.</summary>
    public string Key { get; }

    /// <summary>What it is.</summary>
    public GgufValueType Type => _entry.Type;

    /// <summary>What the elements of an array are; of anything else its own type.</summary>
    public GgufValueType ElementType => _entry.ElementType;

    /// <summary>Elements of an array; 1 of anything else.</summary>
    public long Count => Type == GgufValueType.Array ? (long)_entry.Number : 1;

    internal GgufEntry Entry => _entry;

    internal GgufFile File => _file;

    /// <summary>An integer within bounds.</summary>
    /// <exception cref="InvalidDataException">It is none, or outside of them.</exception>
    public long Integer(long lowest = long.MinValue, long highest = long.MaxValue)
    {
        var value = (Int128)_entry.Number;
        value = Type switch
        {
            GgufValueType.UInt8 or GgufValueType.UInt16 or GgufValueType.UInt32 or GgufValueType.UInt64 => value,
            GgufValueType.Int8 => (sbyte)_entry.Number,
            GgufValueType.Int16 => (short)_entry.Number,
            GgufValueType.Int32 => (int)_entry.Number,
            GgufValueType.Int64 => (long)_entry.Number,
            _ => throw Refusal($"is {Type.Name()}, not an integer"),
        };
        return value >= lowest && value <= highest ? (long)value
            : throw Refusal(string.Create(CultureInfo.InvariantCulture, $"is {value}, but must lie between {lowest} and {highest}"));
    }

    /// <summary>A number with a point.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public double Number() => Type switch
    {
        GgufValueType.Float32 => BitConverter.UInt32BitsToSingle((uint)_entry.Number),
        GgufValueType.Float64 => BitConverter.UInt64BitsToDouble(_entry.Number),
        _ => throw Refusal($"is {Type.Name()}, not f32 or f64"),
    };

    /// <summary>True or false.</summary>
    /// <exception cref="InvalidDataException">It is neither.</exception>
    public bool Flag() => Type == GgufValueType.Boolean && _entry.Number <= 1 ? _entry.Number == 1
        : throw Refusal(Type == GgufValueType.Boolean ? $"is a bool of {_entry.Number}, neither 0 nor 1" : $"is {Type.Name()}, not bool");

    /// <summary>A text.</summary>
    /// <exception cref="InvalidDataException">It is none, or not UTF-8.</exception>
    public string Text()
    {
        try
        {
            return Strict.GetString(TextBytes());
        }
        catch (ArgumentException)
        {
            throw Refusal("is not UTF-8");
        }
    }

    /// <summary>A text as the bytes that the file holds, UTF-8 or not.</summary>
    /// <exception cref="InvalidDataException">It is no text.</exception>
    public byte[] TextBytes()
    {
        if (Type != GgufValueType.Text)
            throw Refusal($"is {Type.Name()}, not a text");
        if (_entry.Bytes > Array.MaxLength)
            throw Refusal($"is a text of {_entry.Bytes} bytes; at most {Array.MaxLength} are read");
        var bytes = new byte[_entry.Bytes];
        _file.Read(_entry.Position, bytes, $"key {Excerpt.Of(Key)}");
        return bytes;
    }

    /// <summary>The elements of an array, one after another.</summary>
    /// <exception cref="InvalidDataException">It is no array.</exception>
    public IEnumerable<GgufValue> Elements()
    {
        if (Type != GgufValueType.Array)
            throw Refusal($"is {Type.Name()}, not an array");
        return Walk();
    }

    /// <summary>The texts of an array as bytes, each valid until the next: a token may hold a part of a character.</summary>
    /// <exception cref="InvalidDataException">It is no array of texts.</exception>
    public IEnumerable<ReadOnlyMemory<byte>> Texts()
    {
        RequireArrayOf("texts", ElementType == GgufValueType.Text);
        return WalkTexts();
    }

    /// <summary>The numbers of an array of f32.</summary>
    /// <exception cref="InvalidDataException">It is no such array.</exception>
    public float[] Numbers()
    {
        RequireArrayOf("f32", ElementType == GgufValueType.Float32);
        var values = new float[CountInMemory()];
        ReadFixed(4, (i, bytes) => values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes));
        return values;
    }

    /// <summary>The numbers of an array of i32.</summary>
    /// <exception cref="InvalidDataException">It is no such array.</exception>
    public int[] Integers()
    {
        RequireArrayOf("i32", ElementType == GgufValueType.Int32);
        var values = new int[CountInMemory()];
        ReadFixed(4, (i, bytes) => values[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes));
        return values;
    }

    /// <summary>A complaint about this value.</summary>
    internal InvalidDataException Refusal(string why) => _file.Refusal($"key {Excerpt.Of(Key)} {why}");

    private void RequireArrayOf(string what, bool isTrue)
    {
        if (Type != GgufValueType.Array || !isTrue)
            throw Refusal($"is {Type.Name()}{(Type == GgufValueType.Array ? $" of {ElementType.Name()}" : "")}, not an array of {what}");
    }

    private int CountInMemory() => Count <= Array.MaxLength ? (int)Count
        : throw Refusal($"has {Count} elements; at most {Array.MaxLength} are read");

    private GgufCursor Cursor() => new(_file, _entry.Position, _entry.Bytes) { Within = $"key {Excerpt.Of(Key)}" };

    private void ReadFixed(int size, Action<int, ReadOnlySpan<byte>> put)
    {
        var cursor = Cursor();
        for (var i = 0; i < (int)Count; i++)
            put(i, cursor.Take(size));
    }

    private IEnumerable<GgufValue> Walk()
    {
        var cursor = Cursor();
        for (var rest = Count; rest > 0; rest--)
            yield return new(_file, Key, GgufHeader.ReadValue(_file, cursor, ElementType, deep: 0));
    }

    private IEnumerable<ReadOnlyMemory<byte>> WalkTexts()
    {
        var cursor = Cursor();
        for (var rest = Count; rest > 0; rest--)
            yield return cursor.Hold(cursor.UInt64());
    }
}
