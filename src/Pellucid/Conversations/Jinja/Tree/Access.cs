using Pellucid.Conversations.Jinja.Library;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Tree;

/// <summary><c>a.b</c>: a method or part first, then what stands under that key.</summary>
internal sealed class AttributeOf(Expression whole, string name) : Expression
{
    protected override object Evaluate(Frame frame) => Attributes.Dotted(frame.Run, whole.Value(frame), name);
}

/// <summary><c>a[b]</c>: what stands under that key first, then a method or part.</summary>
internal sealed class ItemOf(Expression whole, Expression key) : Expression
{
    protected override object Evaluate(Frame frame) => Attributes.Bracketed(frame.Run, whole.Value(frame), key.Value(frame));
}

/// <summary><c>a[b:c:d]</c>.</summary>
internal sealed class SliceOf(Expression whole, Expression? start, Expression? stop, Expression? step) : Expression
{
    protected override object Evaluate(Frame frame)
    {
        var value = whole.Value(frame);
        var (from, to, by) = (Bound(start, frame), Bound(stop, frame), Bound(step, frame));
        return Items.Slice(value, from, to, by, frame.Run.Budget) ?? (whole is Dictionary ? Undefined.Part(value, "slice")
            : throw new TemplateError(value is DictionaryValue ? "unhashable type: 'slice'"
                : $"'{Kind.Of(value)}' object is not subscriptable"));
    }

    private static object Bound(Expression? bound, Frame frame) => bound?.Value(frame) ?? None.Value;
}

/// <summary>What stands between the brackets of a call.</summary>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Placed, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Spread, Expression? SpreadNamed)
{
    /// <summary>Nothing.</summary>
    public static ArgumentList Empty { get; } = new([], [], null, null);

    /// <summary>Their values.</summary>
    public Arguments Values(Frame frame)
    {
        if (Placed.Count == 0 && Named.Count == 0 && Spread is null && SpreadNamed is null)
            return Arguments.Empty;
        var placed = new List<object>(Placed.Count);
        foreach (var one in Placed)
            placed.Add(one.Value(frame));
        if (Spread is not null)
            placed.AddRange(Items.List(Spread.Value(frame), frame.Run.Budget));
        var named = new List<(string, object)>(Named.Count);
        foreach (var (name, value) in Named)
            named.Add((name, value.Value(frame)));
        if (SpreadNamed?.Value(frame) is { } more)
            named.AddRange(Pairs(more, named));
        return new Arguments(placed, named);
    }

    private static IEnumerable<(string, object)> Pairs(object more, List<(string Name, object)> named)
    {
        if (more is not DictionaryValue dictionary)
            throw new TemplateError($"argument after ** must be a mapping, not {Kind.Of(more)}");
        for (var i = 0; i < dictionary.Count; i++)
        {
            var name = Texts.TryPlain(dictionary.Keys[i]) ?? throw new TemplateError("keywords must be strings");
            yield return named.TrueForAll(one => one.Name != name) ? (name, dictionary.Values[i])
                : throw new TemplateError($"got multiple values for keyword argument '{name}'");
        }
    }
}

/// <summary><c>f(a, b=c)</c>.</summary>
internal sealed class Call(Expression function, ArgumentList arguments) : Expression
{
    protected override object Evaluate(Frame frame) => Invoke(frame, arguments.Values(frame));

    /// <summary>Calls it with the body of a <c>call</c> block as well.</summary>
    public object With(Frame frame, Callable caller)
    {
        var values = arguments.Values(frame);
        return Invoke(frame, values with { Named = [.. values.Named, ("caller", caller)] });
    }

    private object Invoke(Frame frame, Arguments values) => function.Value(frame) switch
    {
        Callable callable => callable.Call(frame.Run, values),
        LoopContext loop => loop.Call(frame.Run, values),
        Undefined undefined => throw undefined.Error(),
        var other => throw new TemplateError($"'{Kind.Of(other)}' object is not callable"),
    };
}

/// <summary><c>a|f(b)</c>; of a block, what it writes takes the place of <c>a</c>.</summary>
internal sealed class Filtered(Expression? value, string name, ArgumentList arguments) : Expression
{
    private readonly Function? _filter = Filters.Find(name);

    protected override object Evaluate(Frame frame) => Apply(frame, value!.Value(frame));

    /// <summary>Puts a text through this filter, and those before it.</summary>
    public object OfText(Frame frame, object text) => Apply(frame, value is Filtered inner ? inner.OfText(frame, text) : text);

    private object Apply(Frame frame, object input)
    {
        var filter = _filter ?? throw new TemplateError($"No filter named '{name}'.");
        var given = arguments.Values(frame);
        frame.Run.Budget.Look(input, given);
        return filter.Call(frame.Run, input, given);
    }
}

/// <summary><c>a is b</c>.</summary>
internal sealed class Tested(Expression value, string name, ArgumentList arguments) : Expression
{
    private readonly Function? _test = Tests.Find(name);

    protected override object Evaluate(Frame frame)
    {
        var input = value.Value(frame);
        var test = _test ?? throw new TemplateError($"No test named '{name}'.");
        var given = arguments.Values(frame);
        frame.Run.Budget.Look(input, given);
        return test.Call(frame.Run, input, given);
    }
}
