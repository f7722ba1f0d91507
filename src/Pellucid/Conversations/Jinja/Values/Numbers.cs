using System.Numerics;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>Numbers as Python has them: whole ones of any size, floats, and truths, which count as 0 and 1.</summary>
internal static class Numbers
{
    /// <summary>Whether a value can be computed with.</summary>
    public static bool Is(object value) => value is long or double or bool or BigInteger;

    /// <summary>A whole number, or a truth as one; null for all others.</summary>
    public static BigInteger? Whole(object value) => value switch
    {
        long number => number,
        bool truth => truth ? 1 : 0,
        BigInteger number => number,
        _ => null,
    };

    /// <summary>A small whole number, or a truth as one; null for all others.</summary>
    public static long? Small(object value) => value switch
    {
        long number => number,
        bool truth => truth ? 1 : 0,
        _ => null,
    };

    /// <summary>A number as a float.</summary>
    public static double Float(object value) => value switch
    {
        double number => number,
        long number => number,
        bool truth => truth ? 1 : 0,
        BigInteger number => double.IsFinite((double)number) ? (double)number
            : throw new TemplateError("int too large to convert to float"),
        _ => throw new TemplateError($"must be real number, not {Kind.Of(value)}"),
    };

    /// <summary>A whole number in its usual form.</summary>
    public static object Normal(BigInteger number) => number >= long.MinValue && number <= long.MaxValue ? (long)number : number;

    /// <summary>An argument that must be a whole number; very large ones are cut to what an index can be.</summary>
    public static long Index(object value) => Whole(value) is { } number
        ? (long)BigInteger.Max(BigInteger.Min(number, int.MaxValue), int.MinValue)
        : throw (value is Undefined undefined ? undefined.Error()
            : new TemplateError($"'{Kind.Of(value)}' object cannot be interpreted as an integer"));

    /// <summary>Order of two numbers: below, at or above 0; null where one is no number at all (NaN).</summary>
    public static int? Compare(object left, object right)
    {
        if (left is long a && right is long b)
            return a.CompareTo(b);
        if (left is double x && right is double y)
            return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
        if (left is double first)
            return CompareMixed(first, Whole(right)!.Value);
        if (right is double second)
            return -CompareMixed(second, Whole(left)!.Value);
        return Whole(left)!.Value.CompareTo(Whole(right)!.Value);
    }

    // Exactly, beyond 2^53 too.
    private static int? CompareMixed(double number, BigInteger whole)
    {
        if (double.IsNaN(number))
            return null;
        if (double.IsInfinity(number))
            return double.IsPositive(number) ? 1 : -1;
        var floor = Math.Floor(number);
        var order = new BigInteger(floor).CompareTo(whole);
        return order == 0 && number > floor ? 1 : order;
    }
}
