using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void ChooseColumns(Tensor scores, Tensor chosen) =>
        Run(new ChooseJob(scores.Floats, chosen.Integers, scores.Rows, scores.Columns, chosen.Columns), scores.Count);

    // Whole numbers, and single elements that are moved: the plain loops do that.
    internal override void GroupByChoice(Tensor chosen, Tensor sources, Tensor places, Tensor starts) =>
        _reference.GroupByChoice(chosen, sources, places, starts);

    internal override void SelectColumns(Tensor x, Tensor columns, Tensor destination) =>
        _reference.SelectColumns(x, columns, destination);

    internal override void SelectColumnsBackward(Tensor gradient, Tensor columns, Tensor xGradient) =>
        _reference.SelectColumnsBackward(gradient, columns, xGradient);

    internal override void MixRows(Tensor x, Tensor places, Tensor weights, Tensor destination) =>
        Run(new MixJob(x.Floats, places.Integers, weights.Floats, destination.Floats, destination.Rows, x.Columns, places.Columns),
            x.Count);

    internal override void MixRowsBackward(Tensor gradient, Tensor x, Tensor places, Tensor weights, Tensor xGradient, bool accumulateX,
        Tensor weightsGradient, bool accumulateWeights) =>
        Run(new MixBackwardJob(gradient.Floats, x.Floats, places.Integers, weights.Floats, xGradient.IsEmpty ? null : xGradient.Floats,
            accumulateX, weightsGradient.IsEmpty ? null : weightsGradient.Floats, accumulateWeights, gradient.Rows, x.Columns,
            places.Columns), 2 * x.Count);

    private readonly struct ChooseJob(float* scores, int* chosen, int R, int E, int k) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            var values = stackalloc float[k];
            for (var r = part.Start; r < part.End; r++)
            {
                TopJob.Row(scores + r * E, values, chosen + r * k, E, k);
                new Span<int>(chosen + r * k, k).Sort();
            }
        }
    }

    private readonly struct MixJob(float* x, int* places, float* weights, float* destination, int R, int C, int k) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
                Row(places + r * k, weights + r * k, destination + r * C);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Row(int* from, float* weight, float* y)
        {
            for (var c = 0; c < C; c += T.Width)
            {
                var (lanes, sum) = (Math.Min(T.Width, C - c), T.All(0));
                for (var i = 0; i < k; i++)
                    sum = T.MultiplyAdd(T.All(weight[i]), Tail.Some<T>(x + (long)from[i] * C + c, lanes), sum);
                Tail.Put(sum, y + c, lanes);
            }
        }
    }

    // A row of x belongs to one row of the mixture, so that nobody else writes its gradient.
    private readonly struct MixBackwardJob(float* gradient, float* x, int* places, float* weights, float* xGradient, bool accumulateX,
        float* weightsGradient, bool accumulateWeights, int R, int C, int k) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var i = part.Start * k; i < part.End * k; i++)
            {
                var place = (long)places[i] * C;
                var dy = gradient + i / k * C;
                if (weightsGradient != null)
                    weightsGradient[i] = (accumulateWeights ? weightsGradient[i] : 0) + Dot(dy, x + place);
                if (xGradient != null)
                    Put(dy, weights[i], xGradient + place);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float Dot(float* a, float* b)
        {
            var sum = T.All(0);
            for (var c = 0; c < C; c += T.Width)
                sum = T.MultiplyAdd(Tail.Some<T>(a + c, Math.Min(T.Width, C - c)), Tail.Some<T>(b + c, Math.Min(T.Width, C - c)), sum);
            return T.Sum(sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Put(float* dy, float weight, float* dx)
        {
            for (var c = 0; c < C; c += T.Width)
            {
                var lanes = Math.Min(T.Width, C - c);
                var product = Tail.Some<T>(dy + c, lanes) * T.All(weight);
                Tail.Put(accumulateX ? Tail.Some<T>(dx + c, lanes) + product : product, dx + c, lanes);
            }
        }
    }
}
