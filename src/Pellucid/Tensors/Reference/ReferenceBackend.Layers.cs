namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Embed(Tensor tokens, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor destination)
    {
        var (R, C) = (destination.Rows, destination.Columns);
        var (wpe, y) = (new Elements(positionTable), new Elements(destination));
        for (var r = 0; r < R; r++)
        for (var c = 0; c < C; c++)
            y[(long)r * C + c] = TableElement(tokenTable, tokens.Integers[r], c) + wpe[(long)positions.Integers[r] * C + c];
    }

    /// <inheritdoc/>
    public override void EmbedBackward(Tensor gradient, Tensor tokens, Tensor positions, Tensor tokenTableGradient, Tensor positionTableGradient)
    {
        var (R, C) = (gradient.Rows, gradient.Columns);
        var (dy, dwte, dwpe) = (new Elements(gradient), new Elements(tokenTableGradient), new Elements(positionTableGradient));
        for (var r = 0; r < R; r++)
        for (var c = 0; c < C; c++)
        {
            if (!tokenTableGradient.IsEmpty)
                dwte[(long)tokens.Integers[r] * C + c] += dy[(long)r * C + c];
            if (!positionTableGradient.IsEmpty)
                dwpe[(long)positions.Integers[r] * C + c] += dy[(long)r * C + c];
        }
    }

    /// <inheritdoc/>
    public override void LayerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor destination, Tensor mean, Tensor reciprocalDeviation)
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
                y[row + c] = (vx[row + c] - average) * reciprocal * g[c] + b[c];
            (means[r], deviations[r]) = (average, reciprocal);
        }
    }

    /// <inheritdoc/>
    public override void LayerNormBackward(Tensor gradient, Tensor x, Tensor gain, Tensor mean, Tensor reciprocalDeviation,
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

    /// <inheritdoc/>
    public override void Linear(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination, in Epilogue epilogue = default)
    {
        if (weight.Type == x.Type)
            LinearPlain(x, weight, transposed, bias, destination);
        else
            LinearStored(x, weight, transposed, bias, destination);
        Finish(epilogue, destination);
    }

    private static void LinearPlain(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination)
    {
        var (R, K, N) = (x.Rows, x.Columns, destination.Columns);
        var (vx, w, y) = (new Elements(x), new Elements(weight), new Elements(destination));
        for (var r = 0; r < R; r++)
        for (var n = 0; n < N; n++)
        {
            var sum = 0.0;
            for (var k = 0; k < K; k++)
                sum += vx[(long)r * K + k] * w[transposed ? (long)n * K + k : (long)k * N + n];
            y[(long)r * N + n] = bias.IsEmpty ? sum : sum + new Elements(bias)[n];
        }
    }

    /// <inheritdoc/>
    public override void LinearBackwardInput(Tensor gradient, Tensor weight, bool transposed, Tensor xGradient, bool accumulate,
        in Epilogue epilogue = default)
    {
        var (R, K, N) = (xGradient.Rows, xGradient.Columns, gradient.Columns);
        var (dy, dx) = (new Elements(gradient), new Elements(xGradient));
        for (var r = 0; r < R; r++)
        for (var k = 0; k < K; k++)
        {
            var sum = 0.0;
            for (var n = 0; n < N; n++)
                sum += dy[(long)r * N + n] * WeightElement(weight, transposed, k, n);
            dx.Put((long)r * K + k, sum, accumulate);
        }
        Finish(epilogue, xGradient);
    }

    /// <inheritdoc/>
    public override void LinearBackwardWeight(Tensor gradient, Tensor x, bool transposed, Tensor weightGradient, bool accumulate,
        Tensor biasGradient = default, bool accumulateBias = false)
    {
        var (R, K, N) = (x.Rows, x.Columns, gradient.Columns);
        var (dy, vx) = (new Elements(gradient), new Elements(x));
        for (var k = 0; k < K && !weightGradient.IsEmpty; k++)
        for (var n = 0; n < N; n++)
        {
            var sum = 0.0;
            for (var r = 0; r < R; r++)
                sum += vx[(long)r * K + k] * dy[(long)r * N + n];
            new Elements(weightGradient).Put(transposed ? (long)n * K + k : (long)k * N + n, sum, accumulate);
        }
        for (var n = 0; n < N && !biasGradient.IsEmpty; n++)
        {
            var sum = 0.0;
            for (var r = 0; r < R; r++)
                sum += dy[(long)r * N + n];
            new Elements(biasGradient).Put(n, sum, accumulateBias);
        }
    }

    private void Finish(in Epilogue epilogue, Tensor product)
    {
        var other = epilogue.Other;
        switch (epilogue.Kind)
        {
            case EpilogueKind.Gelu:
                if (!other.IsEmpty)
                {
                    Fill(other, 1);
                    GeluBackward(other, product, other, accumulate: false);
                }
                Gelu(product, product);
                break;
            case EpilogueKind.MultiplyBy:
                for (var i = 0L; i < product.Count; i++)
                    new Elements(product)[i] *= new Elements(other)[i];
                break;
            case EpilogueKind.AddTo:
                if (epilogue.Probability > 0)
                    Dropout(product, epilogue.Probability, epilogue.Random, product, accumulate: false);
                Add(other, product, product);
                break;
        }
    }

    private static readonly double RootTwoOverPi = Math.Sqrt(2 / Math.PI);

    /// <inheritdoc/>
    public override void Gelu(Tensor x, Tensor destination)
    {
        var (vx, y) = (new Elements(x), new Elements(destination));
        for (var i = 0L; i < x.Count; i++)
            y[i] = 0.5 * vx[i] * (1 + Math.Tanh(RootTwoOverPi * (vx[i] + 0.044715 * vx[i] * vx[i] * vx[i])));
    }

    /// <inheritdoc/>
    public override void GeluBackward(Tensor gradient, Tensor x, Tensor xGradient, bool accumulate)
    {
        var (dy, vx, dx) = (new Elements(gradient), new Elements(x), new Elements(xGradient));
        for (var i = 0L; i < x.Count; i++)
        {
            var v = vx[i];
            var tanh = Math.Tanh(RootTwoOverPi * (v + 0.044715 * v * v * v));
            var slope = 0.5 * (1 + tanh) + 0.5 * v * (1 - tanh * tanh) * RootTwoOverPi * (1 + 3 * 0.044715 * v * v);
            dx.Put(i, dy[i] * slope, accumulate);
        }
    }

    /// <inheritdoc/>
    public override void Dropout(Tensor x, float probability, RandomStream random, Tensor destination, bool accumulate)
    {
        var (vx, y) = (new Elements(x), new Elements(destination));
        for (var i = 0L; i < x.Count; i++)
        {
            var kept = CounterRandom.Uniform(random.Seed, random.Purpose, random.Step, (ulong)i) >= probability;
            y.Put(i, kept ? vx[i] / (1 - probability) : 0, accumulate);
        }
    }
}
