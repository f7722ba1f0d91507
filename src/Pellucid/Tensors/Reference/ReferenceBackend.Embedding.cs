namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void Embed(Tensor tokens, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor destination)
    {
        var (R, C) = (destination.Rows, destination.Columns);
        var (wpe, y) = (new Elements(positionTable), new Elements(destination));
        for (var r = 0; r < R; r++)
        for (var c = 0; c < C; c++)
            y[(long)r * C + c] = TableElement(tokenTable, tokens.Integers[r], c)
                + (positionTable.IsEmpty ? 0 : wpe[(long)positions.Integers[r] * C + c]);
    }

    internal override void EmbedBackward(Tensor gradient, Tensor tokens, Tensor positions, Tensor tokenTableGradient,
        Tensor positionTableGradient)
    {
        var (R, C) = (gradient.Rows, gradient.Columns);
        var (dy, dwte, dwpe) = (new Elements(gradient), new Elements(tokenTableGradient), new Elements(positionTableGradient));
        for (var r = 0; r < R; r++)
        for (var c = 0; c < C; c++)
        {
            if (!tokenTableGradient.IsEmpty)
                dwte[(long)tokens.Integers[r] * C + c] += dy[(long)r * C + c];
            if (!positionTableGradient.IsEmpty)
                dwpe[(long)positions.Integers[r] * C + c] += dy[(long)r * C + c];
        }
    }

    internal override void SelectRows(Tensor x, Tensor rows, Tensor destination)
    {
        var (C, y) = (destination.Columns, new Elements(destination));
        for (var i = 0; i < destination.Rows; i++)
        for (var c = 0; c < C; c++)
            y[(long)i * C + c] = TableElement(x, rows.Integers[i], c);
    }

    internal override void SelectRowsBackward(Tensor gradient, Tensor rows, Tensor xGradient)
    {
        for (var i = 0; i < gradient.Rows; i++)
            AddScaled(gradient.RowRange(i, 1), 1, xGradient.RowRange(rows.Integers[i], 1));
    }
}
