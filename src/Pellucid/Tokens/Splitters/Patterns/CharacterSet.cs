using System.Text;

namespace Pellucid.Tokens.Splitters.Patterns;

/// <summary>A set of characters: ranges, Unicode's categories, white space, or all but those.</summary>
internal sealed class CharacterSet
{
    private const int Ascii = 128;

    private readonly List<(int First, int Last)> _ranges = [];
    private readonly bool[] _ascii = new bool[Ascii];
    private uint _categories;
    private bool _hasOthers, _space, _noSpace, _isNegated;

    /// <summary>Whether a character is in the set; −1 is a byte that is not UTF-8, which has no category and is no white space.</summary>
    public bool Contains(int character) => (uint)character < Ascii ? _ascii[character] : Find(character);

    /// <summary>Adds characters from one to another.</summary>
    public void Add(int first, int last) => _ranges.Add((first, last));

    /// <summary>Adds the characters of categories, one bit each, or all others.</summary>
    public void AddCategories(uint mask, bool others)
    {
        _categories |= others ? ~mask : mask;
        _hasOthers |= others;
    }

    /// <summary>Adds white space, or all others.</summary>
    public void AddSpace(bool others) => (_space, _noSpace) = (_space || !others, _noSpace || others);

    /// <summary>Ends the set; nothing may be added after it.</summary>
    /// <param name="isNegated">Whether it is of all but what was added.</param>
    /// <param name="anyCase">Whether capitals and small letters are one.</param>
    public CharacterSet Close(bool isNegated, bool anyCase)
    {
        _isNegated = isNegated;
        if (anyCase)
            AddOtherCases();
        for (var character = 0; character < Ascii; character++)
            _ascii[character] = Find(character);
        return this;
    }

    // Letters of ASCII, and the two from beyond that are the same as one of them: the long s and the sign for kelvin.
    private void AddOtherCases()
    {
        foreach (var (first, last) in _ranges.ToArray())
            for (var character = Math.Max('A', first); character <= Math.Min('z', last); character++)
                if (char.IsAsciiLetter((char)character))
                {
                    Add(character ^ 0x20, character ^ 0x20);
                    if ((character | 0x20) is 's' or 'k')
                        Add((character | 0x20) == 's' ? 0x17F : 0x212A, (character | 0x20) == 's' ? 0x17F : 0x212A);
                }
    }

    private bool Find(int character)
    {
        foreach (var (first, last) in _ranges)
            if (character >= first && character <= last)
                return !_isNegated;
        if (character < 0)
            return (_hasOthers || _noSpace) != _isNegated;
        var rune = new Rune(character);
        if ((_space || _noSpace) && (Rune.IsWhiteSpace(rune) ? _space : _noSpace))
            return !_isNegated;
        var category = 1u << (int)Rune.GetUnicodeCategory(rune);
        return ((_categories & category) != 0) != _isNegated;
    }

    /// <summary>Bits of the categories that a name stands for; 0 if there is none of that name.</summary>
    public static uint Categories(string name) => name switch
    {
        "L" => Categories("Lu") | Categories("Ll") | Categories("Lt") | Categories("Lm") | Categories("Lo"),
        "M" => Categories("Mn") | Categories("Mc") | Categories("Me"),
        "N" => Categories("Nd") | Categories("Nl") | Categories("No"),
        "P" => Categories("Pc") | Categories("Pd") | Categories("Ps") | Categories("Pe") | Categories("Pi")
            | Categories("Pf") | Categories("Po"),
        "S" => Categories("Sm") | Categories("Sc") | Categories("Sk") | Categories("So"),
        "Z" => Categories("Zs") | Categories("Zl") | Categories("Zp"),
        "C" => Categories("Cc") | Categories("Cf") | Categories("Cs") | Categories("Co") | Categories("Cn"),
        _ => Array.IndexOf(Names, name) is >= 0 and var index ? 1u << index : 0,
    };

    // In the order of .NET's UnicodeCategory.
    private static readonly string[] Names =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc",
        "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "Sm", "Sc", "Sk", "So", "Cn",
    ];
}
