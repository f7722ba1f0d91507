using System.Collections.Frozen;
using System.Numerics;
using System.Text;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>What follows <c>is</c>.</summary>
internal static class Tests
{
    private static readonly FrozenDictionary<string, Function> All = Attributes.ByName(
    [
        Test("defined", value => value is not Undefined),
        Test("undefined", value => value is Undefined),
        Test("none", value => value is None),
        Test("boolean", value => value is bool),
        Test("true", value => value is true),
        Test("false", value => value is false),
        Test("integer", value => value is long or BigInteger),
        Test("float", value => value is double),
        Test("number", Numbers.Is),
        Test("string", Texts.Is),
        Test("mapping", value => value is DictionaryValue),
        Test("sequence",
            value => value is string or Markup or ListValue or TupleValue or DictionaryValue or RangeValue or BytesValue or Undefined),
        Test("iterable", Items.Has),
        Test("callable", value => value is Callable or Undefined or LoopContext),
        Test("escaped", value => value is Markup),
        new("odd", "", (run, value, _) => run.Equality.Equals(Arithmetic.Modulo(value, 2L, run.Budget), 1L)),
        new("even", "", (run, value, _) => run.Equality.Equals(Arithmetic.Modulo(value, 2L, run.Budget), 0L)),
        new("divisibleby", "num*", (run, value, given) => run.Equality.Equals(Arithmetic.Modulo(value, given[0]!, run.Budget), 0L)),
        new("upper", "", (run, value, _) => IsCased(Printing.Text(value, run.Budget), Rune.IsUpper, Rune.IsLower)),
        new("lower", "", (run, value, _) => IsCased(Printing.Text(value, run.Budget), Rune.IsLower, Rune.IsUpper)),
        new("sameas", "other*", (run, value, given) => IsSame(run, value, given[0]!)),
        new("in", "seq*", (run, value, given) => Items.Contains(given[0]!, value, run.Equality, run.Budget)),
        new("filter", "", (_, value, _) => Texts.TryPlain(value) is { } name && Filters.Find(name) is not null),
        new("test", "", (_, value, _) => Texts.TryPlain(value) is { } name && Find(name) is not null),
        .. Compared("==", "==", "eq", "equalto"),
        .. Compared("!=", "!=", "ne"),
        .. Compared("<", "<", "lt", "lessthan"),
        .. Compared("<=", "<=", "le"),
        .. Compared(">", ">", "gt", "greaterthan"),
        .. Compared(">=", ">=", "ge"),
    ]);

    /// <summary>A test by its name.</summary>
    public static Function? Find(string name) => All.GetValueOrDefault(name);

    private static Function Test(string name, Func<object, bool> body) => new(name, "", (_, value, _) => body(value));

    private static IEnumerable<Function> Compared(string sign, params string[] names) =>
        names.Select(name => new Function(name, "other*", (run, value, given) => sign switch
        {
            "==" => run.Equality.Equals(value, given[0]),
            "!=" => !run.Equality.Equals(value, given[0]),
            _ => run.Ordering.Holds(sign, value, given[0]!),
        }));

    // Some letter is of that case, and none of the other.
    private static bool IsCased(string text, Func<Rune, bool> wanted, Func<Rune, bool> other) =>
        text.EnumerateRunes().Any(wanted) && !text.EnumerateRunes().Any(other);

    // Equal small values are the same object in Python, too.
    private static bool IsSame(Run run, object left, object right) => ReferenceEquals(left, right)
        || left.GetType() == right.GetType() && left is bool or long or string && run.Equality.Equals(left, right);
}
