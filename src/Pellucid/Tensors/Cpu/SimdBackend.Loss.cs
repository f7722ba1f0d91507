using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void LogProbabilities(Tensor logits, Tensor targets, Tensor logSumExp, Tensor destination) =>
        Run(new LogProbabilitiesJob(logits.Floats, targets.Integers, logSumExp.Floats, destination.Floats, logits.Rows, logits.Columns),
            logits.Count);

    internal override void LogProbabilitiesBackward(Tensor gradient, Tensor targets, Tensor logSumExp, Tensor logits) =>
        Run(new LogProbabilitiesBackwardJob(gradient.Floats, targets.Integers, logSumExp.Floats, logits.Floats, logits.Rows,
            logits.Columns), logits.Count);

    private readonly struct LogProbabilitiesJob(float* logits, int* targets, float* logSumExp, float* destination, int R, int V) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
            {
                logSumExp[r] = LogSumExp(logits + r * V, V);
                destination[r] = targets[r] < 0 ? 0 : logits[r * V + targets[r]] - logSumExp[r];
            }
        }
    }

    private readonly struct LogProbabilitiesBackwardJob(float* gradient, int* targets, float* logSumExp,
        float* logits, int R, int V) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
            {
                var row = logits + r * V;
                if (targets[r] < 0)
                {
                    new Span<float>(row, V).Clear();
                    continue;
                }
                Scale(row, logSumExp[r], -gradient[r], V);
                row[targets[r]] += gradient[r];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Scale(float* row, float logSumExp, float factor, int V)
        {
            var v = 0;
            for (; v + T.Width <= V; v += T.Width)
                T.Store(T.All(factor) * VectorMath.Exp(T.Load(row + v) - T.All(logSumExp)), row + v);
            if (v < V)
                Tail.Store(T.All(factor) * VectorMath.Exp(Tail.Load<T>(row + v, V - v) - T.All(logSumExp)), row + v, V - v);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float LogSumExp(float* x, int count)
    {
        var largest = RowMaximum(x, count);
        var total = T.All(0);
        var i = 0;
        for (; i + T.Width <= count; i += T.Width)
            total += VectorMath.Exp(T.Load(x + i) - T.All(largest));
        var sum = T.Sum(total);
        if (i < count)
        {
            var rest = stackalloc float[16];
            T.Store(VectorMath.Exp(Tail.Load<T>(x + i, count - i) - T.All(largest)), rest);
            for (var lane = 0; lane < count - i; lane++)
                sum += rest[lane];
        }
        return largest + Log(sum);
    }

    private static float RowMaximum(float* x, int count)
    {
        var largest = T.All(float.NegativeInfinity);
        var i = 0;
        for (; i + T.Width <= count; i += T.Width)
            largest = T.Max(largest, T.Load(x + i));
        var result = T.Largest(largest);
        for (; i < count; i++)
            result = x[i] > result ? x[i] : result;
        return result;
    }

    private static float Log(float x)
    {
        var lanes = stackalloc float[16];
        T.Store(VectorMath.Log(T.All(x)), lanes);
        return float.IsNaN(x) ? x : lanes[0];
    }
}
