using Pellucid.Tensors;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Models.Families;

/// <summary>
/// Weights in blocks of 32 numbers of four bits with one power of two (mxfp4) as gpt-oss's safetensors hold them: a tensor of blocks
/// (…, K / 32, 16), where each byte holds two numbers that follow one another, the first in its lower half,
/// and one of scales (…, K / 32).
/// </summary>
internal static class MicroscaledBlocks
{
    private const int BytesOfBlock = WeightBlock.Length / 2, NoNumber = 255;

    private static readonly MxFp4Format Format = new();

    /// <summary>The tensors in which a part lies, with their shapes.</summary>
    public static ((string Name, Shape Shape) Halves, (string Name, Shape Shape) Scales) Tensors(StoredPiece piece)
    {
        var (E, rows, blocks) = (piece.Stored[0], piece.Stored[1], piece.Stored[2] / WeightBlock.Length);
        return ((piece.Name + "_blocks", Shape.Of(E, rows, blocks, BytesOfBlock)), (piece.Name + "_scales", new Shape(E, rows, blocks)));
    }

    /// <summary>Whether all scales are numbers.</summary>
    public static bool AreNumbers(ReadOnlySpan<byte> scales) => !scales.Contains((byte)NoNumber);

    /// <summary>The numbers that bytes of both tensors stand for.</summary>
    public static void Widen(ReadOnlySpan<byte> halves, ReadOnlySpan<byte> scales, Span<float> values)
    {
        Span<byte> block = stackalloc byte[1 + BytesOfBlock];
        for (var i = 0; i < scales.Length; i++)
        {
            PutBlock(halves, scales, i, block);
            Format.Dequantise(block, values.Slice(i * WeightBlock.Length, WeightBlock.Length));
        }
    }

    /// <summary>The rows of a part in blocks as GGUF has them, and as they are computed with: the same numbers.</summary>
    public static byte[] Rows(ReadOnlySpan<byte> halves, ReadOnlySpan<byte> scales, StoredPiece piece)
    {
        var (blocks, at) = (piece.Stored[2] / WeightBlock.Length, 0);
        var rows = new byte[piece.Columns * blocks * (1 + BytesOfBlock)];
        for (var row = 0; row < piece.Columns; row++)
        for (var block = 0; block < blocks; block++, at += 1 + BytesOfBlock)
            PutBlock(halves, scales, piece.StoredRow(row) * blocks + block, rows.AsSpan(at, 1 + BytesOfBlock));
        return rows;
    }

    private static void PutBlock(ReadOnlySpan<byte> halves, ReadOnlySpan<byte> scales, int number, Span<byte> block)
    {
        block[0] = scales[number];
        Reorder(halves.Slice(number * BytesOfBlock, BytesOfBlock), block[1..]);
    }

    /// <summary>From bytes of numbers 2t and 2t + 1 to bytes of numbers t and t + 16, which GGUF has.</summary>
    internal static void Reorder(ReadOnlySpan<byte> neighbours, Span<byte> halves)
    {
        for (var t = 0; t < BytesOfBlock; t++)
            halves[t] = (byte)(Half(neighbours, t) | Half(neighbours, t + BytesOfBlock) << 4);
    }

    private static int Half(ReadOnlySpan<byte> neighbours, int number) => neighbours[number / 2] >> 4 * (number % 2) & 15;
}
