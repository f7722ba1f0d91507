namespace Pellucid.Models;

/// <summary>
/// How queries and keys are turned by their positions (Su et al. 2021): pair i of the first <paramref name="Width"/> columns of a
/// head by position · theta^(−2i / Width), after what <paramref name="Scaling"/> makes of these frequencies.
/// </summary>
/// <param name="Theta">The base of the frequencies.</param>
/// <param name="Width">Columns of a head that are turned: all, or its first ones.</param>
/// <param name="Scaling">How frequencies are changed for texts longer than those of the training; null leaves them.</param>
public sealed record RotaryShape(double Theta, int Width, RotaryScaling? Scaling = null)
{
    /// <summary>Radians from one position to the next, a pair of columns each, and what turned pairs are multiplied by.</summary>
    /// <param name="length">Positions of the run, which one of the scalings asks for.</param>
    public (double[] Frequencies, double Amplitude) At(int length)
    {
        var plain = Enumerable.Range(0, Width / 2).Select(pair => Math.Pow(Theta, -2.0 * pair / Width)).ToArray();
        return Scaling?.Apply(plain, this, length) ?? (plain, 1);
    }
}

/// <summary>A change of rotary frequencies for longer texts.</summary>
public abstract record RotaryScaling
{
    private protected RotaryScaling()
    {
    }

    /// <summary>Whether the frequencies depend on how long the run is, which must then be said before it begins.</summary>
    internal virtual bool IsLong(int length) => false;

    internal abstract (double[] Frequencies, double Amplitude) Apply(double[] plain, RotaryShape shape, int length);
}

/// <summary>All frequencies divided by a factor (Chen et al. 2023, "position interpolation").</summary>
/// <param name="Factor">The factor.</param>
public sealed record LinearRotaryScaling(double Factor) : RotaryScaling
{
    internal override (double[], double) Apply(double[] plain, RotaryShape shape, int length) => ([.. plain.Select(f => f / Factor)], 1);
}

/// <summary>Llama 3.1's: high frequencies stay, low ones are divided,
/// and between is a ramp over the wavelength (Dubey et al. 2024).</summary>
/// <param name="Factor">What low frequencies are divided by.</param>
/// <param name="LowFactor">Frequencies of which fewer turns than this fit into the original length are low.</param>
/// <param name="HighFactor">Those of which more fit are high.</param>
/// <param name="OriginalLength">Positions of the training.</param>
public sealed record Llama3RotaryScaling(double Factor, double LowFactor, double HighFactor, int OriginalLength) : RotaryScaling
{
    internal override (double[], double) Apply(double[] plain, RotaryShape shape, int length) => ([.. plain.Select(Scaled)], 1);

    private double Scaled(double frequency)
    {
        var turns = OriginalLength * frequency / (2 * Math.PI);
        var smooth = Math.Clamp((turns - LowFactor) / (HighFactor - LowFactor), 0, 1);
        return (1 - smooth) * frequency / Factor + smooth * frequency;
    }
}

/// <summary>YaRN (Peng et al. 2023): as Llama 3.1's with a ramp over the pairs, and scores made sharper by an amplitude.</summary>
/// <param name="Factor">What low frequencies are divided by.</param>
/// <param name="OriginalLength">Positions of the training.</param>
/// <param name="FastTurns">Pairs that turn more often than this over the original length stay as they are.</param>
/// <param name="SlowTurns">Pairs that turn less often are divided.</param>
/// <param name="Amplitude">What turned pairs are multiplied by; 0.1 ln(factor) + 1 where nothing is said.</param>
/// <param name="Truncate">Whether the ends of the ramp are whole pairs.</param>
public sealed record YarnRotaryScaling(double Factor, int OriginalLength, double FastTurns = 32, double SlowTurns = 1,
    double? Amplitude = null, bool Truncate = true)
    : RotaryScaling
{
    internal override (double[], double) Apply(double[] plain, RotaryShape shape, int length)
    {
        double PairOf(double turns) => shape.Width * Math.Log(OriginalLength / (2 * Math.PI * turns)) / (2 * Math.Log(shape.Theta));
        var (low, high) = (PairOf(FastTurns), PairOf(SlowTurns));
        if (Truncate)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, shape.Width - 1));
        var scaled = plain.Select((frequency, pair) =>
        {
            var ramp = Math.Clamp((pair - low) / Math.Max(high - low, 0.001), 0, 1);
            return frequency * (1 - ramp) + frequency / Factor * ramp;
        });
        return ([.. scaled], Amplitude ?? OwnAmplitude);
    }

    /// <summary>The amplitude where nothing is said of it.</summary>
    internal double OwnAmplitude => Factor <= 1 ? 1 : 0.1 * Math.Log(Factor) + 1;
}

/// <summary>LongRoPE (Ding et al. 2024):
/// every frequency divided by a factor of its own, by other ones in runs longer than the training's.</summary>
/// <param name="Short">Factors of runs no longer than the original length.</param>
/// <param name="Long">Factors of longer runs.</param>
/// <param name="OriginalLength">Positions of the training.</param>
/// <param name="Amplitude">What turned pairs are multiplied by.</param>
public sealed record LongRotaryScaling(PerLayer<double> Short, PerLayer<double> Long, int OriginalLength, double Amplitude) : RotaryScaling
{
    internal override bool IsLong(int length) => length > OriginalLength;

    internal override (double[], double) Apply(double[] plain, RotaryShape shape, int length)
    {
        var factors = IsLong(length) ? Long : Short;
        return ([.. plain.Select((frequency, pair) => frequency / factors[pair])], Amplitude);
    }
}
