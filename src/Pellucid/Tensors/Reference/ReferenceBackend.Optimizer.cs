namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void SquaredNorms(Tensor x, Span<double> sums)
    {
        var vx = new Elements(x);
        sums.Clear();
        for (var i = 0L; i < x.Count; i++)
            sums[(int)(i / NormBlock)] += vx[i] * vx[i];
    }

    internal override void AdamW(Tensor gradients, float gradientScale, in AdamWStep step, Tensor parameters,
        Tensor firstMoment, Tensor secondMoment)
    {
        var (g, p) = (new Elements(gradients), new Elements(parameters));
        var (m, v) = (new Elements(firstMoment), new Elements(secondMoment));
        for (var i = 0L; i < parameters.Count; i++)
        {
            var slope = g[i] * gradientScale;
            m[i] = step.Beta1 * m[i] + (1 - step.Beta1) * slope;
            v[i] = step.Beta2 * v[i] + (1 - step.Beta2) * slope * slope;
            var direction = m[i] / step.Correction1 / (Math.Sqrt(v[i] / step.Correction2) + step.Epsilon);
            p[i] -= step.LearningRate * (direction + step.WeightDecay * p[i]);
        }
    }
}
