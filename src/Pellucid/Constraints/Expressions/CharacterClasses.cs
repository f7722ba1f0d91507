using System.Globalization;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Expressions;

/// <summary>Sets of characters that expressions call by a letter or a name, as ECMA-262 defines them.</summary>
internal static class CharacterClasses
{
    public static CodePoints Digit { get; } = new(('0', '9'));

    public static CodePoints Word { get; } = new(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    public static CodePoints Space { get; } = new((9, 13), (' ', ' '), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
        (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF));

    /// <summary>What a point stands for: anything but the end of a line.</summary>
    public static CodePoints Point { get; } = new CodePoints(('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029)).Complement();

    /// <summary>The set of an escaped letter; null if it names none.</summary>
    public static CodePoints? Named(char letter) => letter switch
    {
        'd' => Digit,
        'D' => Digit.Complement(),
        'w' => Word,
        'W' => Word.Complement(),
        's' => Space,
        'S' => Space.Complement(),
        _ => null,
    };

    /// <summary>The characters of a general category, by its short or long name; null if there is none such.</summary>
    public static CodePoints? Category(string name)
    {
        var wanted = name.StartsWith("General_Category=", StringComparison.Ordinal) || name.StartsWith("gc=", StringComparison.Ordinal)
            ? name[(name.IndexOf('=') + 1)..] : name;
        return wanted switch
        {
            "Any" => CodePoints.All,
            "ASCII" => new CodePoints((0, 127)),
            "Alphabetic" or "Alpha" or "L" or "Letter" => Of("L", wanted is "Alphabetic" or "Alpha" ? "Nl" : null),
            "Letter_Number" => Of("Nl"),
            "Lowercase_Letter" => Of("Ll"),
            "Uppercase_Letter" => Of("Lu"),
            "Titlecase_Letter" => Of("Lt"),
            "Mark" => Of("M"),
            "Number" => Of("N"),
            "Decimal_Number" or "digit" => Of("Nd"),
            "Punctuation" or "punct" => Of("P"),
            "Symbol" => Of("S"),
            "Separator" => Of("Z"),
            "Space_Separator" => Of("Zs"),
            "Other" => Of("C"),
            "Control" or "cntrl" => Of("Cc"),
            _ when wanted.Length is 1 or 2 && Of(wanted) is { Ranges.Count: > 0 } set => set,
            _ => null,
        };
    }

    private static CodePoints Of(params string?[] names) =>
        CodePoints.Where((_, category) =>
            names.Any(name => name is not null && ShortName(category).StartsWith(name, StringComparison.Ordinal)));

    private static string ShortName(UnicodeCategory category) =>
        "LuLlLtLmLoMnMcMeNdNlNoZsZlZpCcCfCsCoPcPdPsPePiPfPoSmScSkSoCn".Substring(2 * (int)category, 2);
}
