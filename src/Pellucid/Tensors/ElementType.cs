namespace Pellucid.Tensors;

/// <summary>How one element of a tensor is stored.</summary>
public enum ElementType
{
    /// <summary>IEEE single precision, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE double precision, 8 bytes; only the reference backend computes in it.</summary>
    Float64,

    /// <summary>The upper half of a single: 8 bits of exponent, 7 of fraction; 2 bytes.
    /// Of weights, and of stored keys and values.</summary>
    BFloat16,

    /// <summary>IEEE half precision, 2 bytes. Of weights only.</summary>
    Float16,

    /// <summary>32-bit signed integer: tokens and positions.</summary>
    Int32,

    /// <summary>Single precision, in the order in which the backend multiplies. Of weights only.</summary>
    PackedFloat32,

    /// <summary>GGUF's q8_0: blocks of 32 along the inner dimension, signed bytes and a half-precision scale;
    /// 34 bytes a block. Of weights, and of stored keys and values.</summary>
    Q8_0,

    /// <summary>GGUF's q4_0: blocks of 32, four bits each and a half-precision scale; 18 bytes a block. Of weights only.</summary>
    Q4_0,
}

/// <summary>Facts about an <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Bytes that one element takes.</summary>
    /// <exception cref="NotSupportedException">The type stores blocks, not elements.</exception>
    public static int Bytes(this ElementType type) => type switch
    {
        ElementType.Float64 => 8,
        ElementType.Float32 or ElementType.PackedFloat32 or ElementType.Int32 => 4,
        ElementType.BFloat16 or ElementType.Float16 => 2,
        _ => throw new NotSupportedException($"{type} stores blocks of {WeightBlock.Length}, not single elements"),
    };

    /// <summary>Bits that a weight takes on average, scales included.</summary>
    public static double BitsPerWeight(this ElementType type) => type switch
    {
        ElementType.Q8_0 => 8.5,
        ElementType.Q4_0 => 4.5,
        _ => 8 * type.Bytes(),
    };

    /// <summary>Whether activations are multiplied with it as integers.</summary>
    internal static bool IsQuantised(this ElementType type) => type is ElementType.Q8_0 or ElementType.Q4_0;
}
