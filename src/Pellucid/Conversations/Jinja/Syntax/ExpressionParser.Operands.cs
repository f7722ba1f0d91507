using Pellucid.Conversations.Jinja.Tree;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Syntax;

/// <summary>What operators stand between: words, numbers, texts, lists, and what follows them: parts, calls, filters and tests.</summary>
internal sealed partial class ExpressionParser
{
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
                throw new TemplateSyntaxError(token.Kind == TokenKind.Operator ? $"unexpected '{token.Text}'"
                    : $"Expected an expression, got '{token.Described}'", token.Line);
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
