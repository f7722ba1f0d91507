namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void Softmax(Tensor x, Tensor destination, Tensor sinks = default)
    {
        var (R, C) = (x.Rows, x.Columns);
        var (vx, y) = (new Elements(x), new Elements(destination));
        for (var r = 0; r < R; r++)
        {
            var sink = sinks.IsEmpty ? double.NegativeInfinity : new Elements(sinks)[r / (R / sinks.Count)];
            var largest = sink;
            for (var c = 0; c < C; c++)
                largest = Math.Max(largest, vx[(long)r * C + c]);
            var sum = double.IsNegativeInfinity(largest) ? 0 : Math.Exp(sink - largest);
            for (var c = 0; c < C; c++)
                sum += double.IsNegativeInfinity(largest) ? 0 : Math.Exp(vx[(long)r * C + c] - largest);
            for (var c = 0; c < C; c++)
                y[(long)r * C + c] = sum == 0 ? 0 : Math.Exp(vx[(long)r * C + c] - largest) / sum;
        }
    }

    internal override void SoftmaxBackward(Tensor gradient, Tensor y, Tensor xGradient, Tensor sinksGradient = default)
    {
        var (R, C) = (y.Rows, y.Columns);
        var (dy, vy) = (new Elements(gradient), new Elements(y));
        for (var r = 0; r < R; r++)
        {
            var (dot, total) = (0.0, 0.0);
            for (var c = 0; c < C; c++)
            {
                dot += dy[(long)r * C + c] * vy[(long)r * C + c];
                total += vy[(long)r * C + c];
            }
            for (var c = 0; c < C && !xGradient.IsEmpty; c++)
                new Elements(xGradient).Put((long)r * C + c, vy[(long)r * C + c] * (dy[(long)r * C + c] - dot), accumulate: true);
            if (!sinksGradient.IsEmpty)
                new Elements(sinksGradient).Put(r / (R / sinksGradient.Count), -(1 - total) * dot, accumulate: true);
        }
    }
}
