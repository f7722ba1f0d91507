using System.Globalization;

namespace Pellucid.Extensions.AI.Jinja;

/// <summary>An expression, ready to be evaluated where names have values.</summary>
internal delegate object? Expression(Scope scope);

/// <summary>Reads expressions: what binds least comes first.</summary>
internal sealed class ExpressionParser(List<Token> tokens)
{
    private const int Deepest = 200;

    private int _at, _depth;

    public Token Next => tokens[_at];

    public Token Take() => tokens[_at].Kind == 'e' ? tokens[_at] : tokens[_at++];

    public bool TryTake(string text)
    {
        if (!Next.Is(text))
            return false;
        _at++;
        return true;
    }

    public void Expect(string text)
    {
        if (!TryTake(text))
            throw new InvalidDataException($"the chat template has '{Next.Text}' where '{text}' should be");
    }

    /// <summary>Refuses what follows.</summary>
    public void ExpectEnd()
    {
        if (Next.Kind != 'e')
            throw new InvalidDataException($"the chat template has '{Next.Text}' where nothing should follow");
    }

    /// <summary>An expression, with its choice: <c>a if b else c</c>.</summary>
    public Expression Read()
    {
        if (++_depth > Deepest)
            throw new InvalidDataException("the chat template is nested too deeply");
        var value = Or();
        if (TryTake("if"))
        {
            var condition = Or();
            Expression otherwise = TryTake("else") ? Read() : _ => null;
            var chosen = value;
            value = scope => Values.IsTrue(condition(scope)) ? chosen(scope) : otherwise(scope);
        }
        _depth--;
        return value;
    }

    /// <summary>What a loop goes through: an expression without a choice, for <c>if</c> there filters.</summary>
    public Expression Or()
    {
        var left = And();
        while (TryTake("or"))
        {
            var (a, b) = (left, And());
            left = scope => a(scope) is var value && Values.IsTrue(value) ? value : b(scope);
        }
        return left;
    }

    private Expression And()
    {
        var left = Not();
        while (TryTake("and"))
        {
            var (a, b) = (left, Not());
            left = scope => a(scope) is var value && !Values.IsTrue(value) ? value : b(scope);
        }
        return left;
    }

    private Expression Not()
    {
        var negations = 0;
        while (TryTake("not"))
            negations++;
        var value = Comparison();
        return negations == 0 ? value : scope => Values.IsTrue(value(scope)) == (negations % 2 == 0);
    }

    private Expression Comparison()
    {
        var left = Concatenation();
        while (true)
        {
            var a = left;
            if (Next.Kind == 'o' && Next.Text is "==" or "!=" or "<" or ">" or "<=" or ">=")
            {
                var (sign, b) = (Take().Text, Concatenation());
                left = scope => Values.Compare(sign, a(scope), b(scope));
            }
            else if (TryTake("in"))
            {
                var b = Concatenation();
                left = scope => Values.Contains(b(scope), a(scope));
            }
            else if (Next.Is("not") && tokens[_at + 1].Is("in"))
            {
                _at += 2;
                var b = Concatenation();
                left = scope => !Values.Contains(b(scope), a(scope));
            }
            else if (TryTake("is"))
            {
                var (isNegated, name) = (TryTake("not"), Take().Text);
                left = scope => Values.Test(name, a(scope)) != isNegated;
            }
            else
                return left;
        }
    }

    private Expression Concatenation()
    {
        var left = Sum();
        while (TryTake("~"))
        {
            var (a, b) = (left, Sum());
            left = scope => Values.Text(a(scope)) + Values.Text(b(scope));
        }
        return left;
    }

    private Expression Sum() => Chain(Product, "+", "-");

    private Expression Product() => Chain(Unary, "*", "/", "//", "%");

    private Expression Chain(Func<Expression> part, params string[] signs)
    {
        var left = part();
        while (Next.Kind == 'o' && signs.Contains(Next.Text))
        {
            var (a, sign, b) = (left, Take().Text, part());
            left = scope => Values.Compute(sign, a(scope), b(scope));
        }
        return left;
    }

    private Expression Unary()
    {
        if (!TryTake("-"))
            return Postfix();
        var value = Postfix();
        return scope => Values.Compute("-", 0L, value(scope));
    }

    private Expression Postfix()
    {
        var value = Primary();
        while (true)
        {
            var whole = value;
            if (TryTake("."))
            {
                var name = Take().Text;
                if (TryTake("("))
                {
                    var arguments = Arguments().Positional;
                    value = scope => Values.Apply(name, whole(scope), [.. arguments.Select(argument => argument(scope))]);
                }
                else
                    value = scope => Values.Item(whole(scope), name);
            }
            else if (TryTake("["))
                value = Index(whole);
            else if (TryTake("|"))
            {
                var name = Take().Text;
                var arguments = TryTake("(") ? Arguments().Positional : [];
                value = scope => Values.Apply(name, whole(scope), [.. arguments.Select(argument => argument(scope))]);
            }
            else
                return value;
        }
    }

    private Expression Index(Expression whole)
    {
        var first = Next.Is(":") ? _ => null : Read();
        if (!TryTake(":"))
        {
            Expect("]");
            return scope => Values.Item(whole(scope), first(scope));
        }
        var last = Next.Is("]") ? _ => null : Read();
        Expect("]");
        return scope => Values.Slice(whole(scope), first(scope), last(scope));
    }

    private Expression Primary()
    {
        var token = Take();
        switch (token)
        {
            case { Kind: 's' }:
                return _ => token.Text;
            case { Kind: '#' }:
                object number = token.Text.Contains('.', StringComparison.Ordinal) ? (object)double.Parse(token.Text, CultureInfo.InvariantCulture)
                    : long.TryParse(token.Text, CultureInfo.InvariantCulture, out var whole) ? whole : throw new InvalidDataException($"the chat template has the number {token.Text}, which is too large");
                return _ => number;
            case { Kind: 'n' }:
                return Name(token.Text);
            case { Text: "(" }:
                var inner = Read();
                Expect(")");
                return inner;
            case { Text: "[" }:
                var items = Until("]", Read);
                return scope => items.Select(item => item(scope)).ToList();
            case { Text: "{" }:
                var pairs = Until("}", () =>
                {
                    var key = Read();
                    Expect(":");
                    return (key, Read());
                });
                return scope => pairs.ToDictionary(pair => Values.Text(pair.key(scope)), pair => pair.Item2(scope));
            default:
                throw new InvalidDataException($"the chat template has '{token.Text}' where a value should be");
        }
    }

    private Expression Name(string name)
    {
        switch (name)
        {
            case "true" or "True":
                return _ => true;
            case "false" or "False":
                return _ => false;
            case "none" or "None":
                return _ => null;
        }
        if (!TryTake("("))
            return scope => scope[name];
        var (positional, named) = Arguments();
        return scope => scope.Call(name, [.. positional.Select(argument => argument(scope))], named.ToDictionary(pair => pair.Key, pair => pair.Value(scope)));
    }

    private (List<Expression> Positional, Dictionary<string, Expression> Named) Arguments()
    {
        var named = new Dictionary<string, Expression>();
        var all = Until(")", () =>
        {
            if (Next.Kind != 'n' || !tokens[_at + 1].Is("="))
                return Read();
            var name = Take().Text;
            Expect("=");
            named[name] = Read();
            return null;
        });
        return ([.. all.OfType<Expression>()], named);
    }

    private List<T> Until<T>(string close, Func<T> item)
    {
        var items = new List<T>();
        while (!TryTake(close))
        {
            items.Add(item());
            if (!Next.Is(close))
                Expect(",");
        }
        return items;
    }
}
