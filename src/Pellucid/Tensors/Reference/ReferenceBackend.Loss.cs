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
}
