using Pellucid.Conversations.Jinja.Tree;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Syntax;

/// <summary>Reads expressions: what binds least comes first.</summary>
internal sealed class ExpressionParser(TokenStream tokens)
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
        return items.Count > 0 || isBracketed ? new Sequence(items, isTuple: true) : throw tokens.Error($"Expected an expression, got '{tokens.Next.Described}'");
    }

    private bool EndsTuple(string? end) =>
        tokens.Next.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || tokens.Next.Is(")") || end is not null && tokens.Next.IsName(end);

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

    private Expression ReadPrimary()
    {
        var token = tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return Word(token.Text);
            case TokenKind.Text:
                var text = token.Text;
                while (tokens.Next.Kind == TokenKind.Text)
                    text += tokens.Take().Text;
                return new Literal(text);
            case TokenKind.Integer or TokenKind.Float:
                return new Literal(token.Number!);
            case TokenKind.Operator when token.Text == "(":
                var inside = ReadTuple(isBracketed: true);
                tokens.Expect(")");
                return inside;
            case TokenKind.Operator when token.Text == "[":
                return ReadList();
            case TokenKind.Operator when token.Text == "{":
                return ReadDictionary();
            default:
                throw new TemplateSyntaxError(token.Kind == TokenKind.Operator ? $"unexpected '{token.Text}'" : $"Expected an expression, got '{token.Described}'", token.Line);
        }
    }

    private Expression Word(string word)
    {
        foreach (var listener in _listeners)
            listener.Add(word);
        return word switch
        {
            "true" or "True" => new Literal(true),
            "false" or "False" => new Literal(false),
            "none" or "None" => new Literal(None.Value),
            _ => new Name(word),
        };
    }

    private Sequence ReadList()
    {
        var items = new List<Expression>();
        while (!tokens.Next.Is("]"))
        {
            if (items.Count > 0)
                tokens.Expect(",");
            if (tokens.Next.Is("]"))
                break;
            items.Add(Read());
        }
        tokens.Expect("]");
        return new Sequence(items, isTuple: false);
    }

    private Dictionary ReadDictionary()
    {
        var pairs = new List<(Expression, Expression)>();
        while (!tokens.Next.Is("}"))
        {
            if (pairs.Count > 0)
                tokens.Expect(",");
            if (tokens.Next.Is("}"))
                break;
            var key = Read();
            tokens.Expect(":");
            pairs.Add((key, Read()));
        }
        tokens.Expect("}");
        return new Dictionary(pairs);
    }

    private Expression ReadPostfix(Expression value)
    {
        while (true)
        {
            if (tokens.TryTake("."))
                value = ReadAttribute(value);
            else if (tokens.TryTake("["))
                value = ReadSubscript(value);
            else if (tokens.Next.Is("("))
                value = new Call(value, ReadArguments());
            else
                return value;
        }
    }

    private Expression ReadAttribute(Expression whole)
    {
        var token = tokens.Take();
        return token.Kind switch
        {
            TokenKind.Name => new AttributeOf(whole, token.Text),
            TokenKind.Integer => new ItemOf(whole, new Literal(token.Number!)),
            _ => throw new TemplateSyntaxError("expected name or number", token.Line),
        };
    }

    private Expression ReadSubscript(Expression whole)
    {
        var keys = new List<Expression>();
        Expression? slice = null;
        do
        {
            if (tokens.Next.Is("]") && keys.Count > 0)
                break;
            if (slice is not null || keys.Count > 0 && tokens.Next.Is(":"))
                throw tokens.Error("a slice among several keys is not supported");
            slice = ReadKey(whole, keys);
        }
        while (tokens.TryTake(","));
        tokens.Expect("]");
        return slice ?? new ItemOf(whole, keys.Count == 1 ? keys[0] : new Sequence(keys, isTuple: true));
    }

    // A key, or the slice that is there instead.
    private SliceOf? ReadKey(Expression whole, List<Expression> keys)
    {
        var start = tokens.Next.Is(":") ? null : Read();
        if (!tokens.TryTake(":"))
        {
            keys.Add(start!);
            return null;
        }
        var stop = EndsBound() ? null : Read();
        var step = tokens.TryTake(":") && !EndsBound() ? Read() : null;
        return new SliceOf(whole, start, stop, step);
    }

    private bool EndsBound() => tokens.Next.Is(":") || tokens.Next.Is("]") || tokens.Next.Is(",");

    /// <summary>What stands between the brackets of a call.</summary>
    public ArgumentList ReadArguments()
    {
        var (placed, named) = (new List<Expression>(), new List<(string, Expression)>());
        Expression? spread = null, spreadNamed = null;
        tokens.Expect("(");
        for (var isFirst = true; !tokens.Next.Is(")"); isFirst = false)
        {
            if (!isFirst)
                tokens.Expect(",");
            if (tokens.Next.Is(")"))
                break;
            if (spreadNamed is not null || spread is not null && tokens.Next.Is("*"))
                throw tokens.Error("invalid syntax for function call expression");
            if (tokens.TryTake("*"))
                spread = Read();
            else if (tokens.TryTake("**"))
                spreadNamed = Read();
            else if (tokens.Next.Kind == TokenKind.Name && tokens.AfterNext.Is("="))
                named.Add(ReadNamed(named));
            else if (spread is not null || named.Count > 0)
                throw tokens.Error("invalid syntax for function call expression");
            else
                placed.Add(Read());
        }
        tokens.Expect(")");
        return new ArgumentList(placed, named, spread, spreadNamed);
    }

    private (string, Expression) ReadNamed(List<(string Name, Expression)> before)
    {
        var name = tokens.Take().Text;
        if (before.Exists(one => one.Name == name))
            throw tokens.Error($"keyword argument repeated: {name}");
        tokens.Expect("=");
        return (name, Read());
    }

    private Expression ReadFilters(Expression value)
    {
        while (true)
        {
            if (tokens.Next.Is("|"))
                value = ReadFilter(value)!;
            else if (tokens.TryTakeName("is"))
                value = ReadTest(value);
            else if (tokens.Next.Is("("))
                value = new Call(value, ReadArguments());
            else
                return value;
        }
    }

    /// <summary>Filters, the first of which may stand without its line; null if there is none.</summary>
    public Filtered? ReadFilter(Expression? value, bool isFirstInline = false)
    {
        Filtered? filter = null;
        for (var isInline = isFirstInline; isInline || tokens.TryTake("|"); isInline = false)
        {
            var name = ReadDottedName();
            filter = new Filtered(filter ?? value, name, tokens.Next.Is("(") ? ReadArguments() : ArgumentList.Empty);
        }
        return filter;
    }

    private string ReadDottedName()
    {
        var name = tokens.Expect(TokenKind.Name).Text;
        while (tokens.TryTake("."))
            name += "." + tokens.Expect(TokenKind.Name).Text;
        return name;
    }

    private Expression ReadTest(Expression value)
    {
        var isNegated = tokens.TryTakeName("not");
        var name = ReadDottedName();
        var arguments = ArgumentList.Empty;
        if (tokens.Next.Is("("))
            arguments = ReadArguments();
        else if (tokens.Next.IsName("is"))
            throw tokens.Error("You cannot chain multiple tests with is");
        else if (tokens.Next.Kind is TokenKind.Text or TokenKind.Integer or TokenKind.Float || tokens.Next.Is("[") || tokens.Next.Is("{")
            || tokens.Next.Kind == TokenKind.Name && tokens.Next.Text is not ("else" or "or" or "and"))
        {
            tokens.Enter();
            arguments = new ArgumentList([ReadPostfix(ReadPrimary())], [], null, null);
            tokens.Leave();
        }
        Expression test = new Tested(value, name, arguments);
        return isNegated ? new Negation(test) : test;
    }
}
