namespace Pellucid.Tensors;

/// <summary>The numbers of one AdamW update.</summary>
/// <param name="LearningRate">Step size.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled decay, multiplied by the learning rate.</param>
/// <param name="Step">Updates done with this one, from 1: corrects the moments' bias.</param>
public readonly record struct AdamWStep(float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay, int Step)
{
    /// <summary>1 − β₁ᵗ.</summary>
    public float Correction1 => (float)(1 - Power(Beta1, Step));

    /// <summary>1 − β₂ᵗ.</summary>
    public float Correction2 => (float)(1 - Power(Beta2, Step));

    // By squaring: only multiplications, so that every machine has the same bits.
    private static double Power(double value, int exponent)
    {
        var result = 1.0;
        for (; exponent > 0; exponent >>= 1, value *= value)
            if ((exponent & 1) == 1)
                result *= value;
        return result;
    }
}
