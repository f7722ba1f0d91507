using System.Globalization;

namespace Pellucid.Drawings;

/// <summary>A number, or a length in TeX's points.</summary>
internal readonly record struct Quantity(double Value, bool IsLength);

/// <summary>Expressions as pgf's mathematics understands them: signs, functions in degrees, units.</summary>
internal sealed class Arithmetic
{
    /// <summary>TeX cannot hold a longer one.</summary>
    private const double Largest = 16384;

    private const int Deepest = 60;

    private static readonly Dictionary<string, double> Units = new()
    {
        ["pt"] = 1, ["cm"] = Point.Centimetre, ["mm"] = Point.Centimetre / 10, ["in"] = 72.27, ["bp"] = 1.00375, ["pc"] = 12,
        ["em"] = 10.00002, ["ex"] = 4.30554, ["sp"] = 1.0 / 65536, ["px"] = 1.00375,
    };

    private readonly TikzCursor _cursor;
    private int _depth;
    private bool _isLength;

    private Arithmetic(TikzSlice text) => _cursor = new TikzCursor(text);

    /// <summary>What an expression comes to.</summary>
    /// <exception cref="TikzException">It is none, or too large.</exception>
    public static Quantity Evaluate(TikzSlice text)
    {
        var arithmetic = new Arithmetic(text);
        var value = arithmetic.Choice();
        if (!arithmetic._cursor.IsAtEnd)
            throw arithmetic._cursor.Error($"'{Short(arithmetic._cursor.Rest)}' is not understood in a number");
        if (!(Math.Abs(value) <= Largest * (arithmetic._isLength ? 1 : 1e6)))
            throw text.Error($"'{Short(text)}' is {value.ToString("G6", CultureInfo.InvariantCulture)}, which TeX cannot hold");
        return new Quantity(value, arithmetic._isLength);
    }

    /// <summary>The start of a text, for a message.</summary>
    public static string Short(TikzSlice text) => text.ToString() is var all && all.Length > 40 ? all[..40] + "…" : all;

    private double Choice()
    {
        if (++_depth > Deepest)
            throw _cursor.Error("an expression is nested too deeply");
        var value = Comparison();
        if (_cursor.Take("?"))
        {
            var (yes, no) = (Choice(), _cursor.Take(":") ? Choice() : throw _cursor.Error("'?' has no ':'"));
            value = value != 0 ? yes : no;
        }
        _depth--;
        return value;
    }

    private double Comparison()
    {
        var value = Sum();
        while (true)
            if (_cursor.Take("=="))
                value = value == Sum() ? 1 : 0;
            else if (_cursor.Take("!="))
                value = value != Sum() ? 1 : 0;
            else if (_cursor.Take("<="))
                value = value <= Sum() ? 1 : 0;
            else if (_cursor.Take(">="))
                value = value >= Sum() ? 1 : 0;
            else if (_cursor.Take("<"))
                value = value < Sum() ? 1 : 0;
            else if (_cursor.Take(">"))
                value = value > Sum() ? 1 : 0;
            else if (_cursor.Take("&&"))
                value = (Sum() != 0) & (value != 0) ? 1 : 0;
            else if (_cursor.Take("||"))
                value = (Sum() != 0) | (value != 0) ? 1 : 0;
            else
                return value;
    }

    private double Sum()
    {
        var value = Product();
        while (true)
            if (_cursor.Take("+"))
                value += Product();
            else if (_cursor.Take("-"))
                value -= Product();
            else
                return value;
    }

    private double Product()
    {
        var value = Signed();
        while (true)
            if (_cursor.Take("*"))
                value *= Signed();
            else if (_cursor.Take("/"))
                value = Signed() is var by && by != 0 ? value / by : throw _cursor.Error("a division by zero");
            else
                return value;
    }

    private double Signed()
    {
        var negative = false;
        while (_cursor.Peek is '-' or '+')
            negative ^= _cursor.Take("-") || !_cursor.Take("+");
        var value = Value();
        while (_cursor.Take("^"))
            value = Math.Pow(value, _cursor.Take("-") ? -Value() : Value());
        return negative ? -value : value;
    }

    private double Value()
    {
        if (++_depth > Deepest)
            throw _cursor.Error("an expression is nested too deeply");
        var value = Operand();
        _depth--;
        return value;
    }

    private double Operand()
    {
        if (_cursor.Take("!"))
            return Value() == 0 ? 1 : 0;
        if (_cursor.Group('(', ')') is { } inside)
            return Part(inside);
        if (_cursor.Group('{', '}') is { } braces)
            return Part(braces);
        if (char.IsAsciiDigit(_cursor.Peek) || _cursor.Peek == '.')
            return Number();
        var start = _cursor.Rest;
        var name = _cursor.Word();
        if (name is "pi" or "e" or "true" or "false")
            return name switch { "pi" => Math.PI, "e" => Math.E, "true" => 1, _ => 0 };
        if (name is "rnd" or "rand" or "random")
            throw start.Error($"'{name}' draws random numbers, which would make another picture each time");
        if (name.Length == 0 || !char.IsLetter(name[0]))
            throw start.Error(name.Length == 0 ? "a number is expected here" : $"'{name}' is not understood in a number");
        while (char.IsAsciiDigit(_cursor.Peek))
            name += _cursor.Word(); // atan2, log10
        double[] values = _cursor.Group('(', ')') is { } given ? [.. given.Split(",").Select(Part)] : [Value()];
        return Functions.Of(name, values) ?? throw start.Error($"the function '{name}' of {values.Length} is not understood");
    }

    private double Part(TikzSlice text)
    {
        if (_depth > Deepest)
            throw text.Error("an expression is nested too deeply");
        var inner = new Arithmetic(text) { _depth = _depth + 1 };
        var value = inner.Choice();
        if (!inner._cursor.IsAtEnd)
            throw inner._cursor.Error($"'{Short(inner._cursor.Rest)}' is not understood in a number");
        _isLength |= inner._isLength;
        return value;
    }

    private double Number()
    {
        _cursor.SkipSpace();
        var rest = _cursor.Rest.Span;
        var length = 0;
        while (length < rest.Length && (char.IsAsciiDigit(rest[length]) || rest[length] == '.'))
            length++;
        if (length + 1 < rest.Length && rest[length] is 'e' or 'E' && (char.IsAsciiDigit(rest[length + 1])
            || length + 2 < rest.Length && rest[length + 1] is '-' or '+' && char.IsAsciiDigit(rest[length + 2])))
            for (length += 2; length < rest.Length && char.IsAsciiDigit(rest[length]);)
                length++;
        if (!double.TryParse(rest[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            throw _cursor.Error($"'{rest[..Math.Min(length, 40)]}' is no number");
        _cursor.Skip(length);
        foreach (var (unit, points) in Units)
            if (_cursor.TakeWord(unit))
            {
                _isLength = true;
                return value * points;
            }
        return _cursor.TakeWord("r") ? value * 180 / Math.PI : value;
    }

    private static class Functions
    {
        private const double Degree = Math.PI / 180;

        public static double? Of(string name, double[] x) => (name, x.Length) switch
        {
            ("sin", 1) => Math.Sin(x[0] * Degree),
            ("cos", 1) => Math.Cos(x[0] * Degree),
            ("tan", 1) => Math.Tan(x[0] * Degree),
            ("cot", 1) => 1 / Math.Tan(x[0] * Degree),
            ("asin", 1) => Math.Asin(x[0]) / Degree,
            ("acos", 1) => Math.Acos(x[0]) / Degree,
            ("atan", 1) => Math.Atan(x[0]) / Degree,
            ("atan2", 2) => Math.Atan2(x[0], x[1]) / Degree,
            ("sqrt", 1) => Math.Sqrt(x[0]),
            ("abs", 1) => Math.Abs(x[0]),
            ("exp", 1) => Math.Exp(x[0]),
            ("ln", 1) => Math.Log(x[0]),
            ("log10", 1) => Math.Log10(x[0]),
            ("log2", 1) => Math.Log2(x[0]),
            ("pow", 2) => Math.Pow(x[0], x[1]),
            ("floor", 1) => Math.Floor(x[0]),
            ("ceil", 1) => Math.Ceiling(x[0]),
            ("round", 1) => Math.Round(x[0], MidpointRounding.AwayFromZero),
            ("int", 1) => Math.Truncate(x[0]),
            ("frac", 1) => Math.Abs(x[0] - Math.Truncate(x[0])),
            ("sign", 1) => Math.Sign(x[0]),
            ("deg", 1) => x[0] / Degree,
            ("rad", 1) => x[0] * Degree,
            ("mod", 2) => x[0] % x[1],
            ("Mod", 2) => (x[0] % x[1] + x[1]) % x[1],
            ("div", 2) => Math.Truncate(x[0] / x[1]),
            ("min", > 0) => x.Min(),
            ("max", > 0) => x.Max(),
            ("veclen", 2) => Math.Sqrt(x[0] * x[0] + x[1] * x[1]),
            ("isodd", 1) => x[0] % 2 != 0 ? 1 : 0,
            ("iseven", 1) => x[0] % 2 == 0 ? 1 : 0,
            ("equal", 2) => x[0] == x[1] ? 1 : 0,
            ("ifthenelse", 3) => x[0] != 0 ? x[1] : x[2],
            _ => null,
        };
    }
}
