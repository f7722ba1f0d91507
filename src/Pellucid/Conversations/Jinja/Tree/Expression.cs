using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Tree;

/// <summary>A part of a template that has a value.</summary>
internal abstract class Expression
{
    /// <summary>Its value where names have those of a frame.</summary>
    public object Value(Frame frame)
    {
        frame.Run.Budget.Step();
        Budget.CheckStack();
        return Evaluate(frame);
    }

    /// <summary>Whether its value is true.</summary>
    public bool IsTrue(Frame frame) => Kind.IsTrue(Value(frame));

    protected abstract object Evaluate(Frame frame);
}

/// <summary>A value as it is written.</summary>
internal sealed class Literal(object value) : Expression
{
    /// <summary>The value.</summary>
    public object Constant => value;

    protected override object Evaluate(Frame frame) => value;
}

/// <summary>A name.</summary>
internal sealed class Name(string name) : Expression
{
    /// <summary>How it is written.</summary>
    public string Word => name;

    protected override object Evaluate(Frame frame) => frame.Find(name) ?? Undefined.Name(name);
}

/// <summary><c>[a, b]</c> and <c>(a, b)</c>.</summary>
internal sealed class Sequence(IReadOnlyList<Expression> items, bool isTuple) : Expression
{
    /// <summary>What is inside.</summary>
    public IReadOnlyList<Expression> Items => items;

    /// <summary>Whether it is a tuple.</summary>
    public bool IsTuple => isTuple;

    protected override object Evaluate(Frame frame)
    {
        var values = new object[items.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = items[i].Value(frame);
        return isTuple ? new TupleValue(values) : new ListValue(values);
    }
}

/// <summary><c>{'a': b}</c>.</summary>
internal sealed class Dictionary(IReadOnlyList<(Expression Key, Expression Value)> pairs) : Expression
{
    protected override object Evaluate(Frame frame)
    {
        var dictionary = frame.Run.NewDictionary();
        foreach (var (key, value) in pairs)
            dictionary.Set(key.Value(frame), value.Value(frame));
        return dictionary;
    }
}

/// <summary><c>a if b else c</c>.</summary>
internal sealed class Choice(Expression condition, Expression chosen, Expression? otherwise) : Expression
{
    protected override object Evaluate(Frame frame) => condition.IsTrue(frame) ? chosen.Value(frame) : otherwise?.Value(frame)
        ?? new Undefined("the inline if-expression evaluated to false and no else section was defined.");
}

/// <summary><c>a and b</c>, <c>a or b</c>: the value that decides.</summary>
internal sealed class Junction(Expression left, Expression right, bool isAnd) : Expression
{
    protected override object Evaluate(Frame frame) =>
        left.Value(frame) is var value && Kind.IsTrue(value) == isAnd ? right.Value(frame) : value;
}

/// <summary><c>not a</c>.</summary>
internal sealed class Negation(Expression operand) : Expression
{
    protected override object Evaluate(Frame frame) => !operand.IsTrue(frame);
}

/// <summary><c>-a</c>, <c>+a</c>.</summary>
internal sealed class Sign(Expression operand, bool isMinus) : Expression
{
    protected override object Evaluate(Frame frame) =>
        isMinus ? Arithmetic.Negative(operand.Value(frame)) : Arithmetic.Positive(operand.Value(frame));
}

/// <summary><c>a + b</c> and its like.</summary>
internal sealed class Computation(string sign, Expression left, Expression right) : Expression
{
    private readonly Func<object, object, Budget, object> _compute = sign switch
    {
        "+" => Arithmetic.Add,
        "-" => Arithmetic.Subtract,
        "*" => Arithmetic.Multiply,
        "/" => Arithmetic.Divide,
        "//" => Arithmetic.FloorDivide,
        "%" => Arithmetic.Modulo,
        _ => Arithmetic.Power,
    };

    protected override object Evaluate(Frame frame) => _compute(left.Value(frame), right.Value(frame), frame.Run.Budget);
}

/// <summary><c>a ~ b ~ c</c>: as texts, one behind the other.</summary>
internal sealed class Concatenation(IReadOnlyList<Expression> parts) : Expression
{
    protected override object Evaluate(Frame frame)
    {
        var (budget, texts) = (frame.Run.Budget, new string[parts.Count]);
        for (var i = 0; i < texts.Length; i++)
            texts[i] = frame.Run.Escapes ? Arithmetic.Escaped(Texts.Soft(parts[i].Value(frame), budget))
                : Printing.Text(parts[i].Value(frame), budget);
        budget.Text(texts.Sum(text => (long)text.Length));
        return frame.Run.Escapes ? new Markup(string.Concat(texts)) : string.Concat(texts);
    }
}

/// <summary><c>a &lt; b in c</c>: each with the next, as long as they hold.</summary>
internal sealed class Comparison(Expression first, IReadOnlyList<(string Sign, Expression Operand)> others) : Expression
{
    protected override object Evaluate(Frame frame)
    {
        var left = first.Value(frame);
        foreach (var (sign, operand) in others)
        {
            var right = operand.Value(frame);
            if (!Holds(frame.Run, sign, left, right))
                return false;
            left = right;
        }
        return true;
    }

    private static bool Holds(Run run, string sign, object left, object right) => sign switch
    {
        "==" => run.Equality.Equals(left, right),
        "!=" => !run.Equality.Equals(left, right),
        "in" => Items.Contains(right, left, run.Equality, run.Budget),
        "not in" => !Items.Contains(right, left, run.Equality, run.Budget),
        _ => run.Ordering.Holds(sign, left, right),
    };
}
