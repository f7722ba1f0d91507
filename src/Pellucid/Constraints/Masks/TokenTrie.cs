using System.Runtime.InteropServices;
using Pellucid.Constraints.Grammars;

namespace Pellucid.Constraints.Masks;

/// <summary>Tokens by their bytes, as a tree in the order in which it is walked: what begins alike is read once.</summary>
internal sealed class TokenTrie
{
    private readonly List<byte> _bytes = [];
    private readonly List<int> _depths = [];
    private readonly List<int> _ends = [];
    private readonly List<int> _tokens = [];
    private readonly List<(int Token, int Twin)> _twins = [];
    private readonly int _deepest;

    /// <summary>A tree of tokens, which must be in the order of their bytes.</summary>
    public TokenTrie(IEnumerable<(int Token, byte[] Bytes)> tokens)
    {
        var (path, last) = (new List<int>(), Array.Empty<byte>());
        foreach (var (token, bytes) in tokens)
        {
            var shared = bytes.AsSpan().CommonPrefixLength(last);
            if (shared == bytes.Length && shared == last.Length && path.Count > 0)
            {
                _twins.Add((_tokens[path[^1]], token));
                continue;
            }
            Leave(path, shared);
            for (var depth = shared; depth < bytes.Length; depth++)
            {
                path.Add(_bytes.Count);
                _bytes.Add(bytes[depth]);
                _depths.Add(depth);
                _ends.Add(0);
                _tokens.Add(depth == bytes.Length - 1 ? token : -1);
            }
            (_deepest, last) = (Math.Max(_deepest, bytes.Length), bytes);
        }
        Leave(path, 0);
    }

    /// <summary>Marks the tokens that may follow in a state.</summary>
    public void Mark(Automaton automaton, State start, ulong[] mask)
    {
        var bytes = CollectionsMarshal.AsSpan(_bytes);
        var depths = CollectionsMarshal.AsSpan(_depths);
        var ends = CollectionsMarshal.AsSpan(_ends);
        var tokens = CollectionsMarshal.AsSpan(_tokens);
        var path = new State[_deepest + 1];
        path[0] = start;
        for (var node = 0; node < bytes.Length;)
        {
            var (before, value) = (path[depths[node]], bytes[node]);
            var after = before.Next[value] ?? automaton.Step(before, value);
            if (after == State.Dead)
            {
                node = ends[node];
                continue;
            }
            path[depths[node] + 1] = after;
            if (tokens[node] is var token and >= 0)
                mask[token >> 6] |= 1ul << token;
            node++;
        }
        foreach (var (token, twin) in _twins)
            mask[twin >> 6] |= (mask[token >> 6] >> token & 1) << twin;
    }

    private void Leave(List<int> path, int depth)
    {
        for (var i = depth; i < path.Count; i++)
            _ends[path[i]] = _bytes.Count;
        path.RemoveRange(depth, path.Count - depth);
    }
}
