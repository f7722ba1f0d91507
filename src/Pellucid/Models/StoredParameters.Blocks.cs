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

    /// <summary>Whether a weight can be taken row by row, each as it is stored: numbers would have to be rounded to blocks anew, and all
    /// numbers of a large weight, as singles, would take more memory than the weight.</summary>
    public bool IsInRows(Parameter parameter)
    {
        StoredPiece[] pieces = parameter.Form == WeightForm.None ? [] : [.. _files.Pieces(parameter, _config)];
        return pieces.Length > 0 && pieces.All(piece => FormatOf(piece).Length > 1 || HasRows(piece, parameter));
    }

    /// <summary>Hands out the rows of a weight's outputs as they are stored, some at a time.</summary>
    /// <param name="parameter">One that is in rows.</param>
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
            var together = piece.Pairs?.HeadWidth ?? Math.Clamp(BytesAtATime / rowBytes, 1, outputs);
            var (firstRow, rows) = (piece.Start / inner + piece.FirstRow, new byte[together * rowBytes]);
            var ordered = piece.Pairs is null ? rows : new byte[rows.Length];
            for (var first = 0; first < outputs; first += together)
            {
                var count = Math.Min(together, outputs - first);
                ReadRows(name, format, rows.AsSpan(0, count * rowBytes), firstRow + first, inner);
                for (var row = 0; row < count && piece.Pairs is { } pairs; row++)
                    rows.AsSpan(pairs.Stored(row) * rowBytes, rowBytes).CopyTo(ordered.AsSpan(row * rowBytes));
                take(piece.FirstColumn + first, format, ordered.AsMemory(0, count * rowBytes));
            }
        }
    }

    // Plain numbers are read as such, which stops at one that is none.
    private void ReadRows(string name, BlockFormat format, Span<byte> rows, long first, int inner)
    {
        if (format.Length > 1)
        {
            _files.ReadBytes(name, rows, first * (inner / format.Length * format.Bytes));
            return;
        }
        if (_stored.Length < rows.Length / format.Bytes)
            _stored = new float[rows.Length / format.Bytes];
        var numbers = _stored.AsSpan(0, rows.Length / format.Bytes);
        _files.Read(name, numbers, first * inner);
        format.Quantise(numbers, rows);
    }

    // Whether rows of the file are outputs of the weight.
    private static bool HasRows(StoredPiece piece, Parameter parameter) => piece is { Slice: < 0, Step: 1, Added: 0 }
        && (piece.Turned || (parameter.Form == WeightForm.OutIn && piece.IsPlain(parameter)));

    private BlockFormat FormatOf(StoredPiece piece) =>
        piece.InBlocks ? BlockFormat.Find("mxfp4")! : _files.Format(Find(piece.Name)) ?? BlockFormat.Find("f32")!;

    private static int Outputs(StoredPiece piece, Parameter parameter) =>
        parameter.Form == WeightForm.OutIn ? parameter.Shape[0] : piece.Turned ? piece.Columns : parameter.Shape.Columns;
}
