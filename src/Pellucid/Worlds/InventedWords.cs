using System.Text;

namespace Pellucid.Worlds;

/// <summary>
/// Text in which only what was read tells what comes next: every line invents a few words of two letters, no letter twice,
/// and says them over and over in random order. What followed a word's first letter before follows it again, at no fixed
/// distance: what induction heads are for (Olsson et al. 2022). The same seed writes the same text.
/// </summary>
public sealed class InventedWords(ulong seed)
{
    /// <summary>Letters of the alphabet, from <c>a</c> on.</summary>
    public const int Letters = 8;

    /// <summary>Words of a line's own.</summary>
    public const int Words = 3;

    /// <summary>Words that a line says.</summary>
    public const int Length = 120;

    /// <summary>So many lines.</summary>
    public string Text(int lines)
    {
        var text = new StringBuilder(lines * (2 * Length + 1));
        for (var line = 0; line < lines; line++)
            AddLine(text, new Chance(Chance.Start(seed, (ulong)line)));
        return text.ToString();
    }

    private static void AddLine(StringBuilder text, Chance chance)
    {
        Span<char> letters = stackalloc char[Letters];
        for (var i = 0; i < Letters; i++)
        {
            var other = chance.Next(i + 1); // a random order, from the inside out
            (letters[i], letters[other]) = (letters[other], (char)('a' + i));
        }
        for (var i = 0; i < Length; i++)
            text.Append(letters.Slice(2 * chance.Next(Words), 2));
        text.Append('\n');
    }
}
