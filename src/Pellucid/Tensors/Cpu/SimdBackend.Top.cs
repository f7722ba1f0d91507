using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void Top(Tensor x, Tensor values, Tensor indices) =>
        Run(new TopJob(x.Floats, values.Floats, indices.Integers, x.Rows, x.Columns, values.Columns), x.Count);

    private readonly struct TopJob(float* x, float* values, int* indices, int R, int C, int k) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
                Row(x + r * C, values + r * k, indices + r * k, C, k);
        }

        // Most of a long row is no larger than the smallest of the k so far, and is passed over a register at a time.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Row(float* row, float* values, int* indices, int C, int k)
        {
            var (c, kept) = (0, 0);
            for (; kept < k; c++)
                Insert(float.IsNaN(row[c]) ? float.NegativeInfinity : row[c], c, values, indices, kept++);
            for (; c + T.Width <= C; c += T.Width)
                if (AnyAbove(row + c, values[k - 1]))
                    for (var i = c; i < c + T.Width; i++)
                        InsertIfAbove(row[i], i, values, indices, k);
            for (; c < C; c++)
                InsertIfAbove(row[c], c, values, indices, k);
        }

        private static bool AnyAbove(float* row, float bound) =>
            T.Largest(T.WhereLess(T.All(bound), T.Load(row), T.All(1), T.All(0))) > 0;

        private static void InsertIfAbove(float value, int index, float* values, int* indices, int k)
        {
            if (value > values[k - 1])
                Insert(value, index, values, indices, k - 1);
        }

        // Behind all that are as large, in a list of so many that becomes one longer.
        private static void Insert(float value, int index, float* values, int* indices, int count)
        {
            var at = count;
            for (; at > 0 && values[at - 1] < value; at--)
                (values[at], indices[at]) = (values[at - 1], indices[at - 1]);
            (values[at], indices[at]) = (value, index);
        }
    }
}
