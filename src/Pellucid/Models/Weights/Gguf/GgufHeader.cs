using System.Numerics;
using System.Text;
using Pellucid.Files;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>
/// Reads what stands before the tensors' data. Nothing is allocated for a count before the file is seen to be long enough for it.
/// </summary>
internal static class GgufHeader
{
    /// <summary>The longest name of a tensor, in bytes: what other programs have room for.</summary>
    public const int LongestName = 63;

    /// <summary>The key of the number that offsets are multiples of.</summary>
    public const string AlignmentKey = "general.alignment";

    /// <summary>What offsets are multiples of where the file does not say.</summary>
    public const int DefaultAlignment = 32;

    private const ulong MostEntries = 1 << 20, LongestDimension = 1UL << 40, MostNumbers = 1UL << 56;
    private const int LongestKey = 65_535, DeepestArray = 4, MostDimensions = 4, LeastAlignment = 8, LargestAlignment = 1 << 16;
    private const int HeaderBytes = 24, LeastKeyBytes = 14, LeastTensorBytes = 33;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Read(GgufFile file)
    {
        if (file.Length < HeaderBytes)
            throw file.Refusal($"has {file.Length} bytes, too few for a GGUF file");
        var cursor = new GgufCursor(file, 0, file.Length);
        RequireKind(file, cursor);
        var (tensors, keys) = (cursor.UInt64(), cursor.UInt64());
        RequireRoom(file, "tensors", tensors, LeastTensorBytes, cursor.Remaining);
        RequireRoom(file, "keys", keys, LeastKeyBytes, cursor.Remaining);
        file.Entries.EnsureCapacity((int)keys);
        for (var rest = keys; rest > 0; rest--)
            ReadKey(file, cursor);
        var alignment = Alignment(file);
        file.Tensors.EnsureCapacity((int)tensors);
        var places = new List<TensorPlace>((int)tensors);
        for (var rest = tensors; rest > 0; rest--)
            places.Add(ReadTensor(file, cursor, alignment));
        Place(file, places, (cursor.Position + alignment - 1) / alignment * alignment);
    }

    private static void RequireKind(GgufFile file, GgufCursor cursor)
    {
        var magic = cursor.Take(4);
        if (!magic.SequenceEqual("GGUF"u8))
            throw file.Refusal($"is not a GGUF file: it begins with the bytes {Convert.ToHexString(magic)}, not 47475546");
        var version = cursor.UInt32();
        if ((version & 0xffff) == 0 && version != 0)
            throw file.Refusal($"is a big-endian GGUF file (its version reads as {version:x8}); only little-endian ones are read");
        if (version is not (2 or 3))
            throw file.Refusal($"is GGUF of version {version}; versions 2 and 3 are read");
    }

    private static void RequireRoom(GgufFile file, string what, ulong count, int leastBytes, long remaining)
    {
        if (count > MostEntries)
            throw file.Refusal($"claims {count} {what}; at most {MostEntries} are read");
        if (count * (ulong)leastBytes > (ulong)remaining)
            throw file.Refusal($"claims {count} {what}, which take at least {leastBytes} bytes each, but ends after {remaining} more");
    }

    private static void ReadKey(GgufFile file, GgufCursor cursor)
    {
        cursor.Within = $"key {file.Entries.Count + 1}";
        var key = Name(file, cursor, "key", LongestKey);
        cursor.Within = $"key {Excerpt.Of(key)}";
        if (!file.Entries.TryAdd(key, ReadValue(file, cursor, ValueType(file, cursor), deep: 0)))
            throw file.Refusal($"key {Excerpt.Of(key)} is there twice");
    }

    private static GgufValueType ValueType(GgufFile file, GgufCursor cursor) =>
        cursor.UInt32() is var type && type <= (uint)GgufValueTypes.Last ? (GgufValueType)type
        : throw file.Refusal($"{cursor.Within} is of value type {type}; GGUF has 0 to {(int)GgufValueTypes.Last}");

    /// <summary>Where a value lies; the cursor is behind it then.</summary>
    public static GgufEntry ReadValue(GgufFile file, GgufCursor cursor, GgufValueType type, int deep)
    {
        if (type == GgufValueType.Array)
            return ReadArray(file, cursor, deep + 1);
        if (type == GgufValueType.Text)
        {
            var length = cursor.UInt64();
            var at = cursor.Position;
            cursor.Skip(length);
            return new(type, type, at, (long)length, length);
        }
        var (position, bits) = (cursor.Position, 0UL);
        var bytes = cursor.Take(type.LeastBytes());
        for (var i = bytes.Length - 1; i >= 0; i--)
            bits = bits << 8 | bytes[i];
        return new(type, type, position, bytes.Length, bits);
    }

    private static GgufEntry ReadArray(GgufFile file, GgufCursor cursor, int deep)
    {
        if (deep > DeepestArray)
            throw file.Refusal($"{cursor.Within} holds arrays in arrays, more than {DeepestArray} deep");
        var (elementType, count) = (ValueType(file, cursor), cursor.UInt64());
        var (position, least) = (cursor.Position, (ulong)elementType.LeastBytes());
        if (count > (ulong)cursor.Remaining / least)
            throw file.Refusal(
                $"{cursor.Within} claims {count} elements of {least} bytes or more, but the file ends after {cursor.Remaining}");
        if (elementType is GgufValueType.Text or GgufValueType.Array)
            for (var rest = count; rest > 0; rest--)
                ReadValue(file, cursor, elementType, deep);
        else
            cursor.Skip(count * least);
        return new(GgufValueType.Array, elementType, position, cursor.Position - position, count);
    }

    private static string Name(GgufFile file, GgufCursor cursor, string what, int longest)
    {
        var length = cursor.UInt64();
        if (length == 0)
            throw file.Refusal($"has a {what} of no name ({cursor.Within})");
        if (length > (ulong)longest)
            throw file.Refusal($"{cursor.Within} has a name of {length} bytes; at most {longest} are read");
        try
        {
            return Strict.GetString(cursor.Take((int)length));
        }
        catch (ArgumentException)
        {
            throw file.Refusal($"{cursor.Within} has a name that is not UTF-8");
        }
    }

    private static long Alignment(GgufFile file)
    {
        if (!file.Entries.TryGetValue(AlignmentKey, out var entry))
            return DefaultAlignment;
        if (entry.Type != GgufValueType.UInt32)
            throw file.Refusal($"key {AlignmentKey} is {entry.Type.Name()}, not u32");
        if (entry.Number is < LeastAlignment or > LargestAlignment || !BitOperations.IsPow2(entry.Number))
            throw file.Refusal($"key {AlignmentKey} is {entry.Number}, not a power of two from {LeastAlignment} to {LargestAlignment}");
        return (long)entry.Number;
    }

    private static TensorPlace ReadTensor(GgufFile file, GgufCursor cursor, long alignment)
    {
        cursor.Within = $"the description of tensor {file.Tensors.Count + 1}";
        var name = Name(file, cursor, "tensor", LongestName);
        cursor.Within = $"the description of tensor {name}";
        InvalidDataException Refusal(string why) => file.Refusal($"tensor {name} {why}");
        var dimensions = cursor.UInt32();
        if (dimensions is 0 or > MostDimensions)
            throw Refusal($"has {dimensions} dimensions; 1 to {MostDimensions} are read");
        var (shape, numbers) = (new long[dimensions], 1UL);
        for (var axis = shape.Length - 1; axis >= 0; axis--) // the file begins with the length of a row
        {
            var length = cursor.UInt64();
            if (length is 0 or > LongestDimension)
                throw Refusal($"has a dimension of {length}; 1 to {LongestDimension} are read");
            if (length > MostNumbers / numbers)
                throw Refusal($"has more than {MostNumbers} numbers");
            (shape[axis], numbers) = ((long)length, numbers * length);
        }
        var (id, offset) = (cursor.UInt32(), cursor.UInt64());
        var type = GgufType.Find(id) ?? throw Refusal(GgufType.WasRemoved(id)
            ? $"is of type {id}, which GGUF has given up; supported are {GgufType.Supported}"
            : $"is of type {id}, which is unknown; supported are {GgufType.Supported}");
        if (shape[^1] % type.Length != 0)
            throw Refusal($"has rows of {shape[^1]} numbers, not a multiple of the {type.Length} that {type.Name} stores together");
        if (offset % (ulong)alignment != 0)
            throw Refusal($"begins at offset {offset}, not a multiple of the alignment {alignment}");
        var tensor = new GgufTensor(file, name, shape, type, (long)(numbers / (ulong)type.Length) * type.Bytes);
        if (!file.Tensors.TryAdd(name, tensor))
            throw Refusal("is there twice");
        return new(tensor, offset);
    }

    private static void Place(GgufFile file, List<TensorPlace> places, long start)
    {
        foreach (var (tensor, offset) in places)
        {
            if (start > file.Length || tensor.Bytes > file.Length - start || offset > (ulong)(file.Length - start - tensor.Bytes))
                throw file.Refusal($"tensor {tensor.Name} of {tensor.Bytes} bytes at offset {offset} reaches beyond the end of the file, "
                    + $"whose data begin at byte {start} of {file.Length}");
            tensor.Position = start + (long)offset;
        }
        places.Sort((x, y) => x.Offset.CompareTo(y.Offset));
        for (var i = 1; i < places.Count; i++)
            if (places[i - 1].Tensor is var before && before.Position + before.Bytes > places[i].Tensor.Position)
                throw file.Refusal($"tensors {before.Name} and {places[i].Tensor.Name} overlap at byte {places[i].Tensor.Position}");
    }

    private readonly record struct TensorPlace(GgufTensor Tensor, ulong Offset);
}
