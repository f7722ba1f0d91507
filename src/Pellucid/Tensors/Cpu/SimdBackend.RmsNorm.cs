using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void RmsNorm(Tensor x, in ColumnGroups groups, Tensor gain, float epsilon,
        Tensor destination, Tensor reciprocalRoot) =>
        Run(new RmsNormJob(x.Floats, gain.Floats, epsilon, destination.Floats, reciprocalRoot.Floats, x.Rows, x.Columns, groups),
            Elements(x, groups));

    internal override void RmsNormBackward(Tensor gradient, Tensor x, in ColumnGroups groups, Tensor gain, Tensor reciprocalRoot,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain)
    {
        if (!xGradient.IsEmpty)
            Run(new RmsNormInputJob(gradient.Floats, x.Floats, gain.Floats, reciprocalRoot.Floats, xGradient.Floats,
                accumulateX, x.Rows, x.Columns, groups),
                Elements(x, groups));
        if (gainGradient.IsEmpty)
            return;
        if (!accumulateGain)
            Fill(gainGradient, 0);
        Run(new RmsNormGainJob(gradient.Floats, x.Floats, reciprocalRoot.Floats, gainGradient.Floats, x.Rows, x.Columns, groups),
            Elements(x, groups));
    }

    private static long Elements(Tensor x, in ColumnGroups groups) => (long)x.Rows * groups.Count * groups.Width;

    private readonly struct RmsNormJob(float* x, float* gain, float epsilon, float* destination, float* reciprocal, int R,
        int C, ColumnGroups groups) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of((long)R * groups.Count, member, members);
            for (var item = part.Start; item < part.End; item++)
            {
                var at = StartOf(item, C, groups);
                reciprocal[item] = Group(x + at, gain, epsilon, destination + at, groups.Width);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float Group(float* x, float* gain, float epsilon, float* y, int width)
        {
            var squares = T.All(0);
            var c = 0;
            for (; c + T.Width <= width; c += T.Width)
            {
                var value = T.Load(x + c);
                squares = T.MultiplyAdd(value, value, squares);
            }
            var sum = T.Sum(squares);
            for (; c < width; c++)
                sum += x[c] * x[c];
            var scale = 1 / MathF.Sqrt(sum / width + epsilon);
            for (c = 0; c + T.Width <= width; c += T.Width)
                T.Store(T.Load(x + c) * T.All(scale) * T.Load(gain + c), y + c);
            for (; c < width; c++)
                y[c] = x[c] * scale * gain[c];
            return scale;
        }
    }

    // dx = r (u − x r² mean(u x)) with u = gain · dy and r the reciprocal root.
    private readonly struct RmsNormInputJob(float* gradient, float* x, float* gain, float* reciprocal, float* xGradient, bool accumulate,
        int R, int C, ColumnGroups groups) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of((long)R * groups.Count, member, members);
            for (var item = part.Start; item < part.End; item++)
            {
                var at = StartOf(item, C, groups);
                Group(gradient + at, x + at, gain, reciprocal[item], xGradient + at, accumulate, groups.Width);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Group(float* dy, float* x, float* gain, float reciprocal, float* dx, bool accumulate, int width)
        {
            var products = T.All(0);
            var c = 0;
            for (; c + T.Width <= width; c += T.Width)
                products = T.MultiplyAdd(T.Load(dy + c) * T.Load(gain + c), T.Load(x + c), products);
            var sum = T.Sum(products);
            for (; c < width; c++)
                sum += dy[c] * gain[c] * x[c];
            var back = reciprocal * reciprocal * (sum / width);
            for (c = 0; c + T.Width <= width; c += T.Width)
            {
                var value = (T.Load(dy + c) * T.Load(gain + c) - T.Load(x + c) * T.All(back)) * T.All(reciprocal);
                T.Store(accumulate ? T.Load(dx + c) + value : value, dx + c);
            }
            for (; c < width; c++)
            {
                var value = (dy[c] * gain[c] - x[c] * back) * reciprocal;
                dx[c] = accumulate ? dx[c] + value : value;
            }
        }
    }

    // Members share the columns of a group: rows, and groups within each, are added in ascending order.
    private readonly struct RmsNormGainJob(float* gradient, float* x, float* reciprocal, float* gainGradient, int R, int C,
        ColumnGroups groups) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(groups.Width, member, members, grain: 16);
            for (var item = 0L; item < (long)R * groups.Count; item++)
            {
                var at = StartOf(item, C, groups) + part.Start;
                Add(gradient + at, x + at, reciprocal[item], gainGradient + part.Start, part.Length);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Add(float* dy, float* x, float reciprocal, float* gain, long count)
        {
            var c = 0L;
            for (; c + T.Width <= count; c += T.Width)
                T.Store(T.MultiplyAdd(T.Load(dy + c), T.Load(x + c) * T.All(reciprocal), T.Load(gain + c)), gain + c);
            for (; c < count; c++)
                gain[c] += dy[c] * (x[c] * reciprocal);
        }
    }

    // Where the columns of a row's group begin.
    private static long StartOf(long item, int C, in ColumnGroups groups) =>
        item / groups.Count * C + groups.First + item % groups.Count * groups.Width;
}
