namespace Pellucid.Models.Families;

/// <summary>
/// Llama 3.1's scaling as GGUF files hold it: not the numbers that it follows from, but what every frequency is divided by.
/// The numbers are found again where they give that very table.
/// </summary>
internal static class Llama3Factors
{
    private const double PublishedLow = 1, PublishedHigh = 4, Tolerance = 2e-6;
    private const int PublishedLength = 8192;

    /// <summary>The table of a scaling.</summary>
    public static float[] Of(Llama3RotaryScaling scaling, RotaryShape shape)
    {
        var (plain, _) = (shape with { Scaling = null }).At(1);
        var (scaled, _) = (shape with { Scaling = scaling }).At(1);
        return [.. plain.Zip(scaled, (frequency, divided) => (float)(frequency / divided))];
    }

    /// <summary>The scaling of a table; null where there is none of this kind.</summary>
    /// <param name="factors">What every pair's frequency is divided by.</param>
    /// <param name="shape">The rotation without it.</param>
    /// <param name="length">Positions of the training, where the file tells them; else those of the published models.</param>
    public static Llama3RotaryScaling? Find(float[] factors, RotaryShape shape, int? length)
    {
        var scaling = new Llama3RotaryScaling(Decimals.Of(factors.Max()), PublishedLow, PublishedHigh, length ?? PublishedLength);
        return scaling.Factor <= 1 ? null : Gives(scaling) ? scaling
            : Solve(scaling) is { } solved && Gives(solved) ? solved : null;

        bool Gives(Llama3RotaryScaling one) =>
            Of(one, shape).Zip(factors).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance * pair.Second);

        // Between low and high the share of the frequency that stays rises with the turns: two points of that line tell both ends.
        static double PublishedTurns(double stays) => PublishedLow + stays * (PublishedHigh - PublishedLow);

        Llama3RotaryScaling? Solve(Llama3RotaryScaling one)
        {
            var (plain, _) = (shape with { Scaling = null }).At(1);
            var ramp = factors.Zip(plain).Where(pair => pair.First > 1 && pair.First < one.Factor).Select(pair =>
                (Turns: one.OriginalLength * pair.Second / (2 * Math.PI), Stays: (1 / pair.First - 1 / one.Factor) / (1 - 1 / one.Factor)));
            // Where the file does not tell the length, the ends are those of all published models, and any point tells it.
            if (length is null)
                return ramp.Select(point => one with
                {
                    OriginalLength = (int)Math.Round(one.OriginalLength * PublishedTurns(point.Stays) / point.Turns),
                }).FirstOrDefault();
            if (ramp.ToArray() is not [var first, .., var last])
                return null;
            var slope = (first.Stays - last.Stays) / (first.Turns - last.Turns);
            var low = last.Turns - last.Stays / slope;
            return one with { LowFactor = Math.Round(low, 3), HighFactor = Math.Round(low + 1 / slope, 3) };
        }
    }
}
