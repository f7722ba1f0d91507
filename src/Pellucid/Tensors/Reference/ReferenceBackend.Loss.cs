namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void LogProbabilities(Tensor logits, Tensor targets, Tensor logSumExp, Tensor destination)
    {
        var (R, V) = (logits.Rows, logits.Columns);
        var (z, lse, y) = (new Elements(logits), new Elements(logSumExp), new Elements(destination));
        var row = new double[V];
        for (var r = 0; r < R; r++)
        {
            for (var v = 0; v < V; v++)
                row[v] = z[(long)r * V + v];
            lse[r] = LogSumExp(row);
            y[r] = targets.Integers[r] < 0 ? 0 : row[targets.Integers[r]] - lse[r];
        }
    }

    internal override void LogProbabilitiesBackward(Tensor gradient, Tensor targets, Tensor logSumExp, Tensor logits)
    {
        var (R, V) = (logits.Rows, logits.Columns);
        var (d, lse, z) = (new Elements(gradient), new Elements(logSumExp), new Elements(logits));
        for (var r = 0; r < R; r++)
        for (var v = 0; v < V; v++)
            z[(long)r * V + v] = targets.Integers[r] < 0 ? 0
                : d[r] * ((v == targets.Integers[r] ? 1 : 0) - Math.Exp(z[(long)r * V + v] - lse[r]));
    }

    internal override void Top(Tensor x, Tensor values, Tensor indices)
    {
        var (C, k, vx, y) = (x.Columns, values.Columns, new Elements(x), new Elements(values));
        for (var r = 0; r < x.Rows; r++)
        {
            double At(int c) => double.IsNaN(vx[(long)r * C + c]) ? double.NegativeInfinity : vx[(long)r * C + c];
            var order = Enumerable.Range(0, C).OrderByDescending(At).Take(k).ToArray(); // which leaves equals in their order
            for (var i = 0; i < k; i++)
                (y[(long)r * k + i], indices.Integers[(long)r * k + i]) = (At(order[i]), order[i]);
        }
    }

    internal override double SquaredNorm(Tensor x)
    {
        var (vx, sum) = (new Elements(x), 0.0);
        for (var i = 0L; i < x.Count; i++)
            sum += vx[i] * vx[i];
        return sum;
    }

    internal override void AdamW(Tensor gradients, float gradientScale, in AdamWStep step, Tensor parameters, Tensor firstMoment, Tensor secondMoment)
    {
        var (g, p) = (new Elements(gradients), new Elements(parameters));
        var (m, v) = (new Elements(firstMoment), new Elements(secondMoment));
        for (var i = 0L; i < parameters.Count; i++)
        {
            var slope = g[i] * gradientScale;
            m[i] = step.Beta1 * m[i] + (1 - step.Beta1) * slope;
            v[i] = step.Beta2 * v[i] + (1 - step.Beta2) * slope * slope;
            var direction = m[i] / step.Correction1 / (Math.Sqrt(v[i] / step.Correction2) + step.Epsilon);
            p[i] -= step.LearningRate * (direction + step.WeightDecay * p[i]);
        }
    }

    internal override void Edit(Tensor source, in EditRegion region, EditOperation operation, float factor, Tensor destination)
    {
        var y = new Elements(destination);
        for (var r = 0; r < region.RowCount; r++)
        for (var c = 0; c < region.ColumnCount; c++)
        {
            var at = ((long)region.FirstRow + r) * destination.Columns + region.FirstColumn + c;
            var from = ((long)region.SourceRow + r) * (source.IsEmpty ? 0 : source.Columns) + region.SourceColumn + c;
            y[at] = operation switch
            {
                EditOperation.Replace => new Elements(source)[from],
                EditOperation.Add => y[at] + factor * new Elements(source)[from],
                _ => factor == 0 ? 0 : y[at] * factor, // switching off also switches off −∞ and NaN
            };
        }
    }

    internal override void Softmax(Tensor x, Tensor destination)
    {
        var (R, C) = (x.Rows, x.Columns);
        var (vx, y) = (new Elements(x), new Elements(destination));
        for (var r = 0; r < R; r++)
        {
            var (largest, sum) = (double.NegativeInfinity, 0.0);
            for (var c = 0; c < C; c++)
                largest = Math.Max(largest, vx[(long)r * C + c]);
            for (var c = 0; c < C; c++)
                sum += double.IsNegativeInfinity(largest) ? 0 : Math.Exp(vx[(long)r * C + c] - largest);
            for (var c = 0; c < C; c++)
                y[(long)r * C + c] = sum == 0 ? 0 : Math.Exp(vx[(long)r * C + c] - largest) / sum;
        }
    }

    internal override void SoftmaxBackward(Tensor gradient, Tensor y, Tensor xGradient)
    {
        var (R, C) = (y.Rows, y.Columns);
        var (dy, vy, dx) = (new Elements(gradient), new Elements(y), new Elements(xGradient));
        for (var r = 0; r < R; r++)
        {
            var dot = 0.0;
            for (var c = 0; c < C; c++)
                dot += dy[(long)r * C + c] * vy[(long)r * C + c];
            for (var c = 0; c < C; c++)
                dx[(long)r * C + c] += vy[(long)r * C + c] * (dy[(long)r * C + c] - dot);
        }
    }
}
