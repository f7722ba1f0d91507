using Pellucid.Tensors.Blocks;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>How a GGUF file can store a tensor. Types without a format are known by name and size alone.</summary>
/// <param name="Id">The file's number of it.</param>
/// <param name="Name">What GGUF calls it.</param>
/// <param name="Length">Numbers in a block.</param>
/// <param name="Bytes">Bytes of a block.</param>
/// <param name="Format">How to read and write it, or null.</param>
internal sealed record GgufType(uint Id, string Name, int Length, int Bytes, BlockFormat? Format)
{
    private static readonly GgufType[] All =
    [
        Known(0, "f32"), Known(1, "f16"), Known(30, "bf16"), Known(8, "q8_0"),
        Known(2, "q4_0"), Known(3, "q4_1"), Known(6, "q5_0"), Known(7, "q5_1"),
        Known(10, "q2_K"), Known(11, "q3_K"), Known(12, "q4_K"), Known(13, "q5_K"), Known(14, "q6_K"),
        Known(20, "iq4_nl"), Known(23, "iq4_xs"), Known(39, "mxfp4"),
        new(9, "q8_1", 32, 36, null), new(15, "q8_K", 256, 292, null),
        new(16, "iq2_xxs", 256, 66, null), new(17, "iq2_xs", 256, 74, null), new(18, "iq3_xxs", 256, 98, null),
        new(19, "iq1_s", 256, 50, null), new(21, "iq3_s", 256, 110, null), new(22, "iq2_s", 256, 82, null),
        new(29, "iq1_m", 256, 56, null), new(34, "tq1_0", 256, 54, null), new(35, "tq2_0", 256, 66, null),
        new(40, "nvfp4", 64, 36, null), new(41, "q1_0", 128, 18, null), new(42, "q2_0", 64, 18, null),
        new(24, "i8", 1, 1, null), new(25, "i16", 1, 2, null), new(26, "i32", 1, 4, null), new(27, "i64", 1, 8, null),
        new(28, "f64", 1, 8, null),
    ];

    private static readonly uint[] Removed = [4, 5, 31, 32, 33, 36, 37, 38];

    /// <summary>Names of the types that can be computed with.</summary>
    public static string Supported { get; } = string.Join(", ", BlockFormat.All.Select(format => format.Name));

    /// <summary>The type of a number, or null.</summary>
    public static GgufType? Find(uint id) => All.FirstOrDefault(type => type.Id == id);

    /// <summary>The type of a name, or null.</summary>
    public static GgufType? Find(string name) => All.FirstOrDefault(type => type.Name == name);

    /// <summary>Whether there was a type of that number once.</summary>
    public static bool WasRemoved(uint id) => Removed.Contains(id);

    private static GgufType Known(uint id, string name) =>
        BlockFormat.Find(name) is { } format ? new(id, name, format.Length, format.Bytes, format) : throw new ArgumentException(name);
}
