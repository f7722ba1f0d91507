namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void LayerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor destination,
        Tensor mean, Tensor reciprocalDeviation)
    {
        var (R, C) = (x.Rows, x.Columns);
        var (vx, g, b, y) = (new Elements(x), new Elements(gain), new Elements(bias), new Elements(destination));
        var (means, deviations) = (new Elements(mean), new Elements(reciprocalDeviation));
        for (var r = 0; r < R; r++)
        {
            var row = (long)r * C;
            var (average, variance) = (0.0, 0.0);
            for (var c = 0; c < C; c++)
                average += vx[row + c] / C;
            for (var c = 0; c < C; c++)
                variance += (vx[row + c] - average) * (vx[row + c] - average) / C;
            var reciprocal = 1 / Math.Sqrt(variance + epsilon);
            for (var c = 0; c < C; c++)
                y[row + c] = (vx[row + c] - average) * reciprocal * g[c] + (bias.IsEmpty ? 0 : b[c]);
            (means[r], deviations[r]) = (average, reciprocal);
        }
    }

    internal override void LayerNormBackward(Tensor gradient, Tensor x, Tensor gain, Tensor mean, Tensor reciprocalDeviation,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain, Tensor biasGradient, bool accumulateBias)
    {
        var (R, C) = (x.Rows, x.Columns);
        var (dy, vx, g) = (new Elements(gradient), new Elements(x), new Elements(gain));
        var (means, deviations) = (new Elements(mean), new Elements(reciprocalDeviation));
        double Normalised(int r, int c) => (vx[(long)r * C + c] - means[r]) * deviations[r];

        if (!xGradient.IsEmpty)
        {
            var dx = new Elements(xGradient);
            for (var r = 0; r < R; r++)
            {
                var row = (long)r * C;
                var (meanGradient, meanProduct) = (0.0, 0.0);
                for (var c = 0; c < C; c++)
                {
                    meanGradient += dy[row + c] * g[c] / C;
                    meanProduct += dy[row + c] * g[c] * Normalised(r, c) / C;
                }
                for (var c = 0; c < C; c++)
                    dx.Put(row + c, (dy[row + c] * g[c] - meanGradient - Normalised(r, c) * meanProduct) * deviations[r], accumulateX);
            }
        }
        for (var c = 0; c < C; c++)
        {
            var (sumGain, sumBias) = (0.0, 0.0);
            for (var r = 0; r < R; r++)
            {
                sumGain += dy[(long)r * C + c] * Normalised(r, c);
                sumBias += dy[(long)r * C + c];
            }
            if (!gainGradient.IsEmpty)
                new Elements(gainGradient).Put(c, sumGain, accumulateGain);
            if (!biasGradient.IsEmpty)
                new Elements(biasGradient).Put(c, sumBias, accumulateBias);
        }
    }

    internal override void RmsNorm(Tensor x, in ColumnGroups groups, Tensor gain, float epsilon, Tensor destination, Tensor reciprocalRoot)
    {
        var (vx, g, y, roots, width) = (new Elements(x), new Elements(gain), new Elements(destination),
            new Elements(reciprocalRoot), groups.Width);
        for (var r = 0; r < x.Rows; r++)
        for (var group = 0; group < groups.Count; group++)
        {
            var (start, mean) = ((long)r * x.Columns + groups.First + group * width, 0.0);
            for (var c = 0; c < width; c++)
                mean += vx[start + c] * vx[start + c] / width;
            var reciprocal = 1 / Math.Sqrt(mean + epsilon);
            for (var c = 0; c < width; c++)
                y[start + c] = vx[start + c] * reciprocal * g[c];
            roots[(long)r * groups.Count + group] = reciprocal;
        }
    }

    internal override void RmsNormBackward(Tensor gradient, Tensor x, in ColumnGroups groups, Tensor gain, Tensor reciprocalRoot,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain)
    {
        var (dy, vx, g, roots, width) = (new Elements(gradient), new Elements(x), new Elements(gain),
            new Elements(reciprocalRoot), groups.Width);
        var gains = new double[width];
        for (var r = 0; r < x.Rows; r++)
        for (var group = 0; group < groups.Count; group++)
        {
            var (start, reciprocal, mean) = ((long)r * x.Columns + groups.First + group * width,
                roots[(long)r * groups.Count + group], 0.0);
            for (var c = 0; c < width; c++)
            {
                mean += dy[start + c] * g[c] * vx[start + c] / width;
                gains[c] += dy[start + c] * vx[start + c] * reciprocal;
            }
            for (var c = 0; c < width && !xGradient.IsEmpty; c++)
            {
                var slope = reciprocal * (dy[start + c] * g[c] - vx[start + c] * reciprocal * reciprocal * mean);
                new Elements(xGradient).Put(start + c, slope, accumulateX);
            }
        }
        for (var c = 0; c < width && !gainGradient.IsEmpty; c++)
            new Elements(gainGradient).Put(c, gains[c], accumulateGain);
    }
}
