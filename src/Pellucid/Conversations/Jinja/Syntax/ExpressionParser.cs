using Pellucid.Conversations.Jinja.Tree;

namespace Pellucid.Conversations.Jinja.Syntax;

/// <summary>Reads expressions: what binds least comes first.</summary>
internal sealed partial class ExpressionParser(TokenStream tokens)
{
    private readonly List<HashSet<string>> _listeners = [];

    /// <summary>Begins to note which names are used.</summary>
    public HashSet<string> Listen()
    {
        _listeners.Add([]);
        return _listeners[^1];
    }

    /// <summary>Ends what was begun last.</summary>
    public void EndListening() => _listeners.RemoveAt(_listeners.Count - 1);

    /// <summary>An expression, with its choice: <c>a if b else c</c>.</summary>
    public Expression Read(bool hasChoice = true)
    {
        tokens.Enter();
        var value = ReadOr();
        while (hasChoice && tokens.TryTakeName("if"))
        {
            var condition = ReadOr();
            value = new Choice(condition, value, tokens.TryTakeName("else") ? Read() : null);
        }
        tokens.Leave();
        return value;
    }

    /// <summary>An expression, or several with commas between them, which are a tuple.</summary>
    /// <param name="hasChoice">Whether <c>if</c> belongs to it.</param>
    /// <param name="end">A word that ends it.</param>
    /// <param name="isBracketed">Whether it stands in parentheses, which may be empty.</param>
    public Expression ReadTuple(bool hasChoice = true, string? end = null, bool isBracketed = false)
    {
        var (items, isTuple) = (new List<Expression>(), false);
        while (!EndsTuple(end))
        {
            items.Add(Read(hasChoice));
            if (!tokens.TryTake(","))
                break;
            isTuple = true;
        }
        if (!isTuple && items.Count == 1)
            return items[0];
        return items.Count > 0 || isBracketed ? new Sequence(items, isTuple: true)
            : throw tokens.Error($"Expected an expression, got '{tokens.Next.Described}'");
    }

    private bool EndsTuple(string? end) =>
        tokens.Next.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || tokens.Next.Is(")")
            || end is not null && tokens.Next.IsName(end);

    private Expression ReadOr()
    {
        var left = ReadAnd();
        while (tokens.TryTakeName("or"))
            left = new Junction(left, ReadAnd(), isAnd: false);
        return left;
    }

    private Expression ReadAnd()
    {
        var left = ReadNot();
        while (tokens.TryTakeName("and"))
            left = new Junction(left, ReadNot(), isAnd: true);
        return left;
    }

    private Expression ReadNot()
    {
        if (!tokens.TryTakeName("not"))
            return ReadComparison();
        tokens.Enter();
        var negation = new Negation(ReadNot());
        tokens.Leave();
        return negation;
    }

    private Expression ReadComparison()
    {
        var first = ReadSum();
        var others = new List<(string, Expression)>();
        while (ComparisonSign() is { } sign)
            others.Add((sign, ReadSum()));
        return others.Count > 0 ? new Comparison(first, others) : first;
    }

    private string? ComparisonSign()
    {
        if (tokens.Next is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" })
            return tokens.Take().Text;
        if (tokens.TryTakeName("in"))
            return "in";
        if (!tokens.Next.IsName("not") || !tokens.AfterNext.IsName("in"))
            return null;
        tokens.Take();
        tokens.Take();
        return "not in";
    }

    private Expression ReadSum() => ReadChain(ReadConcatenation, "+", "-");

    private Expression ReadConcatenation()
    {
        var parts = new List<Expression> { ReadProduct() };
        while (tokens.TryTake("~"))
            parts.Add(ReadProduct());
        return parts.Count > 1 ? new Concatenation(parts) : parts[0];
    }

    private Expression ReadProduct() => ReadChain(ReadPower, "*", "/", "//", "%");

    // From left to right, other than in Python.
    private Expression ReadPower() => ReadChain(() => ReadSigned(), "**");

    private Expression ReadChain(Func<Expression> operand, params ReadOnlySpan<string> signs)
    {
        var left = operand();
        while (tokens.Next.Kind == TokenKind.Operator && signs.Contains(tokens.Next.Text))
            left = new Computation(tokens.Take().Text, left, operand());
        return left;
    }

    private Expression ReadSigned(bool hasFilters = true)
    {
        Expression value;
        if (tokens.Next.Is("-") || tokens.Next.Is("+"))
        {
            tokens.Enter();
            var isMinus = tokens.Take().Text == "-";
            value = new Sign(ReadSigned(hasFilters: false), isMinus);
            tokens.Leave();
        }
        else
            value = ReadPrimary();
        value = ReadPostfix(value);
        return hasFilters ? ReadFilters(value) : value;
    }
}
