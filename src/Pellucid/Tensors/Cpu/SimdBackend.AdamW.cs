using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void SquaredNorms(Tensor x, Span<double> sums)
    {
        fixed (double* first = sums)
            Run(new SquaredNormJob(x.Floats, x.Count, first, sums.Length), x.Count);
    }

    internal override void AdamW(Tensor gradients, float gradientScale, in AdamWStep step, Tensor parameters,
        Tensor firstMoment, Tensor secondMoment) =>
        Run(new AdamWJob(gradients.Floats, gradientScale, step, parameters.Floats, firstMoment.Floats, secondMoment.Floats,
            parameters.Count), parameters.Count);

    private readonly struct SquaredNormJob(float* x, long count, double* sums, int blocks) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(blocks, member, members);
            for (var block = part.Start; block < part.End; block++)
                sums[block] = Block(x + block * NormBlock, Math.Min(NormBlock, count - block * NormBlock));
        }

        // Runs of 64 additions in each lane stay exact enough in single precision; what they give is added in double.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static double Block(float* x, long count)
        {
            var sum = 0.0;
            var i = 0L;
            while (i + T.Width <= count)
            {
                var total = T.All(0);
                for (var end = Math.Min(count, i + 64 * T.Width); i + T.Width <= end; i += T.Width)
                    total = T.MultiplyAdd(T.Load(x + i), T.Load(x + i), total);
                sum += T.Sum(total);
            }
            for (; i < count; i++)
                sum += (double)x[i] * x[i];
            return sum;
        }
    }

    private readonly struct AdamWJob(float* gradients, float scale, AdamWStep step, float* parameters, float* first,
        float* second, long count) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(count, member, members, grain: 16);
            Loop(part.Start, part.End, gradients, scale, step, parameters, first, second);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Loop(long start, long end, float* gradients, float scale, AdamWStep step, float* parameters,
            float* first, float* second)
        {
            var (rate1, rate2) = (T.All(1 / step.Correction1), T.All(1 / step.Correction2));
            var i = start;
            for (; i + T.Width <= end; i += T.Width)
            {
                var (m, v, p) = (T.Load(first + i), T.Load(second + i), T.Load(parameters + i));
                Update(T.Load(gradients + i) * T.All(scale), step, rate1, rate2, ref m, ref v, ref p);
                T.Store(m, first + i);
                T.Store(v, second + i);
                T.Store(p, parameters + i);
            }
            if (i == end)
                return;
            var rest = (int)(end - i);
            var (lastM, lastV, lastP) = (Tail.Load<T>(first + i, rest), Tail.Load<T>(second + i, rest), Tail.Load<T>(parameters + i, rest));
            Update(Tail.Load<T>(gradients + i, rest) * T.All(scale), step, rate1, rate2, ref lastM, ref lastV, ref lastP);
            Tail.Store(lastM, first + i, rest);
            Tail.Store(lastV, second + i, rest);
            Tail.Store(lastP, parameters + i, rest);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Update(T gradient, in AdamWStep step, T rate1, T rate2, ref T m, ref T v, ref T p)
        {
            m = T.MultiplyAdd(T.All(1 - step.Beta1), gradient, T.All(step.Beta1) * m);
            v = T.MultiplyAdd(T.All(1 - step.Beta2) * gradient, gradient, T.All(step.Beta2) * v);
            var direction = m * rate1 / (T.Sqrt(v * rate2) + T.All(step.Epsilon));
            p -= T.All(step.LearningRate) * T.MultiplyAdd(T.All(step.WeightDecay), p, direction);
        }
    }
}
