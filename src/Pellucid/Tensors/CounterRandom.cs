using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors;

/// <summary>
/// Random numbers without state: a number is a function of (seed, purpose, step, element), so threads, batch order and
/// resuming cannot change it. Two rounds of the 64-bit finaliser of SplitMix (Steele, Lea and Flood 2014).
/// </summary>
public static class CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15, FirstFactor = 0xBF58476D1CE4E5B9, SecondFactor = 0x94D049BB133111EB;

    /// <summary>32 uniform bits.</summary>
    public static uint Bits(ulong seed, uint purpose, ulong step, ulong element) =>
        (uint)(LongBits(Key(seed, purpose, step), element) >> 32);

    /// <summary>Uniform in [0, 1), a multiple of 2⁻²⁴.</summary>
    public static float Uniform(ulong seed, uint purpose, ulong step, ulong element) =>
        (Bits(seed, purpose, step, element) >> 8) * (1f / (1 << 24));

    /// <summary>
    /// Standard normal by the sum of twelve uniforms, with a cubic and quintic correction of the tails (Teichroew's
    /// approximation, Knuth vol. 2, 3.4.1): only + and ·, so that every machine has the same bits.
    /// </summary>
    public static float Normal(ulong seed, uint purpose, ulong step, ulong element)
    {
        var key = Key(seed, purpose, step) + element * Golden;
        double sum = 0;
        for (var i = 0; i < 12; i++)
            sum += (Mix(key ^ (ulong)(i + 1) << 56) >> 11) * (1.0 / (1L << 53));
        var r = (sum - 6) / 4;
        var square = r * r;
        return (float)((((((0.029899776 * square + 0.008355968) * square + 0.076542912) * square + 0.252408784) * square) + 3.949846138)
            * r);
    }

    /// <summary>The part of the hash that elements share.</summary>
    internal static ulong Key(ulong seed, uint purpose, ulong step) =>
        Mix(Mix(seed + Golden) ^ Mix(((ulong)purpose << 40) + step + 1));

    /// <summary>64 uniform bits, for a key that was made before.</summary>
    internal static ulong LongBits(ulong key, ulong element) => Mix(key + element * Golden);

    /// <summary>The same of eight elements in a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<ulong> LongBitsOfEight(ulong key, ulong element)
    {
        var x = Vector512.Create(key + element * Golden) + Vector512.CreateSequence(0UL, Golden);
        x = (x ^ x >>> 30) * Vector512.Create(FirstFactor);
        x = (x ^ x >>> 27) * Vector512.Create(SecondFactor);
        return x ^ x >>> 31;
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ x >> 30) * FirstFactor;
        x = (x ^ x >> 27) * SecondFactor;
        return x ^ x >> 31;
    }
}
