using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void Rotate(Tensor x, Tensor positions, Tensor table, in AttentionShape shape, bool inverse,
        Tensor destination, bool accumulate) =>
        Run(new RotateJob(x.Floats, positions.Integers, table.Floats, table.Columns / 2, shape, inverse, destination.Floats,
            accumulate, x.Rows), x.Count);

    private readonly struct RotateJob(float* x, int* positions, float* table, int pairs, AttentionShape shape, bool inverse,
        float* destination, bool accumulate,
        int R) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var (part, C, D, turned) = (Part.Of(R, member, members), shape.InputWidth, shape.HeadWidth, shape.ValueColumn(0));
            for (var r = part.Start; r < part.End; r++)
            {
                float* from = x + r * C, to = destination + r * C, cosines = table + (long)positions[r] * 2 * pairs;
                for (var c = 0; c < turned; c += D)
                {
                    Turn(from + c, cosines, cosines + pairs, pairs, inverse ? -1 : 1, to + c, accumulate);
                    Pass(from + c + 2 * pairs, to + c + 2 * pairs, D - 2 * pairs);
                }
                Pass(from + turned, to + turned, C - turned);
            }
        }

        // What is not turned: nothing to do in place.
        private void Pass(float* from, float* to, int count)
        {
            if (accumulate)
                RowSum(from, to, to, count);
            else if (from != to)
                new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Turn(float* x, float* cosines, float* sines, int pairs, float sign, float* y, bool accumulate)
        {
            var i = 0;
            for (; i + T.Width <= pairs; i += T.Width)
            {
                var (a, b, cosine, sine) = (T.Load(x + i), T.Load(x + pairs + i), T.Load(cosines + i), T.All(sign) * T.Load(sines + i));
                var first = T.MultiplyAdd(a, cosine, T.All(0) - b * sine);
                var second = T.MultiplyAdd(b, cosine, a * sine);
                T.Store(accumulate ? T.Load(y + i) + first : first, y + i);
                T.Store(accumulate ? T.Load(y + pairs + i) + second : second, y + pairs + i);
            }
            for (; i < pairs; i++)
            {
                var (a, b, cosine, sine) = (x[i], x[pairs + i], cosines[i], sign * sines[i]);
                var first = MathF.FusedMultiplyAdd(a, cosine, -(b * sine));
                var second = MathF.FusedMultiplyAdd(b, cosine, a * sine);
                y[i] = accumulate ? y[i] + first : first;
                y[pairs + i] = accumulate ? y[pairs + i] + second : second;
            }
        }
    }
}
