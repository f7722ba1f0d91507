using System.Text;

namespace Pellucid.Constraints.Terms;

/// <summary>Names, as a tree over their bytes in UTF-8, to tell whether what is written within a string of JSON is one of them.</summary>
internal sealed class NameTrie
{
    private readonly Dictionary<(int Node, byte Value), int> _children = [];
    private readonly List<bool> _isName = [false];
    private readonly Dictionary<int, List<byte>> _following = [];
    private readonly Dictionary<int, int[]> _characters = [];

    public NameTrie(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var node = 0;
            foreach (var value in Encoding.UTF8.GetBytes(name))
            {
                if (!_children.TryGetValue((node, value), out var child))
                {
                    _children[(node, value)] = child = _isName.Count;
                    _isName.Add(false);
                    if (!_following.TryGetValue(node, out var following))
                        _following[node] = following = [];
                    following.Add(value);
                }
                node = child;
            }
            _isName[node] = true;
        }
    }

    public bool IsName(int node) => _isName[node];

    /// <summary>Characters with which a name goes on.</summary>
    public int[] Characters(int node)
    {
        if (_characters.TryGetValue(node, out var known))
            return known;
        var (all, open) = (new List<int>(), new Stack<(int Node, byte[] Bytes)>([(node, [])]));
        while (open.TryPop(out var place))
            if (place.Bytes.Length > 0 && Rune.DecodeFromUtf8(place.Bytes, out var rune, out _) == System.Buffers.OperationStatus.Done)
                all.Add(rune.Value);
            else
                foreach (var value in Following(place.Node))
                    open.Push((_children[(place.Node, value)], [.. place.Bytes, value]));
        return _characters[node] = [.. all];
    }

    /// <summary>Bytes with which a name goes on.</summary>
    public IReadOnlyList<byte> Following(int node) => _following.GetValueOrDefault(node, []);

    /// <summary>The node after bytes; −1 where no name goes on so.</summary>
    public int After(int node, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            if (!_children.TryGetValue((node, value), out node))
                return -1;
        return node;
    }
}

/// <summary>A place within a text that may still become a name.</summary>
/// <param name="Names">The names.</param>
/// <param name="Node">How far it is one.</param>
/// <param name="Digits">Within an escaped character: hexadecimal digits read, 5 right after the backslash; 0 outside.</param>
/// <param name="Value">Those digits, behind the first half of a pair of surrogates where there was one.</param>
internal sealed record NamePlace(NameTrie Names, int Node = 0, int Digits = 0, int Value = 0)
{
    private const int AfterBackslash = 5, AfterU = 6;
    private const string Escapes = "\"\\/bfnrt", Escaped = "\"\\/\b\f\n\r\t";

    /// <summary>Whether what was written is no name.</summary>
    public bool IsOther => Digits != 0 || Value != 0 || !Names.IsName(Node);

    /// <summary>Bytes that lead to different places, and after which it may still become a name.</summary>
    public IEnumerable<byte> Told() => Digits == AfterBackslash ? "u\"\\/bfnrt"u8.ToArray().Where(value => After(value) is not null)
        : Digits > 0 ? "0123456789abcdefABCDEF"u8.ToArray().Where(value => After(value) is not null)
        : Value != 0 ? [(byte)'\\'] : [(byte)'\\', .. Names.Following(Node)];

    /// <summary>The place after a byte; null where it can be no name any more.
    /// That the text is well-formed is for others to see to.</summary>
    public NamePlace? After(byte value)
    {
        if (Digits == 0 && Value != 0)
            return value == '\\' ? this with { Digits = AfterBackslash } : null;
        if (Digits == 0)
            return value == '\\' ? this with { Digits = AfterBackslash } : At(Names.After(Node, [value]));
        if (Digits == AfterBackslash)
            return value == 'u' ? this with { Digits = AfterU }
                : Escapes.IndexOf((char)value) is var place and >= 0 ? At(Names.After(Node, [(byte)Escaped[place]])) : null;
        if (!char.IsAsciiHexDigit((char)value))
            return null;
        var (digits, read) = (Digits == AfterU ? 1 : Digits + 1, Value << 4 | Convert.ToInt32(((char)value).ToString(), 16));
        return digits == 4 ? Unit(read) : MayBe(digits, read) ? this with { Digits = digits, Value = read } : null;
    }

    // Whether any character with which a name goes on has those digits first.
    private bool MayBe(int digits, int read) => Array.Exists(Names.Characters(Node), character =>
    {
        var units = char.ConvertFromUtf32(character);
        var high = read >> 4 * digits;
        return high == 0 ? units[0] >> 4 * (4 - digits) == read
            : units.Length == 2 && units[0] == high && units[1] >> 4 * (4 - digits) == (read & (1 << 4 * digits) - 1);
    });

    private NamePlace? Unit(int read)
    {
        var (high, unit) = (read >> 16, read & 0xFFFF);
        if (high == 0 && char.IsHighSurrogate((char)unit))
            return MayBe(4, unit) ? this with { Digits = 0, Value = unit } : null;
        var character = high == 0 ? unit : char.IsLowSurrogate((char)unit) ? char.ConvertToUtf32((char)high, (char)unit) : -1;
        return Rune.IsValid(character) ? At(Names.After(Node, Encoding.UTF8.GetBytes(new Rune(character).ToString()))) : null;
    }

    private NamePlace? At(int node) => node < 0 ? null : new NamePlace(Names, node);
}
