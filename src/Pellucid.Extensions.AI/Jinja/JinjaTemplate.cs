using System.Text;

namespace Pellucid.Extensions.AI.Jinja;

/// <summary>
/// A chat template as model folders have them, in the part of Jinja that such templates use: <c>for</c>, <c>if</c>,
/// <c>set</c>, expressions, the common filters, tests and methods of strings. What else there is in Jinja is refused
/// when the template is read, or at the latest when it is used, with one sentence that names it.
/// </summary>
internal sealed class JinjaTemplate : ChatTemplate
{
    private readonly List<TemplatePart> _parts;
    private readonly IReadOnlyDictionary<string, object?> _specialTokens;
    private readonly Action<Scope> _body;
    private int _at;

    /// <summary>Reads a template.</summary>
    /// <param name="template">Its text.</param>
    /// <param name="specialTokens">Names such as <c>eos_token</c> and what they stand for.</param>
    /// <exception cref="InvalidDataException">It is damaged, or uses what is not known here.</exception>
    public JinjaTemplate(string template, IReadOnlyDictionary<string, object?> specialTokens)
    {
        (_parts, _specialTokens) = (TemplateTokens.Parts(template), specialTokens);
        _body = Block(0, out var end);
        if (end is not null)
            throw new InvalidDataException($"the chat template has '{end}' where nothing was begun");
    }

    /// <inheritdoc/>
    public override string Render(IReadOnlyList<ChatTurn> turns)
    {
        ArgumentNullException.ThrowIfNull(turns);
        var scope = new Scope(null, new StringBuilder())
        {
            ["messages"] = turns.Select(turn => (object?)new Dictionary<string, object?> { ["role"] = turn.Role, ["content"] = turn.Content }).ToList(),
            ["add_generation_prompt"] = true,
        };
        foreach (var (name, value) in _specialTokens)
            scope[name] = value;
        _body(scope);
        return scope.Output.ToString();
    }

    // Statements up to one that ends or divides the block they are in; that one is told.
    private Action<Scope> Block(int depth, out string? end)
    {
        if (depth > 100)
            throw new InvalidDataException("the chat template is nested too deeply");
        var statements = new List<Action<Scope>>();
        for (end = null; _at < _parts.Count;)
        {
            var (kind, content) = _parts[_at++];
            if (kind == PartKind.Text)
                statements.Add(scope => scope.Write(content));
            else if (kind == PartKind.Expression)
                statements.Add(Print(content));
            else if (Statement(content, depth) is { } statement)
                statements.Add(statement);
            else
            {
                end = content;
                break;
            }
        }
        return scope => statements.ForEach(statement => statement(scope));
    }

    private static Action<Scope> Print(string content)
    {
        var parser = new ExpressionParser(TemplateTokens.Tokens(content));
        var value = parser.Read();
        parser.ExpectEnd();
        return scope => scope.Write(Values.Text(value(scope)));
    }

    private Action<Scope>? Statement(string content, int depth)
    {
        var parser = new ExpressionParser(TemplateTokens.Tokens(content));
        switch (parser.Take().Text)
        {
            case "if":
                return If(parser, depth);
            case "for":
                return For(parser, depth);
            case "set":
                return Set(parser);
            case "elif" or "else" or "endif" or "endfor":
                return null;
            case "generation" or "endgeneration":
                return _ => { };
            default:
                throw new InvalidDataException($"the chat template uses the statement '{content.Split(' ')[0]}', which is not known here");
        }
    }

    private Action<Scope> If(ExpressionParser parser, int depth)
    {
        var condition = parser.Read();
        parser.ExpectEnd();
        var then = Block(depth + 1, out var end);
        Action<Scope> otherwise = _ => { };
        if (end == "else")
            otherwise = Block(depth + 1, out end);
        else if (end?.StartsWith("elif", StringComparison.Ordinal) ?? false)
        {
            var next = new ExpressionParser(TemplateTokens.Tokens(end));
            next.Take();
            otherwise = If(next, depth + 1);
            end = "endif";
        }
        if (end != "endif")
            throw new InvalidDataException("the chat template has an 'if' without 'endif'");
        return scope => (Values.IsTrue(condition(scope)) ? then : otherwise)(scope);
    }

    private Action<Scope> For(ExpressionParser parser, int depth)
    {
        var names = new List<string> { parser.Take().Text };
        while (parser.TryTake(","))
            names.Add(parser.Take().Text);
        parser.Expect("in");
        var items = parser.Or();
        var filter = parser.TryTake("if") ? parser.Read() : null;
        parser.ExpectEnd();
        var body = Block(depth + 1, out var end);
        var otherwise = end == "else" ? Block(depth + 1, out end) : _ => { };
        if (end != "endfor")
            throw new InvalidDataException("the chat template has a 'for' without 'endfor'");
        return outer =>
        {
            Scope Inside(object? item)
            {
                var scope = new Scope(outer, outer.Output);
                for (var i = 0; i < names.Count; i++)
                    scope[names[i]] = names.Count == 1 ? item : Values.Item(item, (long)i);
                return scope;
            }

            var scopes = Values.Items(items(outer)).Select(Inside).Where(scope => filter is null || Values.IsTrue(filter(scope))).ToList();
            for (var i = 0; i < scopes.Count; i++)
            {
                scopes[i]["loop"] = new Dictionary<string, object?>
                {
                    ["index"] = i + 1L, ["index0"] = (long)i, ["first"] = i == 0, ["last"] = i == scopes.Count - 1, ["length"] = (long)scopes.Count,
                    ["previtem"] = i > 0 ? scopes[i - 1][names[0]] : null, ["nextitem"] = i + 1 < scopes.Count ? scopes[i + 1][names[0]] : null,
                };
                body(scopes[i]);
            }
            if (scopes.Count == 0)
                otherwise(outer);
        };
    }

    private static Action<Scope> Set(ExpressionParser parser)
    {
        var name = parser.Take().Text;
        var field = parser.TryTake(".") ? parser.Take().Text : null;
        parser.Expect("=");
        var value = parser.Read();
        parser.ExpectEnd();
        return field is null ? scope => scope[name] = value(scope)
            : scope => ((scope[name] as Dictionary<string, object?>) ?? throw new InvalidDataException($"the chat template sets a field of '{name}', which has none"))[field] = value(scope);
    }
}
