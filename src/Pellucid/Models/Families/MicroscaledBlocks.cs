using Pellucid.Tensors;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Models.Families;

/// <summary>
/// Weights in blocks of 32 numbers of four bits with one power of two (mxfp4) as gpt-oss's safetensors hold them: a tensor of blocks
/// (…, K / 32, 16), where each byte holds two numbers that follow one another, the first in its lower half, and one of scales (…, K / 32).
/// </summary>
internal static class MicroscaledBlocks
{
    private const int BytesOfBlock = WeightBlock.Length / 2, NoNumber = 255;

    private static readonly MxFp4Format Format = new();

    /// <summary>The tensors in which a part lies, with their shapes.</summary>
    public static IEnumerable<(string Name, Shape Shape)> Tensors(StoredPiece piece)
    {
        var (E, rows, blocks) = (piece.Stored[0], piece.Stored[1], piece.Stored[2] / WeightBlock.Length);
        yield return (piece.Name + "_blocks", Shape.Of(E, rows, blocks, BytesOfBlock));
        yield return (piece.Name + "_scales", new Shape(E, rows, blocks));
    }

    /// <summary>The numbers that bytes of both tensors stand for.</summary>
    /// <returns>Whether all of them are numbers.</returns>
    public static bool Widen(ReadOnlySpan<byte> halves, ReadOnlySpan<byte> scales, Span<float> values)
    {
        Span<byte> block = stackalloc byte[1 + BytesOfBlock];
        for (var i = 0; i < scales.Length; i++)
        {
            if (scales[i] == NoNumber)
                return false;
            block[0] = scales[i];
            Reorder(halves.Slice(i * BytesOfBlock, BytesOfBlock), block[1..]);
            Format.Dequantise(block, values.Slice(i * WeightBlock.Length, WeightBlock.Length));
        }
        return true;
    }

    /// <summary>From bytes of numbers 2t and 2t + 1 to bytes of numbers t and t + 16, which GGUF has.</summary>
    internal static void Reorder(ReadOnlySpan<byte> neighbours, Span<byte> halves)
    {
        for (var t = 0; t < BytesOfBlock; t++)
            halves[t] = (byte)(Half(neighbours, t) | Half(neighbours, t + BytesOfBlock) << 4);
    }

    private static int Half(ReadOnlySpan<byte> neighbours, int number) => neighbours[number / 2] >> 4 * (number % 2) & 15;
}
