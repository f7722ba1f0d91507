namespace Pellucid.Tensors;

/// <summary>How one element of a tensor is stored.</summary>
public enum ElementType
{
    /// <summary>IEEE single precision, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE double precision, 8 bytes; only the reference backend computes in it.</summary>
    Float64,

    /// <summary>The upper half of a single: 8 bits of exponent, 7 of fraction; 2 bytes.</summary>
    BFloat16,

    /// <summary>IEEE half precision, 2 bytes.</summary>
    Float16,

    /// <summary>32-bit signed integer: tokens and positions.</summary>
    Int32,
}

/// <summary>Facts about an <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Bytes that one element takes.</summary>
    public static int Bytes(this ElementType type) => type switch
    {
        ElementType.Float64 => 8,
        ElementType.Float32 or ElementType.Int32 => 4,
        _ => 2,
    };
}
