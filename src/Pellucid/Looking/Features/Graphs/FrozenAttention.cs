using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Tensors;
using Tensor = Pellucid.Tensors.Tensor;

namespace Pellucid.Looking.Features.Graphs;

/// <summary>Attention of a layer that looks where it looked: linear in what it reads, by values and output alone.</summary>
internal sealed class FrozenAttention
{
    private const int RowsAtATime = 512;

    private readonly Gpt _gpt;
    private readonly int _layer;
    private readonly FrozenNorm _norm;
    private readonly Arena _arena;
    private readonly AttentionShape _shape;
    private readonly float[] _pattern; // (H, T, T)
    private readonly float[]? _inputBias, _outputBias;

    public FrozenAttention(Gpt gpt, Weights weights, ActivationCache unchanged, int layer, FrozenNorm norm, Arena arena)
    {
        (_gpt, _layer, _norm, _arena, _shape) = (gpt, layer, norm, arena, gpt.Config.Block(layer).Attention);
        T = unchanged.Prompts[0].Length;
        _pattern = new float[_shape.Heads * T * T];
        for (var head = 0; head < _shape.Heads; head++)
        {
            var own = unchanged.Pattern(Activation.Pattern, layer, head, 0);
            for (var query = 0; query < T; query++)
                for (var key = 0; key <= query; key++)
                    _pattern[(head * T + query) * T + key] = own[query, key];
        }
        (_inputBias, _outputBias) = (weights.Find(ParameterRole.AttentionInputBias, layer), weights.OutputBias(layer));
    }

    private int T { get; }

    private int C => _gpt.Config.Width;

    /// <summary>Adds to changes of the stream, (copies · T, C), what attention makes of them.</summary>
    public void Add(float[] changes, int copies)
    {
        var rows = copies * T;
        var read = changes.AsSpan().ToArray();
        for (var row = 0; row < rows; row++)
            _norm.Apply(read.AsSpan(row * C, C), row % T);
        _arena.Reset();
        var operations = new Operations(_gpt.Backend, _arena);
        var values = Host(operations.Linear(Device(read, rows, C), _gpt[ParameterRole.AttentionInput, _layer]));
        var mixed = new float[rows * _shape.QueryWidth];
        for (var copy = 0; copy < copies; copy++)
            Mix(values.AsSpan(copy * T * _shape.InputWidth), mixed.AsSpan(copy * T * _shape.QueryWidth), back: false);
        var said = Host(operations.Linear(Device(mixed, rows, _shape.QueryWidth), _gpt[ParameterRole.AttentionOutput, _layer]));
        TensorPrimitives.Add(changes, said, changes);
    }

    /// <summary>Takes gradients of the stream behind attention to before it.</summary>
    public void Back(FrozenGradients gradients)
    {
        var atATime = Math.Max(1, RowsAtATime / T);
        for (var first = 0; first < gradients.Count; first += atATime)
            Back(gradients, first, Math.Min(atATime, gradients.Count - first));
    }

    private void Back(FrozenGradients gradients, int first, int count)
    {
        var rows = count * T;
        _arena.Reset();
        var mixed = ThroughWeight(Device(gradients.Of(first, count), rows, C), ParameterRole.AttentionOutput, _shape.QueryWidth);
        var values = new float[rows * _shape.InputWidth];
        for (var number = 0; number < count; number++)
            Mix(values.AsSpan(number * T * _shape.InputWidth), mixed.AsSpan(number * T * _shape.QueryWidth), back: true);
        var read = ThroughWeight(Device(values, rows, _shape.InputWidth), ParameterRole.AttentionInput, C);
        for (var row = 0; row < rows; row++)
        {
            var stream = gradients[first + row / T, row % T];
            var own = read.AsSpan(row * C, C);
            ref var constant = ref gradients.Constant(first + row / T);
            if (_outputBias is not null)
                constant += TensorPrimitives.Dot<float>(stream, _outputBias);
            if (_inputBias is not null)
                constant += TensorPrimitives.Dot<float>(values.AsSpan(row * _shape.InputWidth, _shape.InputWidth), _inputBias);
            constant += _norm.Back(own, row % T);
            TensorPrimitives.Add(stream, own, stream);
        }
    }

    // Between values, in rows (T, (H + 2K) · D) of queries, keys and values, and what heads mix of them, (T, H · D): there, or back.
    private void Mix(Span<float> values, Span<float> mixed, bool back)
    {
        var D = _shape.HeadWidth;
        for (var head = 0; head < _shape.Heads; head++)
        {
            var column = _shape.ValueColumn(_shape.KeyValueHeadOf(head));
            for (var query = 0; query < T; query++)
            {
                var above = mixed.Slice(query * _shape.QueryWidth + head * D, D);
                for (var key = 0; key <= query; key++)
                {
                    var (share, below) = (_pattern[(head * T + query) * T + key], key * _shape.InputWidth + column);
                    if (share == 0)
                        continue;
                    var value = values.Slice(below, D);
                    if (back)
                        TensorPrimitives.MultiplyAdd(above, share, value, value);
                    else
                        TensorPrimitives.MultiplyAdd(value, share, above, above);
                }
            }
        }
    }

    private float[] ThroughWeight(Tensor gradient, ParameterRole role, int columns)
    {
        var result = _arena.Allocate(new Shape(gradient.Rows, columns), gradient.Type);
        _gpt.Backend.LinearBackwardInput(gradient, _gpt[role, _layer], false, result, accumulate: false);
        return Host(result);
    }

    private float[] Host(Tensor tensor)
    {
        var values = new float[tensor.Count];
        _gpt.Backend.Read(tensor, values);
        return values;
    }

    private Tensor Device(ReadOnlySpan<float> values, int rows, int columns)
    {
        var tensor = _arena.Allocate(new Shape(rows, columns), _gpt.Parameters.Type);
        _gpt.Backend.Write(values, tensor);
        return tensor;
    }
}
