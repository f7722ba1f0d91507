using System.Globalization;
using System.Numerics;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>How a value is laid out by a format such as <c>*&gt;+8,.2f</c>.</summary>
/// <param name="Fill">What fills the width.</param>
/// <param name="Align"><c>&lt;</c>, <c>&gt;</c>, <c>^</c> or <c>=</c>; none for what is usual.</param>
/// <param name="Sign"><c>+</c>, a space, or none.</param>
/// <param name="IsAlternate">Whether <c>#</c> was given: a prefix for other bases.</param>
/// <param name="Width">At least so many characters.</param>
/// <param name="Group">What separates thousands, or none.</param>
/// <param name="Precision">Decimals, significant digits, or characters of a text at most.</param>
/// <param name="Type">The letter at the end, or none.</param>
internal sealed record NumberFormat(string Fill, char Align, char Sign, bool IsAlternate, long Width, char Group, int? Precision, char Type)
{
    private const int MostPrecision = 10_000;

    /// <summary>Reads a format.</summary>
    public static NumberFormat Parse(string text)
    {
        var points = Texts.CodePoints(text).ToArray();
        var at = 0;
        char Next() => at < points.Length ? points[at][0] : '\0';
        char TakeIf(string set) => at < points.Length && set.Contains(points[at]) ? points[at++][0] : '\0';
        var (fill, align) = (" ", '\0');
        if (points.Length > 1 && "<>^=".Contains(points[1]))
            (fill, align, at) = (points[0], points[1][0], 2);
        else
            align = TakeIf("<>^=");
        var sign = TakeIf("+- ");
        var isAlternate = TakeIf("#") != '\0';
        if (align == '\0' && Next() == '0')
            (fill, align) = ("0", '=');
        var width = Digits(points, ref at) ?? 0;
        var group = TakeIf(",_");
        int? precision = null;
        if (TakeIf(".") != '\0')
            precision = (int)Math.Min(
                Digits(points, ref at) ?? throw new TemplateError("Format specifier missing precision"), int.MaxValue);
        if (precision > MostPrecision)
            throw new TemplateError($"a precision above {MostPrecision} is not supported");
        var type = Next();
        at += type == '\0' ? 0 : 1;
        return at == points.Length ? new NumberFormat(fill, align, sign, isAlternate, width, group, precision, type)
            : throw new TemplateError($"Invalid format specifier '{text}'");
    }

    private static long? Digits(string[] points, ref int at)
    {
        long? number = null;
        for (; at < points.Length && char.IsAsciiDigit(points[at][0]); at++)
            number = Math.Min((number ?? 0) * 10 + points[at][0] - '0', int.MaxValue);
        return number;
    }

    /// <summary>A value in this format.</summary>
    public string Of(object value, Budget budget)
    {
        if (Texts.TryPlain(value) is { } text)
            return Type is '\0' or 's' && Align != '='
                ? Padded("", Precision is { } most && most < Texts.Length(text) ? Texts.Part(text, 0, most) : text, '<', budget)
                : throw Unfit(value);
        if (!Numbers.Is(value))
            throw new TemplateError($"unsupported format string passed to {Kind.Of(value)}.__format__");
        if (value is bool && Type == '\0')
            return Padded("", Printing.Text(value), '<', budget);
        var digits = value is not double && Type is '\0' or 'd' or 'x' or 'X' or 'o' or 'b' or 'c' or 'n' ? Whole(value) : Floating(value);
        var isNegative = digits.StartsWith('-');
        digits = isNegative ? digits[1..] : digits;
        var front = isNegative ? "-" : Sign is '+' or ' ' ? $"{Sign}" : "";
        return Padded(front + (IsAlternate && Type is 'x' or 'X' or 'o' or 'b' && IsAlternate ? $"0{Type}" : ""),
            Group == '\0' ? digits : Grouped(digits), '>', budget);
    }

    private string Whole(object value)
    {
        if (Numbers.Whole(value) is not { } number || Precision is not null)
            throw Unfit(value);
        return Type switch
        {
            'x' => Integers.InBase(number, 16),
            'X' => Integers.InBase(number, 16).ToUpperInvariant(),
            'o' => Integers.InBase(number, 8),
            'b' => Integers.InBase(number, 2),
            'c' => number >= 0 && number <= 0x10ffff ? char.ConvertFromUtf32((int)number) : throw Unfit(value),
            _ => number.ToString(CultureInfo.InvariantCulture),
        };
    }

    private string Floating(object value)
    {
        var (number, precision) = (Numbers.Float(value), Precision ?? 6);
        return Type switch
        {
            'f' or 'F' => Floats.Fixed(number, precision),
            'e' => Floats.Scientific(number, precision),
            'E' => Floats.Scientific(number, precision).ToUpperInvariant(),
            'g' => Floats.General(number, precision, IsAlternate),
            'G' => Floats.General(number, precision, IsAlternate).ToUpperInvariant(),
            '%' => Floats.Fixed(number * 100, precision) + "%",
            '\0' when Precision is null => Floats.Text(number),
            '\0' => Floats.General(number, precision) is var text && text.AsSpan().IndexOfAny(".en") < 0 ? text + ".0"
                : Floats.General(number, precision),
            _ => throw Unfit(value),
        };
    }

    private TemplateError Unfit(object value) => new($"Unknown format code '{Type}' for object of type '{Kind.Of(value)}'");

    private string Grouped(string digits)
    {
        var end = digits.AsSpan().IndexOfAnyExcept("0123456789abcdefABCDEF") is >= 0 and var other ? other : digits.Length;
        var size = Type is 'x' or 'X' or 'o' or 'b' ? 4 : 3;
        for (var at = end - size; at > 0; at -= size)
            digits = digits.Insert(at, $"{Group}");
        return digits;
    }

    private string Padded(string front, string digits, char usual, Budget budget) => (Align == '\0' ? usual : Align) switch
    {
        '<' => Padding.Left(front + digits, Width, Fill, budget),
        '^' => Padding.CenterEvenly(front + digits, Width, Fill, budget),
        '=' => front + Padding.Right(digits, Width - front.Length, Fill, budget),
        _ => Padding.Right(front + digits, Width, Fill, budget),
    };
}
