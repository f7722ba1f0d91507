using Pellucid.Conversations.Jinja.Tree;

namespace Pellucid.Conversations.Jinja.Syntax;

/// <summary>Reads a template: text, what prints, and statements.</summary>
internal sealed class StatementParser
{
    // Words that begin or divide the blocks which are known; a stray one is a mistake.
    private static readonly HashSet<string> Inner =
    [
        "elif", "else", "endif", "endfor", "endset", "endmacro", "endcall", "endfilter", "endwith", "endblock",
        "endautoescape", "endgeneration",
    ];

    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private readonly TargetParser _targets;
    private readonly Stack<(string Tag, string[] Ends)> _open = new();
    private int _loops;

    public StatementParser(IReadOnlyList<TemplateToken> tokens)
    {
        _tokens = new TokenStream(tokens);
        _expressions = new ExpressionParser(_tokens);
        _targets = new TargetParser(_tokens);
    }

    /// <summary>Blocks of the template.</summary>
    public List<Block> Blocks { get; } = [];

    /// <summary>The whole template.</summary>
    /// <exception cref="TemplateSyntaxError">It is none.</exception>
    public Body ReadTemplate() => ReadBody();

    // Up to one of the words that end the innermost block, which is taken with its tag's beginning.
    private Body ReadBody()
    {
        var statements = new List<Statement>();
        while (true)
        {
            var token = _tokens.Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new Data(token.Text, token.Line));
                    break;
                case TokenKind.VariableBegin:
                    statements.Add(new Print(_expressions.ReadTuple(), token.Line));
                    _tokens.Expect(TokenKind.VariableEnd);
                    break;
                case TokenKind.BlockBegin
                    when _open.TryPeek(out var block) && _tokens.Next.Kind == TokenKind.Name && block.Ends.Contains(_tokens.Next.Text):
                    return new Body(statements);
                case TokenKind.BlockBegin:
                    statements.Add(ReadStatement());
                    _tokens.Expect(TokenKind.BlockEnd);
                    break;
                case TokenKind.End when _open.TryPeek(out var block):
                    throw new TemplateSyntaxError($"Unexpected end of template. {Wanted(block)}", token.Line);
                case TokenKind.End:
                    return new Body(statements);
                default:
                    throw new TemplateSyntaxError($"unexpected '{token.Text}'", token.Line);
            }
        }
    }

    private static string Wanted((string Tag, string[] Ends) block) =>
        $"Jinja was looking for the following tags: {string.Join(" or ", block.Ends.Select(end => $"'{end}'"))}. "
            + $"The innermost block that needs to be closed is '{block.Tag}'.";

    // The inside of a block, after the end of the tag that begins it, and the word that ends it.
    private (Body Body, string End) ReadBlock(string tag, params string[] ends)
    {
        _tokens.Expect(TokenKind.BlockEnd);
        _tokens.Enter();
        _open.Push((tag, ends));
        var body = ReadBody();
        _open.Pop();
        _tokens.Leave();
        return (body, _tokens.Take().Text);
    }

    private Statement ReadStatement()
    {
        var token = _tokens.Next.Kind == TokenKind.Name ? _tokens.Take() : throw _tokens.Error("tag name expected");
        var line = token.Line;
        switch (token.Text)
        {
            case "if":
                return ReadIf(line);
            case "for":
                return ReadFor(line);
            case "set":
                return ReadSet(line);
            case "with":
                return ReadWith(line);
            case "macro":
                return ReadMacro(line);
            case "call":
                return ReadCall(line);
            case "block":
                return ReadNamedBlock(line);
            case "print":
                return new Print(_expressions.ReadTuple(), line);
            case "filter":
                return new FilterBlock(_expressions.ReadFilter(null, isFirstInline: true)!, ReadScope("filter"), line);
            case "generation":
                return new GenerationBlock(ReadScope("generation"), line);
            case "autoescape":
                return new AutoEscape(_expressions.Read(), ReadScope("autoescape"), line);
            case "break" or "continue":
                return _loops > 0 ? new Leap(token.Text == "break" ? Flow.Break : Flow.Continue, line)
                    : throw new TemplateSyntaxError($"'{token.Text}' outside loop", line);
            default:
                return ReadUnknown(token);
        }
    }

    private Body ReadScope(string tag)
    {
        // What these blocks write is kept apart: a loop around them cannot be left from inside.
        var loops = _loops;
        _loops = tag is "autoescape" ? _loops : 0;
        var body = ReadBlock(tag, "end" + tag).Body;
        _loops = loops;
        return body;
    }

    private If ReadIf(int line)
    {
        var (branches, otherwise) = (new List<(Expression, Body)>(), Body.Empty);
        string end;
        do
        {
            var condition = _expressions.ReadTuple(hasChoice: false);
            (var body, end) = ReadBlock("if", "elif", "else", "endif");
            branches.Add((condition, body));
        }
        while (end == "elif");
        if (end == "else")
            otherwise = ReadBlock("if", "endif").Body;
        return new If(branches, otherwise, line);
    }

    private For ReadFor(int line)
    {
        var target = _targets.Read(end: "in");
        _tokens.ExpectName("in");
        var items = _expressions.ReadTuple(hasChoice: false, end: "recursive");
        var condition = _tokens.TryTakeName("if") ? _expressions.Read() : null;
        var isRecursive = _tokens.TryTakeName("recursive");
        _loops++;
        var (body, end) = ReadBlock("for", "endfor", "else");
        _loops--;
        return new For(target, items, condition, isRecursive, body, end == "else" ? ReadBlock("for", "endfor").Body : Body.Empty, line);
    }

    private Statement ReadSet(int line)
    {
        var target = _targets.Read(hasFields: true);
        if (_loops > 0 && target is NameTarget { Word: "loop" })
            throw new TemplateSyntaxError("Can't assign to special loop variable in for-loop target", line);
        if (_tokens.TryTake("="))
            return new Set(target, _expressions.ReadTuple(), line);
        var filter = _expressions.ReadFilter(null, isFirstInline: _tokens.TryTake("|"));
        return new SetBlock(target, filter, ReadScope("set"), line);
    }

    private With ReadWith(int line)
    {
        var values = new List<(Target, Expression)>();
        while (_tokens.Next.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
                _tokens.Expect(",");
            var target = _targets.Read();
            _tokens.Expect("=");
            values.Add((target, _expressions.Read()));
        }
        return new With(values, ReadBlock("with", "endwith").Body, line);
    }

    private MacroStatement ReadMacro(int line)
    {
        var name = _tokens.Expect(TokenKind.Name).Text;
        return new MacroStatement(ReadSignature(name, "macro"), line);
    }

    private CallBlock ReadCall(int line)
    {
        var parameters = _tokens.Next.Is("(") ? ReadParameters() : [];
        var call = _expressions.Read() as Call ?? throw new TemplateSyntaxError("expected call", line);
        var words = _expressions.Listen();
        var body = ReadScope("call");
        _expressions.EndListening();
        return new CallBlock(new Signature("caller", parameters, body, words), call, line);
    }

    private Signature ReadSignature(string name, string tag)
    {
        var words = _expressions.Listen();
        var parameters = ReadParameters();
        var body = ReadScope(tag);
        _expressions.EndListening();
        return new Signature(name, parameters, body, words);
    }

    private List<(string, Expression?)> ReadParameters()
    {
        var parameters = new List<(string, Expression? Default)>();
        _tokens.Expect("(");
        while (!_tokens.Next.Is(")"))
        {
            if (parameters.Count > 0)
                _tokens.Expect(",");
            var name = _tokens.Expect(TokenKind.Name).Text;
            var value = _tokens.TryTake("=") ? _expressions.Read() : null;
            if (value is null && parameters.Exists(one => one.Default is not null))
                throw _tokens.Error("non-default argument follows default argument");
            parameters.Add((name, value));
        }
        _tokens.Expect(")");
        return parameters;
    }

    private Block ReadNamedBlock(int line)
    {
        var name = _tokens.Expect(TokenKind.Name).Text;
        var isScoped = _tokens.TryTakeName("scoped");
        if (Blocks.Exists(other => other.Name == name))
            throw new TemplateSyntaxError($"block '{name}' defined twice", line);
        var block = new Block(name, isScoped, ReadScope("block"), line);
        _tokens.TryTakeName(name);
        Blocks.Add(block);
        return block;
    }

    // Jinja would refuse the whole template; here it matters only if it is reached.
    private Refused ReadUnknown(TemplateToken tag)
    {
        if (Inner.Contains(tag.Text))
            throw new TemplateSyntaxError(
                $"Encountered unknown tag '{tag.Text}'." + (_open.TryPeek(out var block) ? " " + Wanted(block) : ""), tag.Line);
        while (_tokens.Next.Kind is not (TokenKind.BlockEnd or TokenKind.End))
            _tokens.Take();
        return new Refused(tag.Text is "include" or "import" or "from" or "extends"
            ? $"'{tag.Text}' needs other templates, and a chat template has none" : $"the tag '{tag.Text}' is not known", tag.Line);
    }
}
