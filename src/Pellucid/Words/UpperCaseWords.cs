using System.Text;

namespace Pellucid.Words;

/// <summary>The first words of a list without regard to the case of ASCII letters:
/// of several that are then the same, the first one is found.</summary>
internal sealed class UpperCaseWords
{
    private readonly WordList _upper = new();
    private readonly List<int> _first = [];
    private readonly int[] _number;

    public UpperCaseWords(WordList words, int count)
    {
        _number = new int[count];
        for (var word = 0; word < count; word++)
        {
            _number[word] = _upper.FindOrAdd(Upper(words[word]));
            if (_number[word] == _first.Count)
                _first.Add(word);
        }
    }

    /// <summary>Number of the first such word, or −1.</summary>
    public int Find(string word) => _upper.Find(Upper(Encoding.UTF8.GetBytes(word))) is >= 0 and var number ? _first[number] : -1;

    /// <summary>Whether two words differ in case at most.</summary>
    public bool Same(int first, int second) => _number[first] == _number[second];

    private static byte[] Upper(ReadOnlySpan<byte> word)
    {
        var upper = word.ToArray();
        foreach (ref var value in upper.AsSpan())
            if (value is >= (byte)'a' and <= (byte)'z')
                value -= 32;
        return upper;
    }
}
