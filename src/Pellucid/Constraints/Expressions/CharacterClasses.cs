using System.Globalization;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Expressions;

/// <summary>Sets of characters that expressions call by a letter or a name, as ECMA-262 defines them.</summary>
internal static class CharacterClasses
{
    // To look through all of Unicode takes longer than to compile most expressions: it is done once, where one asks for a category.
    private static readonly Lazy<Dictionary<string, CodePoints>> Categories = new(FindCategories);

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
            "Alphabetic" or "Alpha" or "L" or "Letter" => wanted is "Alphabetic" or "Alpha" ? Of("L")!.Union(Of("Nl")!) : Of("L"),
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
            _ => Of(wanted),
        };
    }

    private static CodePoints? Of(string name) => Categories.Value.GetValueOrDefault(name);

    // By their short names and by the first letters of these.
    private static Dictionary<string, CodePoints> FindCategories()
    {
        var runs = new List<(int First, int Last, UnicodeCategory Category)>();
        foreach (var (first, last) in CodePoints.All.Ranges)
            for (var value = first; value <= last; value++)
                if (CharUnicodeInfo.GetUnicodeCategory(value) is var category && value > first && runs[^1].Category == category)
                    runs[^1] = runs[^1] with { Last = value };
                else
                    runs.Add((value, value, category));
        return runs.SelectMany(run => (string[])[ShortName(run.Category), ShortName(run.Category)[..1]], (run, name) => (run, name))
            .GroupBy(one => one.name).ToDictionary(set => set.Key,
                set => new CodePoints(set.Select(one => (one.run.First, one.run.Last))));
    }

    private static string ShortName(UnicodeCategory category) =>
        "LuLlLtLmLoMnMcMeNdNlNoZsZlZpCcCfCsCoPcPdPsPePiPfPoSmScSkSoCn".Substring(2 * (int)category, 2);
}
