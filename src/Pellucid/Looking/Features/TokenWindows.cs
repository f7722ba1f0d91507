using Pellucid.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>
/// A long text as windows of equal length, wherever they begin. Features are learned from its first nine tenths, in which windows are
/// drawn, and measured on the last tenth, which nothing is learned from.
/// </summary>
public sealed class TokenWindows
{
    private const uint DrawPurpose = 0x77696e64;

    private readonly Action<long, Span<int>> _copy;
    private readonly long _learned, _count;
    private readonly int[] _front;

    /// <summary>Of tokens that are read where they are needed.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="copy">Copies some, from a place on.</param>
    /// <param name="length">Tokens of a window.</param>
    /// <param name="begin">A token in front of every window, which counts in its length.</param>
    /// <exception cref="ArgumentException">A window has fewer than two tokens, or the text is too short for ten of them.</exception>
    public TokenWindows(long count, Action<long, Span<int>> copy, int length, int? begin = null)
    {
        (_copy, _count, Length, _front) = (copy, count, length, begin is { } token ? [token] : []);
        _learned = count / 10 * 9;
        if (length < 2 + _front.Length)
            throw new ArgumentException($"a window of {length} tokens predicts nothing");
        if (count < 10L * length)
            throw new ArgumentException($"the text has {count} tokens; ten windows of {length} are needed");
    }

    /// <summary>Tokens of a window.</summary>
    public int Length { get; }

    /// <summary>By what a run knows its text again: how many tokens, and a sum of the first of them.</summary>
    internal string Description
    {
        get
        {
            var (some, sum) = (new int[(int)Math.Min(_count, 1 << 16)], 0UL);
            _copy(0, some);
            foreach (var token in some)
                sum = sum * 0x100000001b3 + (ulong)token;
            return $"{_count} tokens {sum:x}, windows of {Length}{(_front.Length > 0 ? $" after {_front[0]}" : "")}";
        }
    }

    /// <summary>Windows of a step, which is the same whenever it is asked for.</summary>
    internal Prompts Draw(ulong seed, int step, int count)
    {
        var starts = (ulong)(_learned - Own + 1);
        return new Prompts(Enumerable.Range(0, count).Select(window => Window((long)
            (((ulong)CounterRandom.Bits(seed, DrawPurpose, (ulong)step, (ulong)(2 * window)) << 32
                | CounterRandom.Bits(seed, DrawPurpose, (ulong)step, (ulong)(2 * window + 1))) % starts))));
    }

    /// <summary>The last tenth, window after window, so many at a time and so many in all.</summary>
    internal IEnumerable<Prompts> HeldOut(int atATime, int most)
    {
        var all = (int)Math.Min(most, (_count - _learned) / Own);
        for (var first = 0; first < all; first += atATime)
            yield return new Prompts(Enumerable.Range(first, Math.Min(atATime, all - first))
                .Select(window => Window(_learned + (long)window * Own)));
    }

    // Tokens of a window that are of the text.
    private int Own => Length - _front.Length;

    private int[] Window(long start)
    {
        var tokens = new int[Length];
        _front.CopyTo(tokens, 0);
        _copy(start, tokens.AsSpan(_front.Length));
        return tokens;
    }
}
