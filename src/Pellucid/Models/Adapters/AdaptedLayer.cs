using Pellucid.Tensors;

namespace Pellucid.Models.Adapters;

/// <summary>A low-rank part of a module, by the places of its parameters in the adapter's set.</summary>
internal sealed record AdaptedLayer(AdaptedModule Module, int Rank, double Scale, int A, int B)
{
    public int? Bias { get; init; }
    public int? Magnitude { get; init; }
    public int? Norm { get; init; }

    /// <summary>The part as a run computes with it.</summary>
    public LowRank On(ParameterSet parameters, float dropout, uint purpose)
    {
        Tensor Find(int? index) => index is { } found ? parameters[found] : default;
        return new(Module.FirstColumn, parameters[A], parameters[B], (float)Scale)
        {
            Bias = Find(Bias), Magnitude = Find(Magnitude), Norm = Find(Norm), Dropout = dropout, Purpose = purpose,
        };
    }

    /// <summary>Adds scale · (B A)ᵀ to its columns of a weight (in, width), each sum in double precision.</summary>
    public void AddTo(Span<float> weight, int width, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var inner = a.Length / Rank;
        for (var row = 0; row < inner; row++)
            for (var column = 0; column < Module.Columns; column++)
            {
                var sum = 0.0;
                for (var r = 0; r < Rank; r++)
                    sum += (double)b[column * Rank + r] * a[r * inner + row];
                ref var at = ref weight[row * width + Module.FirstColumn + column];
                at = (float)(at + Scale * sum);
            }
    }

    /// <summary>Lengths of its columns of a weight (in, width).</summary>
    public float[] Lengths(ReadOnlySpan<float> weight, int width)
    {
        var squares = new double[Module.Columns];
        for (var row = 0; row < weight.Length / width; row++)
            for (var column = 0; column < squares.Length; column++)
            {
                double value = weight[row * width + Module.FirstColumn + column];
                squares[column] += value * value;
            }
        return [.. squares.Select(square => (float)Math.Sqrt(square))];
    }
}
