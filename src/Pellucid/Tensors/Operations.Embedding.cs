namespace Pellucid.Tensors;

public sealed partial class Operations
{
    /// <summary>Token vector plus, if there is a table of positions, position vector:
    /// (R, C), of the type given where there is none.</summary>
    public Tensor Embed(TokenRows rows, Tensor tokenTable, Tensor positionTable = default, ElementType type = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (!positionTable.IsEmpty && positionTable.Columns != tokenTable.Columns)
            throw Misfit("the tables of tokens and of positions", tokenTable, positionTable);
        var y = New(new Shape(rows.Count, tokenTable.Columns), positionTable.IsEmpty ? type : positionTable.Type);
        backend.Embed(rows.DeviceTokens, rows.DevicePositions, tokenTable, positionTable, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            var dy = tape.GradientOf(e.Output);
            foreach (var leaf in tape.LeavesOf(e.Output))
            {
                var (dtokens, dpositions) = (tape.Zeroed(e.A), tape.Zeroed(e.B));
                if (!dtokens.IsEmpty || !dpositions.IsEmpty)
                    tape.Backend.EmbedBackward(leaf.Of(dy), leaf.OfVector(e.Rows!.DeviceTokens), leaf.OfVector(e.Rows.DevicePositions),
                        dtokens, dpositions);
            }
        })
        { A = tokenTable, B = positionTable, Rows = rows });
    }

    /// <summary>The rows of x that are asked for, (rows, C); of a table that is stored in a type of weights, in singles.</summary>
    public Tensor SelectRows(Tensor x, int[] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (var row in rows)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)x.Rows, nameof(rows));
        var selection = New(new Shape(rows.Length), ElementType.Int32);
        backend.Write(rows, selection);
        return SelectRows(x, selection);
    }

    /// <summary>The same, rows named on the device.</summary>
    internal Tensor SelectRows(Tensor x, Tensor selection)
    {
        var y = New(new Shape((int)selection.Count, x.Columns), x.Type == ElementType.Float64 ? x.Type : ElementType.Float32);
        backend.SelectRows(x, selection, y);
        return Record(y, new TapeEntry(static (Tape tape, in TapeEntry e) =>
        {
            if (tape.Zeroed(e.A) is { IsEmpty: false } dx)
                tape.Backend.SelectRowsBackward(tape.GradientOf(e.Output), e.B, dx);
        })
        { A = x, B = selection });
    }
}
