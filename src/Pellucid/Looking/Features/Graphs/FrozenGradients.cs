namespace Pellucid.Looking.Features.Graphs;

/// <summary>Gradients of some numbers with respect to the residual stream at every position, on their way down through a model.</summary>
/// <param name="most">So many numbers at most.</param>
/// <param name="positions">T.</param>
/// <param name="width">C.</param>
internal sealed class FrozenGradients(int most, int positions, int width)
{
    private readonly float[] _values = new float[checked(most * positions * width)];
    private readonly double[] _constants = new double[most];

    /// <summary>Numbers that have a gradient yet.</summary>
    public int Count { get; private set; }

    /// <summary>Room for one more.</summary>
    public int Add() => Count++;

    /// <summary>(C): of a number, with respect to the stream at a position.</summary>
    public Span<float> this[int number, int position] => _values.AsSpan((number * positions + position) * width, width);

    /// <summary>(numbers · T, C): of some numbers one after another.</summary>
    public Span<float> Of(int first, int count) => _values.AsSpan(first * positions * width, count * positions * width);

    /// <summary>What of a number no source has made: biases that were passed on the way.</summary>
    public ref double Constant(int number) => ref _constants[number];
}
