namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>Token vector plus position vector, (R, C).</summary>
    public Tensor Embed(TokenRows rows, Tensor tokenTable, Tensor positionTable)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var y = New(new Shape(rows.Count, tokenTable.Columns), positionTable.Type);
        backend.Embed(rows.DeviceTokens, rows.DevicePositions, tokenTable, positionTable, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            if (tape.Zeroed(e.A) is { IsEmpty: false } dtokens)
                tape.Backend.EmbedBackward(tape.GradientOf(e.Output), e.Rows!.DeviceTokens, e.Rows.DevicePositions, dtokens, tape.Zeroed(e.B));
        })
        { A = tokenTable, B = positionTable, Rows = rows });
    }

    /// <summary>The rows of x that are asked for, (rows, C).</summary>
    public Tensor SelectRows(Tensor x, int[] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var y = New(new Shape(rows.Length, x.Columns), x.Type);
        for (var i = 0; i < rows.Length; i++)
            backend.Copy(x.RowRange(rows[i], 1), y.RowRange(i, 1));
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var (dy, dx) = (tape.GradientOf(e.Output), tape.Zeroed(e.A));
            for (var i = 0; i < e.Selection!.Length; i++)
                tape.Backend.AddScaled(dy.RowRange(i, 1), 1, dx.RowRange(e.Selection[i], 1));
        })
        { A = x, Selection = rows });
    }
}
