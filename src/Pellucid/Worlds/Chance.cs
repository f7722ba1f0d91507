namespace Pellucid.Worlds;

/// <summary>A row of random choices, told by where it starts. SplitMix64 (Steele, Lea and Flood 2014).</summary>
/// <param name="start">Equal starts give equal choices.</param>
internal struct Chance(ulong start)
{
    private ulong _state = start;

    /// <summary>A number from 0 to below <paramref name="count"/>, each as likely as the others.</summary>
    public int Next(int count) => (int)((Bits() >> 32) * (ulong)count >> 32);

    /// <summary>Whether something of that probability happens.</summary>
    public bool Happens(double probability) => (Bits() >> 11) * (1.0 / (1UL << 53)) < probability;

    /// <summary>The start of a row of its own, one an index.</summary>
    public static ulong Start(ulong seed, ulong index) => Mix(Mix(seed + Golden) + (index + 1) * Golden);

    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong Bits() => Mix(_state += Golden);

    private static ulong Mix(ulong x)
    {
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
        x = (x ^ x >> 27) * 0x94D049BB133111EB;
        return x ^ x >> 31;
    }
}
