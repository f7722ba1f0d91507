namespace Pellucid.Tuning.Losses;

/// <summary>
/// The loss of values in PPO: half the square of their distance from returns, or, if that is larger, of the distance when they may
/// not move further than a clip from what they were.
/// </summary>
/// <param name="Clip">Largest move.</param>
internal sealed record ValueLoss(double Clip = 0.2)
{
    /// <summary>The loss of a value, and its derivative by the value.</summary>
    public (double Loss, double Slope) Of(double value, double old, double wanted)
    {
        var held = Math.Clamp(value, old - Clip, old + Clip);
        var (free, clipped) = (value - wanted, held - wanted);
        return free * free >= clipped * clipped ? (free * free / 2, free) : (clipped * clipped / 2, 0);
    }
}
