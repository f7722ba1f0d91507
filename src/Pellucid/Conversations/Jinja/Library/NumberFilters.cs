using System.Globalization;
using System.Numerics;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Filters of numbers.</summary>
internal static class NumberFilters
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Function> All { get; } =
    [
        new("abs", "", (_, value, _) => Absolute(value)),
        new("int", "default base", (run, value, given) => Whole(run.Budget, value, (int)given.Index(1, 10)) ?? given.Or(0, 0L)),
        new("float", "default", (_, value, given) => Floating(value) ?? given.Or(0, 0.0)),
        new("round", "precision method", (_, value, given) => Round(value, (int)given.Index(0, 0), given.Text(1) ?? "common")),
        new("sum", "attribute start", Sum),
        new("filesizeformat", "binary",
            (_, value, given) => FileSize(Floating(value) ?? throw new TemplateError("filesizeformat needs a number"), given.IsTrue(0))),
    ];

    private static object Absolute(object value) => value is double number ? Math.Abs(number)
        : Numbers.Normal(BigInteger.Abs(
            Numbers.Whole(value) ?? throw new TemplateError($"bad operand type for abs(): '{Kind.Of(value)}'")));

    // A text that is no whole number may still be a float that is cut; null if it is neither.
    private static object? Whole(Budget budget, object value, int radix)
    {
        if (value is Undefined undefined)
            throw undefined.Error();
        if (Texts.TryPlain(value) is { } text)
            return Integers.Parse(text, radix, budget) ?? (Floats.Parse(text) is { } read && double.IsFinite(read) ? Cut(read) : null);
        return value is double number ? Cut(number) : Numbers.Whole(value) is { } whole ? Numbers.Normal(whole) : null;
    }

    private static object Cut(double number) => double.IsFinite(number) ? Numbers.Normal(new BigInteger(Math.Truncate(number)))
        : throw new TemplateError($"cannot convert float {(double.IsNaN(number) ? "NaN" : "infinity")} to integer");

    private static object? Floating(object value)
    {
        if (value is Undefined undefined)
            throw undefined.Error();
        return Texts.TryPlain(value) is { } text ? Floats.Parse(text) : Numbers.Is(value) ? Numbers.Float(value) : null;
    }

    private static object Round(object value, int precision, string method)
    {
        if (method is not ("common" or "ceil" or "floor"))
            throw new TemplateError("method must be common, ceil or floor");
        if (!Numbers.Is(value))
            throw new TemplateError($"type {Kind.Of(value)} doesn't define __round__ method");
        if (method == "common")
            return value is double number ? RoundFloat(number, precision) : RoundWhole(Numbers.Whole(value)!.Value, precision);
        var scale = Math.Pow(10, precision);
        var scaled = Numbers.Float(value) * scale;
        return (method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)) / scale;
    }

    private static double RoundFloat(double number, int precision)
    {
        if (!double.IsFinite(number) || precision > 400)
            return number;
        if (precision >= 0)
            return double.Parse(Floats.Fixed(number, precision), CultureInfo.InvariantCulture);
        return precision < -400 ? Math.CopySign(0, number)
            : (double)(BigInteger)Numbers.Whole(RoundWhole(new BigInteger(Math.Round(number)), precision))!;
    }

    private static object RoundWhole(BigInteger number, int precision)
    {
        if (precision >= 0)
            return Numbers.Normal(number);
        if (precision < -5000)
            return 0L;
        var unit = BigInteger.Pow(10, -precision);
        var rest = ((number % unit) + unit) % unit;
        var (below, twice) = (number - rest, rest * 2);
        var isUp = twice > unit || twice == unit && !(below / unit).IsEven;
        return Numbers.Normal(isUp ? below + unit : below);
    }

    private static object Sum(Run run, object value, Given given)
    {
        var sum = given.Or(1, 0L);
        var part = SelectFilters.Getter(run, given[0] is None ? null : given[0], null);
        foreach (var item in Items.Of(value))
        {
            run.Budget.Step();
            sum = Arithmetic.Add(sum, part(item), run.Budget);
        }
        return sum;
    }

    private static string FileSize(object size, bool isBinary)
    {
        var (bytes, unit) = ((double)size, isBinary ? 1024.0 : 1000.0);
        if (bytes < unit)
            return bytes == 1 ? "1 Byte" : $"{Floats.Fixed(Math.Truncate(bytes), 0)} Bytes";
        var prefixes = isBinary ? new[] { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB" }
            : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        var place = 0;
        while (place < prefixes.Length - 1 && bytes >= Math.Pow(unit, place + 2))
            place++;
        return $"{Floats.Fixed(bytes / Math.Pow(unit, place + 1), 1)} {prefixes[place]}";
    }
}
