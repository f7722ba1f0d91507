namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void Rotate(Tensor x, Tensor positions, Tensor table, in AttentionShape shape, bool inverse,
        Tensor destination, bool accumulate)
    {
        var (C, D, pairs) = (x.Columns, shape.HeadWidth, table.Columns / 2);
        var (vx, angles, y) = (new Elements(x), new Elements(table), new Elements(destination));
        for (var r = 0; r < x.Rows; r++)
        for (var c = 0; c < C; c++)
        {
            var (at, d, angle) = ((long)r * C + c, c % D, (long)positions.Integers[r] * 2 * pairs);
            if (c >= shape.ValueColumn(0) || d >= 2 * pairs)
                y.Put(at, vx[at], accumulate);
            if (c >= shape.ValueColumn(0) || d >= pairs)
                continue;
            var (cosine, sine) = (angles[angle + d], angles[angle + pairs + d] * (inverse ? -1 : 1));
            var (a, b) = (vx[at], vx[at + pairs]);
            y.Put(at, a * cosine - b * sine, accumulate);
            y.Put(at + pairs, a * sine + b * cosine, accumulate);
        }
    }
}
