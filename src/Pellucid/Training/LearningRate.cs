namespace Pellucid.Training;

/// <summary>Linear warm-up, then half a cosine down to the smallest rate (Loshchilov and Hutter 2017), as nanoGPT has it.</summary>
public static class LearningRate
{
    /// <summary>Rate of a step, from 1.</summary>
    public static float At(int step, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var done = step - 1;
        if (done < options.Warmup)
            return options.LearningRate * (done + 1) / (options.Warmup + 1);
        if (options.Steps <= options.Warmup + 1)
            return options.LearningRate;
        var share = (double)(done - options.Warmup) / (options.Steps - options.Warmup);
        return (float)(options.MinLearningRate
            + 0.5 * (1 + Cosine(Math.PI * Math.Min(1, share))) * (options.LearningRate - options.MinLearningRate));
    }

    // From 0 to π, by its series around π/2: plain arithmetic, so that weights do not depend on a system's library.
    private static double Cosine(double angle)
    {
        var x = Math.PI / 2 - angle;
        var (term, sum) = (x, x);
        for (var n = 1; n <= 12; n++)
        {
            term *= -x * x / ((2 * n) * (2 * n + 1));
            sum += term;
        }
        return sum;
    }
}
