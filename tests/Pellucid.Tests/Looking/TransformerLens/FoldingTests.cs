using Pellucid.Models;

namespace Pellucid.Tests.Looking.TransformerLens;

/// <summary>
/// Our parameters by role, brought by plain loops in double precision into each of the three forms that TransformerLens knows:
/// as they are, with LayerNorm's gain multiplied in, and folded and centred.
/// </summary>
public sealed class FoldingTests : IDisposable
{
    private enum Folding
    {
        Unprocessed,
        GainFoldedOnly,
        Processed,
    }

    private readonly Golden _golden = new();

    private GptConfig Config => _golden.Gpt.Config;

    private (int C, int D, int H) Widths => (Config.Width, Config.HeadWidth, Config.Heads);

    [Fact]
    public void Every_tensor_of_the_processed_model()
    {
        using var theirs = Golden.Tensors("processed");
        foreach (var name in theirs.Names)
        {
            var ours = Processed(name);
            Near.AssertRelative(theirs.ReadFloat32(name), [.. ours.Select(value => (float)value)], 1e-6, name);
        }
    }

    [Fact]
    public void Composition_however_weights_are_folded()
    {
        foreach (var (name, folding) in (ReadOnlySpan<(string, Folding)>)[("unprocessed", Folding.Unprocessed),
            ("gain_folded_only", Folding.GainFoldedOnly), ("processed", Folding.Processed)])
        {
            var circuits = Enumerable.Range(0, Config.Layers * Config.Heads)
                .Select(index => Circuits(index / Config.Heads, index % Config.Heads, folding)).ToArray();
            foreach (var part in _golden.Root.GetProperty("composition").GetProperty(name).EnumerateObject())
                Golden.AssertNear(part.Value.EnumerateArray().Select(row => row[4].GetDouble()), part.Value.EnumerateArray().Select(row =>
                {
                    var earlier = circuits[row[0].GetInt32() * Config.Heads + row[1].GetInt32()].OV;
                    var later = circuits[row[2].GetInt32() * Config.Heads + row[3].GetInt32()];
                    var read = part.Name switch { "Q" => later.QK, "K" => Transposed(later.QK, Config.Width), _ => later.OV };
                    return Norm(Product(earlier, read, Config.Width)) / (Norm(earlier) * Norm(read));
                }), $"{part.Name} {name}");
        }
    }

    // W_V W_O and W_Q W_Kᵀ of a head, both (C, C).
    private (double[] OV, double[] QK) Circuits(int layer, int head, Folding folding)
    {
        var (C, D, _) = Widths;
        var (q, k, v) = (Input(layer, head, 0, folding), Input(layer, head, 1, folding), Input(layer, head, 2, folding));
        return (Product(v, Output(layer, head, folding), D), Product(q, Transposed(k, D), D));
    }

    private double[] Processed(string name)
    {
        var (C, D, H) = Widths;
        var parts = name.Split('.');
        var layer = parts[0] == "blocks" ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : -1;
        double[] Heads(Func<int, double[]> of) => [.. Enumerable.Range(0, H).SelectMany(of)];
        return parts[^1] switch
        {
            "W_Q" => Heads(head => Input(layer, head, 0, Folding.Processed)),
            "W_K" => Heads(head => Input(layer, head, 1, Folding.Processed)),
            "W_V" => Heads(head => Input(layer, head, 2, Folding.Processed)),
            "b_Q" => Heads(head => InputBias(layer, head, 0)),
            "b_K" => Heads(head => InputBias(layer, head, 1)),
            "b_V" => new double[H * D], // they have gone into b_O
            "W_O" => Heads(head => Output(layer, head, Folding.Processed)),
            "b_O" => Enumerable.Range(0, H).Aggregate(Centred(Values(ParameterRole.AttentionOutputBias, layer), C), (sum, head) =>
                Sum(sum, Product(InputBias(layer, head, 2), Output(layer, head, Folding.Processed), D))),
            "W_in" => MeanOverRowsTakenOff(RowsTimes(Values(ParameterRole.FeedForwardInput, layer),
                Values(ParameterRole.FeedForwardNormGain, layer)), C),
            "b_in" => Sum(Values(ParameterRole.FeedForwardInputBias, layer),
                Product(Values(ParameterRole.FeedForwardNormBias, layer), Values(ParameterRole.FeedForwardInput, layer), C)),
            "W_out" => Centred(Values(ParameterRole.FeedForwardOutput, layer), C),
            "b_out" => Centred(Values(ParameterRole.FeedForwardOutputBias, layer), C),
            "W_E" => Centred(Values(ParameterRole.TokenTable), C),
            "W_pos" => Centred(Values(ParameterRole.PositionTable), C),
            "W_U" => Centred(MeanOverRowsTakenOff(RowsTimes(Transposed(Values(ParameterRole.TokenTable), C),
                Values(ParameterRole.FinalNormGain)), C), Config.VocabularySize),
            "b_U" => Centred(Product(Values(ParameterRole.FinalNormBias),
                Transposed(Values(ParameterRole.TokenTable), C), C), Config.VocabularySize),
            _ => throw new ArgumentException(name),
        };
    }

    // W_Q, W_K or W_V (part 0, 1, 2) of a head, (C, D).
    private double[] Input(int layer, int head, int part, Folding folding)
    {
        var own = Columns(Values(ParameterRole.AttentionInput, layer), head, part);
        own = folding == Folding.Unprocessed ? own : RowsTimes(own, Values(ParameterRole.AttentionNormGain, layer));
        return folding == Folding.Processed ? MeanOverRowsTakenOff(own, Config.Width) : own;
    }

    private double[] InputBias(int layer, int head, int part) => Sum(Columns(Values(ParameterRole.AttentionInputBias, layer), head, part),
        Product(Values(ParameterRole.AttentionNormBias, layer), Columns(Values(ParameterRole.AttentionInput, layer), head, part),
            Config.Width));

    private double[] Columns(double[] matrix, int head, int part)
    {
        var (C, D, _) = Widths;
        return [.. matrix.Chunk(3 * C).SelectMany(row => row.Skip(part * C + head * D).Take(D))];
    }

    // W_O of a head, (D, C).
    private double[] Output(int layer, int head, Folding folding)
    {
        var (C, D, _) = Widths;
        double[] own = [.. Values(ParameterRole.AttentionOutput, layer).Skip(head * D * C).Take(D * C)];
        return folding == Folding.Processed ? Centred(own, C) : own;
    }

    private double[] Values(ParameterRole role, int layer = -1)
    {
        var values = new float[_golden.Gpt[role, layer].Count];
        _golden.Gpt.Backend.Read(_golden.Gpt[role, layer], values);
        return [.. values.Select(value => (double)value)];
    }

    private static double[] RowsTimes(double[] matrix, double[] factors) =>
        [.. matrix.Chunk(matrix.Length / factors.Length).SelectMany((row, i) => row.Select(value => value * factors[i]))];

    private static double[] Centred(double[] matrix, int columns) =>
        [.. matrix.Chunk(columns).SelectMany(row => { var mean = row.Average(); return row.Select(value => value - mean); })];

    private static double[] MeanOverRowsTakenOff(double[] matrix, int rows) =>
        Transposed(Centred(Transposed(matrix, matrix.Length / rows), rows), rows);

    // Of (rows, columns) to (columns, rows), by its number of columns.
    private static double[] Transposed(double[] matrix, int columns)
    {
        var rows = matrix.Length / columns;
        return [.. Enumerable.Range(0, matrix.Length).Select(i => matrix[i % rows * columns + i / rows])];
    }

    // (M, K) · (K, N).
    private static double[] Product(double[] left, double[] right, int inner)
    {
        var (rows, columns) = (left.Length / inner, right.Length / inner);
        var product = new double[rows * columns];
        for (var m = 0; m < rows; m++)
        for (var k = 0; k < inner; k++)
        for (var n = 0; n < columns; n++)
            product[m * columns + n] += left[m * inner + k] * right[k * columns + n];
        return product;
    }

    private static double[] Sum(double[] left, double[] right) => [.. left.Zip(right, (a, b) => a + b)];

    private static double Norm(double[] matrix) => Math.Sqrt(matrix.Sum(value => value * value));

    public void Dispose() => _golden.Dispose();
}
