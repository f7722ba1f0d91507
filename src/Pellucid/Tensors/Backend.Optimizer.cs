namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>Sum of squares in double precision, in an order that does not depend on threads.</summary>
    internal abstract double SquaredNorm(Tensor x);

    /// <summary>One AdamW update (Loshchilov and Hutter 2019, algorithm 2) of parameters by gradientScale · gradients.</summary>
    internal abstract void AdamW(Tensor gradients, float gradientScale, in AdamWStep step, Tensor parameters,
        Tensor firstMoment, Tensor secondMoment);
}
