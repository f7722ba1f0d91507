using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void LayerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor destination, Tensor mean,
        Tensor reciprocalDeviation) =>
        Run(new LayerNormJob(x.Floats, gain.Floats, bias.IsEmpty ? null : bias.Floats, epsilon, destination.Floats, mean.Floats,
            reciprocalDeviation.Floats, x.Rows, x.Columns), x.Count);

    internal override void LayerNormBackward(Tensor gradient, Tensor x, Tensor gain, Tensor mean, Tensor reciprocalDeviation,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain, Tensor biasGradient, bool accumulateBias)
    {
        if (!xGradient.IsEmpty)
            Run(new LayerNormInputJob(gradient.Floats, x.Floats, gain.Floats, mean.Floats, reciprocalDeviation.Floats, xGradient.Floats,
                accumulateX, x.Rows, x.Columns), x.Count);
        if (!gainGradient.IsEmpty && !accumulateGain)
            Fill(gainGradient, 0);
        if (!biasGradient.IsEmpty && !accumulateBias)
            Fill(biasGradient, 0);
        if (!gainGradient.IsEmpty || !biasGradient.IsEmpty)
            Run(new LayerNormParametersJob(gradient.Floats, x.Floats, mean.Floats, reciprocalDeviation.Floats,
                gainGradient.IsEmpty ? null : gainGradient.Floats, biasGradient.IsEmpty ? null : biasGradient.Floats,
                x.Rows, x.Columns), x.Count);
    }

    private readonly struct LayerNormJob(float* x, float* gain, float* bias, float epsilon, float* destination, float* mean,
        float* reciprocal, int R, int C) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
                (mean[r], reciprocal[r]) = Row(x + r * C, gain, bias, epsilon, destination + r * C, C);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static (float, float) Row(float* x, float* gain, float* bias, float epsilon, float* y, int C)
        {
            var total = T.All(0);
            var c = 0;
            for (; c + T.Width <= C; c += T.Width)
                total += T.Load(x + c);
            var sum = T.Sum(total);
            for (; c < C; c++)
                sum += x[c];
            var average = sum / C;

            var squares = T.All(0);
            for (c = 0; c + T.Width <= C; c += T.Width)
            {
                var difference = T.Load(x + c) - T.All(average);
                squares = T.MultiplyAdd(difference, difference, squares);
            }
            var variance = T.Sum(squares);
            for (; c < C; c++)
                variance += (x[c] - average) * (x[c] - average);
            var scale = 1 / MathF.Sqrt(variance / C + epsilon);

            for (c = 0; c + T.Width <= C; c += T.Width)
                T.Store(T.MultiplyAdd((T.Load(x + c) - T.All(average)) * T.All(scale), T.Load(gain + c),
                    bias == null ? T.All(0) : T.Load(bias + c)), y + c);
            for (; c < C; c++)
                y[c] = (x[c] - average) * scale * gain[c] + (bias == null ? 0 : bias[c]);
            return (average, scale);
        }
    }

    private readonly struct LayerNormInputJob(float* gradient, float* x, float* gain, float* mean, float* reciprocal, float* xGradient,
        bool accumulate, int R, int C) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
                Row(gradient + r * C, x + r * C, gain, mean[r], reciprocal[r], xGradient + r * C, accumulate, C);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Row(float* dy, float* x, float* gain, float mean, float reciprocal, float* dx, bool accumulate, int C)
        {
            var (gradients, products) = (T.All(0), T.All(0));
            var c = 0;
            for (; c + T.Width <= C; c += T.Width)
            {
                var slope = T.Load(dy + c) * T.Load(gain + c);
                gradients += slope;
                products = T.MultiplyAdd(slope, (T.Load(x + c) - T.All(mean)) * T.All(reciprocal), products);
            }
            var (meanGradient, meanProduct) = (T.Sum(gradients), T.Sum(products));
            for (; c < C; c++)
            {
                meanGradient += dy[c] * gain[c];
                meanProduct += dy[c] * gain[c] * ((x[c] - mean) * reciprocal);
            }
            meanGradient /= C;
            meanProduct /= C;

            for (c = 0; c + T.Width <= C; c += T.Width)
            {
                var normalised = (T.Load(x + c) - T.All(mean)) * T.All(reciprocal);
                var value = (T.Load(dy + c) * T.Load(gain + c) - T.All(meanGradient) - normalised * T.All(meanProduct)) * T.All(reciprocal);
                T.Store(accumulate ? T.Load(dx + c) + value : value, dx + c);
            }
            for (; c < C; c++)
            {
                var value = (dy[c] * gain[c] - meanGradient - (x[c] - mean) * reciprocal * meanProduct) * reciprocal;
                dx[c] = accumulate ? dx[c] + value : value;
            }
        }
    }

    // Members share the columns, and go through memory row by row: rows are added in ascending order.
    private readonly struct LayerNormParametersJob(float* gradient, float* x, float* mean, float* reciprocal, float* gainGradient,
        float* biasGradient, int R, int C) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(C, member, members, grain: 16);
            for (var r = 0L; r < R; r++)
                Add(gradient + r * C + part.Start, x + r * C + part.Start, mean[r], reciprocal[r],
                    gainGradient == null ? null : gainGradient + part.Start,
                    biasGradient == null ? null : biasGradient + part.Start, part.Length, C);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Add(float* dy, float* x, float mean, float reciprocal, float* gain, float* bias, long count, nint stride)
        {
            var c = 0L;
            for (; c + T.Width <= count; c += T.Width)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(dy + c + ColumnSums<T>.RowsAhead * stride);
                    Sse.Prefetch0(x + c + ColumnSums<T>.RowsAhead * stride);
                }
                var slope = T.Load(dy + c);
                if (gain != null)
                    T.Store(T.MultiplyAdd(slope, (T.Load(x + c) - T.All(mean)) * T.All(reciprocal), T.Load(gain + c)), gain + c);
                if (bias != null)
                    T.Store(T.Load(bias + c) + slope, bias + c);
            }
            for (; c < count; c++)
            {
                if (gain != null)
                    gain[c] += dy[c] * ((x[c] - mean) * reciprocal);
                if (bias != null)
                    bias[c] += dy[c];
            }
        }
    }
}
