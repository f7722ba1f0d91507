using System.Numerics;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>Operators between values, with Python's rules for kinds.</summary>
internal static class Arithmetic
{
    /// <summary><c>left + right</c>: numbers are added, texts, lists and tuples joined.</summary>
    public static object Add(object left, object right, Budget budget) => (left, right) switch
    {
        (long a, long b) when !Overflows(a, b) => a + b,
        (string a, string b) => Join(a, b, budget),
        (Markup a, _) when Texts.Is(right) => new Markup(Join(a.Text, Escaped(right), budget)),
        (string a, Markup b) => new Markup(Join(Markup.Escape(a), b.Text, budget)),
        (ListValue a, ListValue b) => new ListValue(Join(a.Items, b.Items, budget)),
        (TupleValue a, TupleValue b) => new TupleValue(Join(a.Items, b.Items, budget)),
        (string or ListValue or TupleValue, Undefined undefined) => throw undefined.Error(),
        (string or ListValue or TupleValue, _) =>
            throw new TemplateError($"can only concatenate {Kind.Of(left)} (not \"{Kind.Of(right)}\") to {Kind.Of(left)}"),
        _ => Compute("+", left, right, budget, static (a, b) => a + b, static (a, b) => a + b),
    };

    private static bool Overflows(long a, long b)
    {
        var sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0;
    }

    private static string Join(string left, string right, Budget budget)
    {
        budget.Text(0L + left.Length + right.Length);
        return left + right;
    }

    private static object[] Join(IReadOnlyList<object> left, IReadOnlyList<object> right, Budget budget)
    {
        budget.Step(0L + left.Count + right.Count);
        return [.. left, .. right];
    }

    /// <summary>A text with its escapes, whether it has them already or not.</summary>
    public static string Escaped(object text) => text is Markup markup ? markup.Text : Markup.Escape((string)text);

    /// <summary><c>left - right</c>.</summary>
    public static object Subtract(object left, object right, Budget budget) =>
        Compute("-", left, right, budget, static (a, b) => a - b, static (a, b) => a - b);

    /// <summary><c>left * right</c>: numbers are multiplied; texts, lists and tuples repeated.</summary>
    public static object Multiply(object left, object right, Budget budget)
    {
        if (Numbers.Whole(left) is not null && right is string or Markup or ListValue or TupleValue)
            (left, right) = (right, left);
        if (left is not (string or Markup or ListValue or TupleValue))
            return Compute("*", left, right, budget, static (a, b) => a * b, static (a, b) => a * b);
        if (right is Undefined undefined)
            throw undefined.Error();
        if (Numbers.Whole(right) is null)
            throw new TemplateError($"can't multiply sequence by non-int of type '{Kind.Of(right)}'");
        var times = (int)Math.Max(0, Numbers.Index(right));
        if (Texts.TryPlain(left) is { } text)
        {
            budget.Text((long)text.Length * times);
            return Texts.Like(left, string.Concat(Enumerable.Repeat(text, times)));
        }
        var items = left is ListValue list ? list.Items : ((TupleValue)left).Items;
        budget.Step((long)items.Count * times);
        object[] repeated = [.. Enumerable.Repeat(items, times).SelectMany(all => all)];
        return left is ListValue ? new ListValue(repeated) : new TupleValue(repeated);
    }

    /// <summary><c>left / right</c>, a float.</summary>
    public static object Divide(object left, object right, Budget budget)
    {
        CheckNumbers("/", left, right);
        var divisor = Numbers.Float(right);
        return divisor != 0 ? Numbers.Float(left) / divisor
            : throw new TemplateError(right is double || left is double ? "float division by zero" : "division by zero");
    }

    /// <summary><c>left // right</c>, rounded down.</summary>
    public static object FloorDivide(object left, object right, Budget budget)
    {
        CheckNumbers("//", left, right);
        CheckDivisor(right, left is double || right is double ? "float floor division by zero" : "integer division or modulo by zero");
        return Compute("//", left, right, budget, FloorDivide, static (a, b) => Math.Floor((a - FloatModulo(a, b)) / b + 0.0));
    }

    /// <summary><c>left % right</c>, with the sign of the right; of a text, what its marks stand for is put in.</summary>
    public static object Modulo(object left, object right, Budget budget)
    {
        if (Texts.Is(left))
            return Library.PercentFormat.Of(left, right, budget);
        CheckNumbers("%", left, right);
        CheckDivisor(right, left is double || right is double ? "float modulo" : "integer modulo by zero");
        return Compute("%", left, right, budget, static (a, b) => a - FloorDivide(a, b) * b, FloatModulo);
    }

    private static void CheckDivisor(object divisor, string complaint)
    {
        if (!Kind.IsTrue(divisor))
            throw new TemplateError(complaint);
    }

    private static BigInteger FloorDivide(BigInteger left, BigInteger right)
    {
        var quotient = BigInteger.DivRem(left, right, out var rest);
        return rest.IsZero || rest.Sign == right.Sign ? quotient : quotient - 1;
    }

    private static double FloatModulo(double left, double right)
    {
        var rest = left % right;
        return rest != 0 && rest < 0 != right < 0 ? rest + right : rest == 0 ? Math.CopySign(0, right) : rest;
    }

    /// <summary><c>left ** right</c>.</summary>
    public static object Power(object left, object right, Budget budget)
    {
        CheckNumbers("** or pow()", left, right);
        if (Numbers.Whole(left) is not { } number || Numbers.Whole(right) is not { } exponent || exponent.Sign < 0)
        {
            var (root, power) = (Numbers.Float(left), Numbers.Float(right));
            if (root == 0 && power < 0)
                throw new TemplateError("0.0 cannot be raised to a negative power");
            if (root < 0 && double.IsFinite(power) && !double.IsInteger(power))
                throw new TemplateError("a negative number to a broken power is a complex number, which is not supported");
            var result = Math.Pow(root, power);
            return !double.IsInfinity(result) || !double.IsFinite(root) || !double.IsFinite(power) ? result
                : throw new TemplateError("Numerical result out of range");
        }
        if (BigInteger.Abs(number) <= 1) // of which any power is at once there
            return Numbers.Normal(exponent.IsZero ? 1 : exponent.IsEven ? number * number : number);
        budget.Number((double)exponent * BigInteger.Log10(BigInteger.Abs(number)));
        return Numbers.Normal(BigInteger.Pow(number, (int)exponent));
    }

    /// <summary><c>-value</c>.</summary>
    public static object Negative(object value) => value switch
    {
        double number => -number,
        Undefined undefined => throw undefined.Error(),
        _ => Numbers.Normal(-(Numbers.Whole(value) ?? throw new TemplateError($"bad operand type for unary -: '{Kind.Of(value)}'"))),
    };

    /// <summary><c>+value</c>.</summary>
    public static object Positive(object value) => value switch
    {
        double number => number,
        Undefined undefined => throw undefined.Error(),
        _ => Numbers.Normal(Numbers.Whole(value) ?? throw new TemplateError($"bad operand type for unary +: '{Kind.Of(value)}'")),
    };

    private static object Compute(string sign, object left, object right, Budget budget, Func<BigInteger, BigInteger, BigInteger> whole,
        Func<double, double, double> floating)
    {
        CheckNumbers(sign, left, right);
        if (left is double || right is double)
            return floating(Numbers.Float(left), Numbers.Float(right));
        var result = whole(Numbers.Whole(left)!.Value, Numbers.Whole(right)!.Value);
        budget.Number(result.GetBitLength() * 0.30103);
        return Numbers.Normal(result);
    }

    private static void CheckNumbers(string sign, object left, object right)
    {
        if (Numbers.Is(left) && Numbers.Is(right))
            return;
        throw left is Undefined first ? first.Error() : right is Undefined second ? second.Error()
            : new TemplateError($"unsupported operand type(s) for {sign}: '{Kind.Of(left)}' and '{Kind.Of(right)}'");
    }
}
