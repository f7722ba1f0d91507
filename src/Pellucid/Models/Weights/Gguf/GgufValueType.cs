namespace Pellucid.Models.Weights.Gguf;

/// <summary>What a value of a GGUF file's metadata is; the numbers are the file's.</summary>
public enum GgufValueType
{
    /// <summary>An unsigned byte.</summary>
    UInt8 = 0,

    /// <summary>A signed byte.</summary>
    Int8 = 1,

    /// <summary>An unsigned integer of 16 bits.</summary>
    UInt16 = 2,

    /// <summary>A signed integer of 16 bits.</summary>
    Int16 = 3,

    /// <summary>An unsigned integer of 32 bits.</summary>
    UInt32 = 4,

    /// <summary>A signed integer of 32 bits.</summary>
    Int32 = 5,

    /// <summary>Single precision.</summary>
    Float32 = 6,

    /// <summary>True or false, in a byte.</summary>
    Boolean = 7,

    /// <summary>A text: its length and its bytes, which should be UTF-8.</summary>
    Text = 8,

    /// <summary>Values of one type.</summary>
    Array = 9,

    /// <summary>An unsigned integer of 64 bits.</summary>
    UInt64 = 10,

    /// <summary>A signed integer of 64 bits.</summary>
    Int64 = 11,

    /// <summary>Double precision.</summary>
    Float64 = 12,
}

/// <summary>Facts about a <see cref="GgufValueType"/>.</summary>
internal static class GgufValueTypes
{
    /// <summary>The highest number of a type.</summary>
    public const GgufValueType Last = GgufValueType.Float64;

    /// <summary>The fewest bytes that a value takes: of numbers all, of texts and arrays what stands before their contents.</summary>
    public static int LeastBytes(this GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Boolean => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.Array => 12,
        _ => 8,
    };

    /// <summary>As messages call it.</summary>
    public static string Name(this GgufValueType type) => type switch
    {
        GgufValueType.Float32 => "f32",
        GgufValueType.Float64 => "f64",
        GgufValueType.Boolean => "bool",
        GgufValueType.Text => "a text",
        GgufValueType.Array => "an array",
        GgufValueType.UInt8 or GgufValueType.UInt16 or GgufValueType.UInt32 or GgufValueType.UInt64 => $"u{8 * type.LeastBytes()}",
        _ => $"i{8 * type.LeastBytes()}",
    };
}
