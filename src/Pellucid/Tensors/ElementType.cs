using Pellucid.Tensors.Blocks;

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

    /// <summary>GGUF's q4_1: blocks of 32, four bits each, a scale and a least number; 20 bytes a block. Of weights only.</summary>
    Q4_1,

    /// <summary>GGUF's q5_0: blocks of 32, five bits each and a scale; 22 bytes a block. Of weights only.</summary>
    Q5_0,

    /// <summary>GGUF's q5_1: blocks of 32, five bits each, a scale and a least number; 24 bytes a block. Of weights only.</summary>
    Q5_1,

    /// <summary>GGUF's q2_K: blocks of 256, two bits each; 84 bytes a block. Of weights only.</summary>
    Q2_K,

    /// <summary>GGUF's q3_K: blocks of 256, three bits each; 110 bytes a block. Of weights only.</summary>
    Q3_K,

    /// <summary>GGUF's q4_K: blocks of 256, four bits each; 144 bytes a block. Of weights only.</summary>
    Q4_K,

    /// <summary>GGUF's q5_K: blocks of 256, five bits each; 176 bytes a block. Of weights only.</summary>
    Q5_K,

    /// <summary>GGUF's q6_K: blocks of 256, six bits each; 210 bytes a block. Of weights only.</summary>
    Q6_K,

    /// <summary>GGUF's iq4_nl: blocks of 32, four bits each that stand for sixteen uneven values; 18 bytes a block.
    /// Of weights only.</summary>
    Iq4Nl,

    /// <summary>GGUF's iq4_xs: the values of iq4_nl in blocks of 256; 136 bytes a block. Of weights only.</summary>
    Iq4Xs,

    /// <summary>GGUF's mxfp4: blocks of 32 numbers of four bits with an exponent, and a power of two; 17 bytes a block.
    /// Of weights only.</summary>
    MxFp4,

    /// <summary>Outputs of one weight in several types, as where a file quantises queries and values differently.</summary>
    Mixed,
}

/// <summary>Facts about an <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Types that a weight which only computes can be stored in, singles first.</summary>
    public static IReadOnlyList<ElementType> OfWeights { get; } =
    [
        ElementType.PackedFloat32, ElementType.BFloat16, ElementType.Float16, ElementType.Q8_0, ElementType.Q4_0, ElementType.Q4_1,
        ElementType.Q5_0, ElementType.Q5_1, ElementType.Q2_K, ElementType.Q3_K, ElementType.Q4_K, ElementType.Q5_K, ElementType.Q6_K,
        ElementType.Iq4Nl, ElementType.Iq4Xs, ElementType.MxFp4,
    ];

    // By type; null where it is none of blocks.
    private static readonly BlockFormat?[] Formats =
        [.. Enum.GetValues<ElementType>().Order().Select(type => BlockFormat.Find(type.Name()))];

    /// <summary>What commands and GGUF call it.</summary>
    public static string Name(this ElementType type) => type switch
    {
        ElementType.Float32 or ElementType.PackedFloat32 => "f32",
        ElementType.Float64 => "f64",
        ElementType.BFloat16 => "bf16",
        ElementType.Float16 => "f16",
        ElementType.Int32 => "i32",
        ElementType.Q8_0 => "q8_0",
        ElementType.Q4_0 => "q4_0",
        ElementType.Q4_1 => "q4_1",
        ElementType.Q5_0 => "q5_0",
        ElementType.Q5_1 => "q5_1",
        ElementType.Q2_K => "q2_K",
        ElementType.Q3_K => "q3_K",
        ElementType.Q4_K => "q4_K",
        ElementType.Q5_K => "q5_K",
        ElementType.Q6_K => "q6_K",
        ElementType.Iq4Nl => "iq4_nl",
        ElementType.Iq4Xs => "iq4_xs",
        ElementType.MxFp4 => "mxfp4",
        ElementType.Mixed => "mixed",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The type of weights of that name.</summary>
    /// <exception cref="ArgumentException">No type has it.</exception>
    public static ElementType WeightNamed(string name)
    {
        foreach (var type in OfWeights)
            if (type.Name() == name)
                return type;
        throw new ArgumentException($"weights cannot be stored as '{name}'; there are "
            + string.Join(", ", OfWeights.Select(type => type.Name())));
    }

    /// <summary>Bytes that one element takes.</summary>
    /// <exception cref="NotSupportedException">The type stores blocks, not elements.</exception>
    public static int Bytes(this ElementType type) => type switch
    {
        ElementType.Float64 => 8,
        ElementType.Float32 or ElementType.PackedFloat32 or ElementType.Int32 => 4,
        ElementType.BFloat16 or ElementType.Float16 => 2,
        _ => throw new NotSupportedException($"{type.Name()} stores blocks, not single elements"),
    };

    /// <summary>Bits that a weight takes on average, scales included.</summary>
    /// <exception cref="NotSupportedException">It is of several types.</exception>
    public static double BitsPerWeight(this ElementType type) => type.Format()?.BitsPerNumber ?? 8 * type.Bytes();

    /// <summary>The format of its blocks, which of plain numbers are blocks of one; null where it has none.</summary>
    internal static BlockFormat? Format(this ElementType type) => Formats[(int)type];

    /// <summary>Whether it is stored in blocks of several numbers.</summary>
    internal static bool IsBlocks(this ElementType type) => type.Format() is { Length: > 1 };

    /// <summary>The type that a weight has which is stored in a format; of f32 the packed one.</summary>
    internal static ElementType WeightType(this BlockFormat format) => WeightNamed(format.Name);
}
