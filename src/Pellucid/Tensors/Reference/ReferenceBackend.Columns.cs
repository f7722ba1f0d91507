namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void ScaleColumns(Tensor x, int firstColumn, Tensor gain, Tensor norm, Tensor bias, Tensor destination)
    {
        Copy(x, destination);
        var (vx, g, n, y) = (new Elements(x), new Elements(gain), new Elements(norm), new Elements(destination));
        for (var r = 0; r < x.Rows; r++)
        for (var c = 0; c < gain.Count; c++)
        {
            var at = (long)r * x.Columns + firstColumn + c;
            y[at] = vx[at] + (g[c] / n[c] - 1) * (vx[at] - BiasAt(bias, firstColumn + c));
        }
    }

    internal override void ScaleColumnsBackward(Tensor gradient, Tensor x, int firstColumn, Tensor gain, Tensor norm, Tensor bias,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, Tensor biasGradient)
    {
        var (dy, vx, g, n) = (new Elements(gradient), new Elements(x), new Elements(gain), new Elements(norm));
        for (var r = 0; r < x.Rows; r++)
        for (var column = 0; column < x.Columns; column++)
        {
            var (at, c) = ((long)r * x.Columns + column, column - firstColumn);
            var ratio = c >= 0 && c < gain.Count ? g[c] / n[c] : 1;
            if (!xGradient.IsEmpty)
                new Elements(xGradient).Put(at, dy[at] * ratio, accumulateX);
            if (c < 0 || c >= gain.Count)
                continue;
            if (!gainGradient.IsEmpty)
                new Elements(gainGradient).Put(c, dy[at] * (vx[at] - BiasAt(bias, column)) / n[c], accumulate: true);
            if (!biasGradient.IsEmpty)
                new Elements(biasGradient).Put(column, dy[at] * (1 - ratio), accumulate: true);
        }
    }

    private static double BiasAt(Tensor bias, int column) => bias.IsEmpty ? 0 : new Elements(bias)[column];
}
