using Pellucid.Models.Families;

namespace Pellucid.Models.Adapters;

/// <summary>A module that can be adapted, and the one tensor of GGUF files that is it.</summary>
/// <param name="Module">As transformers calls it.</param>
/// <param name="Tensor">As GGUF calls it.</param>
/// <param name="Piece">Its rows in the tensor; null for a table, whose rows lie as they are.</param>
/// <param name="Inputs">What A reads; of an embedding the tokens.</param>
/// <param name="Outputs">What B writes.</param>
/// <param name="IsEmbedding">Whether rows are looked up in it.</param>
internal sealed record GgufPart(string Module, string Tensor, StoredPiece? Piece, int Inputs, int Outputs, bool IsEmbedding)
{
    /// <summary>All of a model's.</summary>
    public static IEnumerable<GgufPart> Of(Gpt gpt)
    {
        var family = gpt.Config.Family;
        foreach (var module in AdaptedModule.Of(gpt))
        {
            var parameter = gpt.Layout[module.Weight];
            var piece = family.GgufPieces(parameter, gpt.Config).FirstOrDefault(each => each.Turned && each.Slice < 0
                && each.FirstRow == 0 && each.Step == 1 && each.FirstColumn == module.FirstColumn && each.Columns == module.Columns
                && each.Stored[0] == module.Columns);
            if (piece is not null)
                yield return new GgufPart(module.Name, piece.Name, piece, parameter.Shape[0], module.Columns, IsEmbedding: false);
        }
        foreach (var (name, role) in AdaptedTable.Of(gpt))
        {
            var parameter = Parameter.Of(gpt.Config with { TiedOutput = false }).First(each => each.Role == role);
            var tensor = family.GgufPieces(parameter, gpt.Config).Single().Name;
            if (role == ParameterRole.TokenTable)
                yield return new GgufPart(name, tensor, null, parameter.Shape[0], parameter.Shape[1], IsEmbedding: true);
            else if (role == ParameterRole.OutputTable && !gpt.Config.TiedOutput)
                yield return new GgufPart(name, tensor, null, parameter.Shape[1], parameter.Shape[0], IsEmbedding: false);
        }
    }

    /// <summary>Puts the factors of a file where they belong.</summary>
    public void Take(Adapter adapter, float[] a, float[] b)
    {
        if (adapter.Layers.FirstOrDefault(layer => layer.Module.Name == Module) is { } layer)
        {
            adapter.Parameters.Write(layer.A, a);
            adapter.Parameters.Write(layer.B, Rows(b, stored: true));
            return;
        }
        var table = adapter.Tables.Single(each => each.Name == Module);
        adapter.Parameters.Write(table.Down, IsEmbedding ? a : b);
        adapter.Parameters.Write(table.Up, IsEmbedding ? Turned(b, Outputs) : a);
    }

    /// <summary>The factors as a file has them, the second times a number.</summary>
    public (float[] A, float[] B) Give(Adapter adapter, double factor)
    {
        var (a, b) = adapter.Layers.FirstOrDefault(each => each.Module.Name == Module) is { } layer
            ? (adapter.Read(layer.A), Rows(adapter.Read(layer.B), stored: false))
            : adapter.Tables.Single(each => each.Name == Module) is var table && IsEmbedding
                ? (adapter.Read(table.Down), Turned(adapter.Read(table.Up), adapter.ShapeOf(table.Up)[0]))
                : (adapter.Read(table.Up), adapter.Read(table.Down));
        return (a, factor == 1 ? b : [.. b.Select(value => (float)(value * factor))]);
    }

    // Rows of B in our order, or back in the file's.
    private float[] Rows(float[] b, bool stored)
    {
        var (rank, rows) = (b.Length / Outputs, new float[b.Length]);
        for (var column = 0; column < Outputs; column++)
        {
            var (from, to) = stored ? (Piece!.StoredRow(column), column) : (column, Piece!.StoredRow(column));
            b.AsSpan(from * rank, rank).CopyTo(rows.AsSpan(to * rank, rank));
        }
        return rows;
    }

    // (rows, columns) to (columns, rows).
    private static float[] Turned(float[] values, int rows)
    {
        var (columns, turned) = (values.Length / rows, new float[values.Length]);
        for (var i = 0; i < values.Length; i++)
            turned[i % columns * rows + i / columns] = values[i];
        return turned;
    }
}
