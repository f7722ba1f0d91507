using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Models;

internal sealed partial class StoredParameters
{
    private const int BytesAtATime = 1 << 20;

    /// <summary>The types in which files store the outputs of a weight, in order; null for what is no weight.</summary>
    public IReadOnlyList<WeightPart>? Parts(Parameter parameter) => parameter.Form == WeightForm.None ? null
        : [.. _files.Pieces(parameter, _config).Select(piece => new WeightPart(Outputs(piece, parameter), FormatOf(piece).WeightType()))];

    /// <summary>Whether a weight is stored in blocks that numbers would have to be rounded to anew,
    /// so that it is better taken as it is.</summary>
    public bool IsInBlocks(Parameter parameter) => parameter.Form != WeightForm.None
        && _files.Pieces(parameter, _config).Any(piece => FormatOf(piece).Length > 1);

    /// <summary>Hands out the rows of a weight's outputs as they are stored, some at a time.</summary>
    /// <param name="parameter">One that is in blocks.</param>
    /// <param name="take">The first output, its format, and whole rows.</param>
    public void ReadRows(Parameter parameter, Action<int, BlockFormat, ReadOnlyMemory<byte>> take)
    {
        foreach (var piece in _files.Pieces(parameter, _config))
        {
            if (piece.InBlocks)
            {
                var bytes = BytesOf(piece);
                take(piece.FirstColumn, FormatOf(piece), MicroscaledBlocks.Rows(bytes.Halves, bytes.Scales, piece));
                continue;
            }
            var (name, format, inner) = (Find(piece.Name), FormatOf(piece), piece.Stored.Columns);
            var (rowBytes, outputs) = (inner / format.Length * format.Bytes, Outputs(piece, parameter));
            // Within a head rows may stand in another order.
            var together = piece.Pairs?.HeadWidth ?? Math.Max(1, BytesAtATime / rowBytes);
            var (firstRow, rows) = (piece.Start / inner + piece.FirstRow, new byte[together * rowBytes]);
            var ordered = piece.Pairs is null ? rows : new byte[rows.Length];
            for (var first = 0; first < outputs; first += together)
            {
                var count = Math.Min(together, outputs - first);
                _files.ReadBytes(name, rows.AsSpan(0, count * rowBytes), (firstRow + first) * rowBytes);
                for (var row = 0; row < count && piece.Pairs is { } pairs; row++)
                    rows.AsSpan(pairs.Stored(row) * rowBytes, rowBytes).CopyTo(ordered.AsSpan(row * rowBytes));
                take(piece.FirstColumn + first, format, ordered.AsMemory(0, count * rowBytes));
            }
        }
    }

    private BlockFormat FormatOf(StoredPiece piece) =>
        piece.InBlocks ? BlockFormat.Find("mxfp4")! : _files.Format(Find(piece.Name)) ?? BlockFormat.Find("f32")!;

    private static int Outputs(StoredPiece piece, Parameter parameter) =>
        parameter.Form == WeightForm.OutIn ? parameter.Shape[0] : piece.Turned ? piece.Columns : parameter.Shape.Columns;
}
