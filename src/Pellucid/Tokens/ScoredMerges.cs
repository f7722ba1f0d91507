using Pellucid.Files;
using Pellucid.Tokens.Splitters.Patterns;

namespace Pellucid.Tokens;

/// <summary>
/// Merges as SentencePiece's byte-pair models do them (Kudo and Richardson 2018): any two neighbours join whose characters
/// together are a token, the token of the highest score first, the leftmost of equals. A score decides about all pairs
/// that make its token, so these pairs have one rank.
/// </summary>
internal sealed class ScoredMerges
{
    // What is longer than any word would make the search for its halves long.
    private const int Longest = 1024;

    private readonly TokenBytes _names;
    private readonly Dictionary<byte[], int> _parts = new(ByteComparer.Instance);
    private readonly List<(int Left, int Right, int Rank, int Token)> _pairs = [];

    private ScoredMerges(TokenBytes names) => _names = names;

    /// <summary>The table of merges.</summary>
    public MergeTable Table { get; private set; } = null!;

    /// <summary>The pairs, those of the highest score first.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges { get; private set; } = [];

    /// <summary>Characters of tokens that are none themselves, numbered after the vocabulary; null if there are none.</summary>
    public TokenBytes? Parts { get; private set; }

    /// <summary>Finds all merges of a vocabulary.</summary>
    /// <param name="names">The vocabulary, in characters.</param>
    /// <param name="scores">One a token, the higher the earlier.</param>
    /// <param name="merged">Tokens that merging may give.</param>
    /// <exception cref="InvalidDataException">A score is no number, or a token too long.</exception>
    public static ScoredMerges Of(TokenBytes names, ReadOnlySpan<float> scores, ReadOnlySpan<bool> merged)
    {
        var (order, keys) = (new List<int>(), scores.ToArray());
        for (var token = 0; token < names.Count; token++)
        {
            if (float.IsNaN(scores[token]))
                throw new InvalidDataException($"the score of token {token} is not a number");
            if (names[token].Length > Longest)
                throw new InvalidDataException(
                    $"token {token}, '{Excerpt.Of(System.Text.Encoding.UTF8.GetString(names[token]))}', has more than {Longest} bytes");
            if (merged[token])
                order.Add(token);
        }
        order.Sort((a, b) => keys[b] != keys[a] ? keys[b].CompareTo(keys[a]) : a.CompareTo(b));
        var found = new ScoredMerges(names);
        var rank = -1;
        for (var i = 0; i < order.Count; i++)
        {
            rank += i == 0 || keys[order[i]] != keys[order[i - 1]] ? 1 : 0;
            found.AddPairs(order[i], rank, merged);
        }
        found.NumberParts();
        found.Table = new MergeTable(found._pairs.Count);
        foreach (var (left, right, pairRank, token) in found._pairs)
            found.Table.TryAdd(left, right, pairRank, token);
        found.Merges = [.. found._pairs.Select(pair => (pair.Left, pair.Right))];
        return found;
    }

    // Every place between two characters at which a token falls into two tokens, or parts.
    private void AddPairs(int token, int rank, ReadOnlySpan<bool> merged)
    {
        var name = _names[token];
        for (var at = 0; at < name.Length;)
        {
            at += Pattern.CharacterLength(name, at);
            if (at < name.Length && Half(name[..at], merged) is >= 0 and var left && Half(name[at..], merged) is >= 0 and var right)
                _pairs.Add((left, right, rank, token));
        }
    }

    // A single character is always there, as a token or as a part of one.
    private int Half(ReadOnlySpan<byte> name, ReadOnlySpan<bool> merged)
    {
        var token = _names.Find(name);
        if (CharactersOf(name) > 1)
            return token >= 0 && merged[token] ? token : -1;
        if (token >= 0)
            return token;
        var parts = _parts.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!parts.TryGetValue(name, out var part))
            parts[name] = part = _names.Count + _parts.Count;
        return part;
    }

    private void NumberParts()
    {
        if (_parts.Count == 0)
            return;
        Parts = new TokenBytes(_parts.Count, 4 * _parts.Count);
        foreach (var (name, part) in _parts)
        {
            Parts.Set(part - _names.Count, name);
            Parts.TryIndex(part - _names.Count);
        }
    }

    private static int CharactersOf(ReadOnlySpan<byte> name)
    {
        var count = 0;
        for (var at = 0; at < name.Length; count++)
            at += Pattern.CharacterLength(name, at);
        return count;
    }
}
