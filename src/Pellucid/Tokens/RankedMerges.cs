using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pellucid.Tokens;

/// <summary>Merges in an order that is given: the earlier one goes first.</summary>
internal static class RankedMerges
{
    /// <summary>The table of them.</summary>
    /// <param name="names">What tokens are made of.</param>
    /// <param name="merges">Pairs of tokens; both together must be a token.</param>
    /// <param name="special">Special tokens: no merge gives one.</param>
    /// <exception cref="InvalidDataException">A merge gives no token, or is there twice.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as a vocabulary is read when nothing has run often yet
    public static MergeTable Of(TokenBytes names, IReadOnlyList<(int Left, int Right)> merges, IReadOnlySet<int> special)
    {
        var pairs = merges switch
        {
            (int, int)[] array => array,
            List<(int, int)> list => CollectionsMarshal.AsSpan(list),
            _ => [.. merges],
        };
        var (table, joined) = (new MergeTable(pairs.Length), ArrayPool<byte>.Shared.Rent(2 * names.Longest));
        var isSpecial = new bool[names.Count];
        foreach (var one in special)
            if (one < names.Count)
                isSpecial[one] = true;
        var token = -1; // merges stand in the order of what they give, as a rule, which may be several ways of one token
        for (var rank = 0; rank < pairs.Length; rank++)
        {
            var (left, right) = pairs[rank];
            var begin = names[left];
            var end = names[right];
            begin.CopyTo(joined);
            end.CopyTo(joined.AsSpan(begin.Length));
            token = names.FindNear(joined.AsSpan(0, begin.Length + end.Length), token);
            if (token < 0)
                throw new InvalidDataException($"merge {rank + 1} of tokens {left} and {right} gives no token");
            if (!isSpecial[token] && !table.TryAdd(left, right, rank, token))
                throw new InvalidDataException($"merge {rank + 1} of tokens {left} and {right} is there twice");
        }
        ArrayPool<byte>.Shared.Return(joined);
        return table;
    }
}
