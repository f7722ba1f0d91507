using Pellucid.Models.Families;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>Writes a model's shape and weights as a GGUF file.</summary>
internal static class GgufExport
{
    private const uint BlockVersion = 2; // of the formats of blocks

    /// <summary>Adds keys and tensors.</summary>
    /// <returns>What is stored otherwise than asked for, a line each.</returns>
    /// <exception cref="NotSupportedException">GGUF has no place for such a model.</exception>
    public static IReadOnlyList<string> Add(GgufWriter writer, Gpt gpt, string name, string type)
    {
        if (BlockFormat.Find(type) is null)
            throw new ArgumentException($"weights cannot be stored as '{type}'; there are {GgufType.Supported}", nameof(type));
        var config = gpt.Config with { Family = gpt.Config.Family.Saved };
        GgufConfig.Write(writer, config);
        writer.Add("general.name", name);
        writer.Add("general.file_type", GgufTensorTypes.Label(type));
        writer.Add("general.quantization_version", BlockVersion);
        var others = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var tensors = from index in Enumerable.Range(0, gpt.Layout.Count)
                      from piece in config.Family.GgufPieces(gpt.Layout[index], config)
                      group (Index: index, Piece: piece) by piece.Name;
        foreach (var parts in tensors)
        {
            var (parameter, shape) = (gpt.Layout[parts.First().Index], parts.First().Piece.Stored);
            var own = GgufTensorTypes.For(type, parameter, shape.Rank, shape.Columns);
            if (own != type && own != "f32")
                others[own] = others.GetValueOrDefault(own) + 1;
            writer.AddTensor(parts.Key, own, [.. Enumerable.Range(0, shape.Rank).Select(axis => (long)shape[axis])],
                Fill(gpt, [.. parts]));
        }
        return [.. others.Select(other => $"{other.Value} tensors are stored as {other.Key}: their rows are no whole blocks of {type}")];
    }

    // A tensor is put together when its first numbers are asked for, and forgotten with its last.
    private static Action<long, Span<float>> Fill(Gpt gpt, (int Index, StoredPiece Piece)[] parts)
    {
        float[]? stored = null;
        return (first, numbers) =>
        {
            stored ??= Together(gpt, parts);
            stored.AsSpan((int)first, numbers.Length).CopyTo(numbers);
            if (first + numbers.Length == stored.Length)
                stored = null;
        };
    }

    private static float[] Together(Gpt gpt, (int Index, StoredPiece Piece)[] parts)
    {
        var stored = new float[parts[0].Piece.Stored.Count];
        foreach (var (index, piece) in parts)
        {
            var values = new float[gpt.Layout[index].Shape.Count];
            gpt.Parameters.Read(index, values);
            piece.Give(values, gpt.Layout[index].Shape.Columns, stored.AsSpan((int)piece.Start, (int)piece.Within.Count));
        }
        return stored;
    }
}
