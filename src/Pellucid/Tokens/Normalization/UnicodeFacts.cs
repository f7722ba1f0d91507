using System.Globalization;

namespace Pellucid.Tokens.Normalization;

/// <summary>What Unicode says of characters that are the same as others, from the table beside this file.</summary>
internal sealed class UnicodeFacts
{
    /// <summary>Hangul syllables, which are composed by a rule.</summary>
    public const int Hangul = 0xAC00, HangulCount = 11172, Lead = 0x1100, Vowel = 0x1161, Trail = 0x11A7,
        Leads = 19, Vowels = 21, Trails = 28;

    private const string Name = "Pellucid.Tokens.Normalization.unicode.txt";

    // Beyond this plane there is nothing that normalization changes.
    private const int LastChanged = 0x2FFFF;

    private readonly Dictionary<int, int[]> _canonical = [], _compatible = [];
    private readonly Dictionary<int, int> _classes = [];
    private readonly Dictionary<(int, int), int> _compositions = [];

    private UnicodeFacts()
    {
        using var stream = typeof(UnicodeFacts).Assembly.GetManifestResourceStream(Name)!;
        using var reader = new StreamReader(stream);
        var never = new HashSet<int>();
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#')
                continue;
            var mark = line.AsSpan().IndexOfAny("=~:!");
            var character = Hexadecimal(line.AsSpan(0, mark));
            var rest = line.AsSpan(mark + 1);
            if (line[mark] == ':')
                _classes.Add(character, int.Parse(rest, CultureInfo.InvariantCulture));
            else if (line[mark] == '!')
                never.Add(character);
            else
                (line[mark] == '=' ? _canonical : _compatible).Add(character, Parts(rest));
        }
        foreach (var (character, parts) in _canonical)
            if (parts.Length == 2 && !never.Contains(character))
                _compositions.Add((parts[0], parts[1]), character);
    }

    /// <summary>The facts, read when first asked for.</summary>
    public static UnicodeFacts All => Holder.Facts;

    /// <summary>In which order a mark combines; 0 for what does not.</summary>
    public int Class(int character) => _classes.GetValueOrDefault(character);

    /// <summary>Adds what a character is made of, wholly taken apart.</summary>
    public void Decompose(int character, bool compatible, List<int> parts)
    {
        if (character - Hangul is >= 0 and < HangulCount and var syllable)
        {
            parts.Add(Lead + syllable / (Vowels * Trails));
            parts.Add(Vowel + syllable % (Vowels * Trails) / Trails);
            if (syllable % Trails > 0)
                parts.Add(Trail + syllable % Trails);
        }
        else if (_canonical.TryGetValue(character, out var inner) || (compatible && _compatible.TryGetValue(character, out inner)))
        {
            foreach (var part in inner)
                Decompose(part, compatible, parts);
        }
        else
        {
            parts.Add(character);
        }
    }

    /// <summary>The character that two make; null if there is none.</summary>
    public int? Compose(int first, int second)
    {
        if (first - Lead is >= 0 and < Leads and var lead && second - Vowel is >= 0 and < Vowels and var vowel)
            return Hangul + (lead * Vowels + vowel) * Trails;
        if (first - Hangul is >= 0 and < HangulCount and var syllable && syllable % Trails == 0
            && second - Trail is > 0 and < Trails and var trail)
            return first + trail;
        return _compositions.TryGetValue((first, second), out var both) ? both : null;
    }

    /// <summary>A truth for every character: whether it may change when text is brought into a form.</summary>
    public bool[] Changing(bool compatible, bool composed)
    {
        var changing = new bool[LastChanged + 1];
        foreach (var character in _classes.Keys)
            changing[character] = true;
        if (composed)
        {
            Array.Fill(changing, true, Vowel, Vowels);
            Array.Fill(changing, true, Trail, Trails);
            foreach (var (_, second) in _compositions.Keys)
                changing[second] = true;
        }
        else
        {
            Array.Fill(changing, true, Hangul, HangulCount);
        }
        foreach (var (character, parts) in _canonical)
            changing[character] |= !composed || compatible || parts.Length == 1
                || _compositions.GetValueOrDefault((parts[0], parts[1])) != character;
        if (compatible)
            foreach (var character in _compatible.Keys)
                changing[character] = true;
        return changing;
    }

    private static int[] Parts(ReadOnlySpan<char> text)
    {
        var parts = new List<int>();
        foreach (var part in text.Split(' '))
            parts.Add(Hexadecimal(text[part]));
        return [.. parts];
    }

    private static int Hexadecimal(ReadOnlySpan<char> text) =>
        int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static class Holder
    {
        public static readonly UnicodeFacts Facts = new();
    }
}
