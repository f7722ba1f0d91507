using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;

namespace Pellucid.Extensions.AI.Jinja;

/// <summary>
/// What values do in a template. They are null, bool, long, double, string, a list of values, or a dictionary of names to values.
/// </summary>
internal static class Values
{
    public static bool IsTrue(object? value) => value switch
    {
        null or false or 0L or 0.0 or "" => false,
        ICollection list => list.Count > 0,
        _ => true,
    };

    public static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        bool isTrue => isTrue ? "True" : "False",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => AsJson(value),
    };

    // With a blank after commas and colons, as Python writes it.
    private static string AsJson(object? value) => value switch
    {
        IDictionary<string, object?> names => $"{{{string.Join(", ", names.Select(pair => $"{AsJson(pair.Key)}: {AsJson(pair.Value)}"))}}}",
        IList list => $"[{string.Join(", ", list.Cast<object?>().Select(AsJson))}]",
        null => "null",
        bool isTrue => isTrue ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode((string)value)}\"",
    };

    public static new bool Equals(object? left, object? right) => (left, right) switch
    {
        (long or double, long or double) => Number(left) == Number(right),
        _ => object.Equals(left, right),
    };

    public static double Number(object? value) => value switch
    {
        long whole => whole,
        double number => number,
        bool isTrue => isTrue ? 1 : 0,
        _ => throw new InvalidDataException($"the chat template computes with '{Text(value)}', which is no number"),
    };

    public static object Compute(string sign, object? left, object? right) => (sign, left, right) switch
    {
        ("+", string a, string b) => a + b,
        ("+", IList a, IList b) => a.Cast<object?>().Concat(b.Cast<object?>()).ToList(),
        ("+" or "-" or "*" or "%" or "//", long a, long b) when sign is "+" or "-" or "*" || b != 0 => sign switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "//" => (long)Math.Floor((double)a / b),
            _ => (a % b + b) % b,
        },
        ("+", string or null, _) or ("+", _, string or null) => throw new InvalidDataException($"the chat template adds '{Text(left)}' and '{Text(right)}', which cannot be added"),
        ("+", _, _) => Number(left) + Number(right),
        ("-", _, _) => Number(left) - Number(right),
        ("*", _, _) => Number(left) * Number(right),
        ("/", _, _) => Number(left) / Number(right),
        _ => throw new InvalidDataException($"the chat template cannot compute {Text(left)} {sign} {Text(right)}"),
    };

    public static bool Compare(string sign, object? left, object? right)
    {
        if (sign is "==" or "!=")
            return Equals(left, right) == (sign == "==");
        var order = left is string a && right is string b ? string.CompareOrdinal(a, b) : Number(left).CompareTo(Number(right));
        return sign switch { "<" => order < 0, ">" => order > 0, "<=" => order <= 0, _ => order >= 0 };
    }

    public static bool Contains(object? whole, object? part) => whole switch
    {
        string text => text.Contains(Text(part), StringComparison.Ordinal),
        IDictionary<string, object?> names => names.ContainsKey(Text(part)),
        IEnumerable list => list.Cast<object?>().Any(item => Equals(item, part)),
        _ => false,
    };

    public static object? Item(object? whole, object? key) => (whole, key) switch
    {
        (IDictionary<string, object?> names, string name) => names.TryGetValue(name, out var value) ? value : null,
        (IList list, long at) => (at < 0 ? at + list.Count : at) is >= 0 and var index && index < list.Count ? list[(int)index] : null,
        (string text, long at) => (at < 0 ? at + text.Length : at) is >= 0 and var index && index < text.Length ? text[(int)index].ToString() : null,
        _ => null,
    };

    public static object? Slice(object? whole, object? from, object? to)
    {
        var count = whole is string text ? text.Length : whole is IList list ? list.Count : throw new InvalidDataException("the chat template cuts what is neither text nor list");
        int Place(object? value, int none) => value is long at ? (int)Math.Clamp(at < 0 ? at + count : at, 0, count) : none;
        var (first, last) = (Place(from, 0), Place(to, count));
        last = Math.Max(first, last);
        return whole is string characters ? characters[first..last] : ((IList)whole).Cast<object?>().Take(first..last).ToList();
    }

    /// <summary>Things to go through one by one.</summary>
    public static List<object?> Items(object? value) => value switch
    {
        null => [],
        string text => [.. text.Select(letter => (object?)letter.ToString())],
        IDictionary<string, object?> names => [.. names.Keys],
        IEnumerable list => [.. list.Cast<object?>()],
        _ => throw new InvalidDataException($"the chat template goes through '{Text(value)}', which has no items"),
    };

    public static bool Test(string name, object? value) => name switch
    {
        "defined" => value is not null,
        "undefined" or "none" => value is null,
        "string" => value is string,
        "mapping" => value is IDictionary<string, object?>,
        "sequence" or "iterable" => value is string or IEnumerable,
        "number" => value is long or double,
        "integer" => value is long,
        "boolean" => value is bool,
        "true" => value is true,
        "false" => value is false,
        "even" => value is long even && even % 2 == 0,
        "odd" => value is long odd && odd % 2 != 0,
        _ => throw new InvalidDataException($"the chat template uses the test '{name}', which is not known here"),
    };

    /// <summary>A filter <c>value | name(…)</c>, or a method <c>value.name(…)</c>.</summary>
    public static object? Apply(string name, object? value, IReadOnlyList<object?> arguments)
    {
        object? Argument(int index, object? none = null) => index < arguments.Count ? arguments[index] : none;
        char[] Blanks() => arguments.Count > 0 ? Text(arguments[0]).ToCharArray() : [' ', '\t', '\n', '\r', '\f', '\v'];
        return name switch
        {
            "trim" or "strip" => Text(value).Trim(Blanks()),
            "lstrip" => Text(value).TrimStart(Blanks()),
            "rstrip" => Text(value).TrimEnd(Blanks()),
            "upper" => Text(value).ToUpperInvariant(),
            "lower" => Text(value).ToLowerInvariant(),
            "capitalize" => Text(value) is { Length: > 0 } text ? char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant() : "",
            "title" => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(Text(value)),
            "replace" => Text(value).Replace(Text(Argument(0)), Text(Argument(1)), StringComparison.Ordinal),
            "startswith" => Text(value).StartsWith(Text(Argument(0)), StringComparison.Ordinal),
            "endswith" => Text(value).EndsWith(Text(Argument(0)), StringComparison.Ordinal),
            "split" => Text(value).Split(arguments.Count > 0 ? Text(arguments[0]) : null, arguments.Count > 0 ? StringSplitOptions.None : StringSplitOptions.RemoveEmptyEntries).Select(piece => (object?)piece).ToList(),
            "length" or "count" => value is string characters ? (long)characters.Length : Items(value).Count,
            "first" => Items(value).FirstOrDefault(),
            "last" => Items(value).LastOrDefault(),
            "list" => Items(value),
            "reverse" => Enumerable.Reverse(Items(value)).ToList(),
            "join" => string.Join(Text(Argument(0)), Items(value).Select(Text)),
            "default" or "d" => value is null || (IsTrue(Argument(1)) && !IsTrue(value)) ? Argument(0, "") : value,
            "string" => Text(value),
            "int" => value is long ? value : long.TryParse(Text(value), CultureInfo.InvariantCulture, out var whole) ? whole : Argument(0, 0L),
            "tojson" => AsJson(value),
            "safe" or "e" or "escape" => value,
            "items" => ((IDictionary<string, object?>?)value ?? new Dictionary<string, object?>()).Select(pair => (object?)new List<object?> { pair.Key, pair.Value }).ToList(),
            "keys" => Items(value),
            "get" => Item(value, Argument(0)) ?? Argument(1),
            _ => throw new InvalidDataException($"the chat template uses '{name}', which is not known here"),
        };
    }
}
