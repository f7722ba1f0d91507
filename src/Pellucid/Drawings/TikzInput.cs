namespace Pellucid.Drawings;

/// <summary>
/// The stream of tokens with the file's own commands replaced by what they stand for, as TeX does it. What a hostile file can make
/// of it is bounded: tokens, loops, depth.
/// </summary>
internal sealed class TikzInput
{
    private const int MostTokens = 400_000, MostSteps = 10_000, Deepest = 50;

    private readonly Stack<IEnumerator<TikzToken>> _frames = new();
    private readonly Stack<TikzToken> _back = new();
    private readonly TikzScanner? _scanner;
    private readonly Spent _spent;

    /// <summary>Reads a file.</summary>
    public TikzInput(TikzScanner scanner) => (_scanner, _spent, Macros) = (scanner, new Spent(), new ScopedNames<TikzMacro>());

    private TikzInput(TikzInput outer, IEnumerable<TikzToken> tokens)
    {
        (_spent, Macros, Depth) = (outer._spent, outer.Macros, outer.Depth + outer._frames.Count + 1);
        Push(tokens, 0);
    }

    /// <summary>Commands that the file has defined.</summary>
    public ScopedNames<TikzMacro> Macros { get; }

    private int Depth { get; }

    /// <summary>The next token as it stands.</summary>
    public bool TryRaw(out TikzToken token)
    {
        if (_back.TryPop(out token))
            return true;
        while (_frames.TryPeek(out var frame))
        {
            if (frame.MoveNext())
            {
                token = frame.Current;
                if (++_spent.Tokens > MostTokens)
                    throw new TikzLimitException($"its commands become more than {MostTokens:N0} characters", token.At);
                return true;
            }
            _frames.Pop();
        }
        return _scanner is not null && _scanner.TryNext(out token);
    }

    /// <summary>The next token that no command of the file's own stands for.</summary>
    public bool TryNext(out TikzToken token)
    {
        while (TryRaw(out token))
        {
            if (token.Command is not { } name)
                return true;
            if (Macros[name] is { } macro)
                Expand(macro, token);
            else if (!IsCondition(token))
                return true;
        }
        return false;
    }

    // A condition may stand within a condition's numbers.
    private bool IsCondition(TikzToken token)
    {
        if (++_spent.Conditions > Deepest)
            throw new TikzLimitException($"conditions are nested more than {Deepest} deep", token.At);
        try
        {
            return TikzConditions.Take(this, token);
        }
        finally
        {
            _spent.Conditions--;
        }
    }

    /// <summary>Gives a token back, to be read again.</summary>
    public void Return(TikzToken token) => _back.Push(token);

    /// <summary>Tokens to be read next.</summary>
    public void Push(IEnumerable<TikzToken> tokens, int at)
    {
        if (_frames.Count + Depth >= Deepest)
            throw new TikzLimitException($"commands stand for commands more than {Deepest} deep", at);
        if (_back.Count > 0)
        {
            var back = _back.ToArray();
            _back.Clear();
            _frames.Push(((IEnumerable<TikzToken>)back).GetEnumerator());
        }
        _frames.Push(tokens.GetEnumerator());
    }

    /// <summary>One more turn of a loop.</summary>
    public void CountStep(int at)
    {
        if (++_spent.Steps > MostSteps)
            throw new TikzLimitException($"its loops take more than {MostSteps:N0} steps", at);
    }

    /// <summary>All that some tokens become.</summary>
    public List<TikzToken> Expanded(IEnumerable<TikzToken> tokens)
    {
        var (inner, all) = (new TikzInput(this, tokens), new List<TikzToken>());
        while (inner.TryNext(out var token))
            all.Add(token);
        return all;
    }

    /// <summary>What a command is given: what stands in braces, or one token.</summary>
    public List<TikzToken> Argument(int at)
    {
        if (!SkipSpace(out var token))
            throw new TikzException("something in braces is expected here", at);
        if (token.Is('}'))
        {
            Return(token);
            throw new TikzException("something in braces is expected before '}'", token.At);
        }
        return token.Is('{') ? Balanced('{', '}', token.At) : [token];
    }

    /// <summary>What stands in brackets, if they come next.</summary>
    public List<TikzToken>? Optional()
    {
        if (!SkipSpace(out var token))
            return null;
        if (token.Is('['))
            return Balanced('[', ']', token.At);
        Return(token);
        return null;
    }

    /// <summary>The next token that is no space.</summary>
    public bool SkipSpace(out TikzToken token)
    {
        while (TryRaw(out token))
            if (!token.IsSpace)
                return true;
        return false;
    }

    /// <summary>Tokens up to the bracket that closes one just read.</summary>
    public List<TikzToken> Balanced(char open, char close, int at)
    {
        var (tokens, depth, braces) = (new List<TikzToken>(), 1, 0);
        while (TryRaw(out var token))
        {
            if (open != '{' && (token.Is('{') || token.Is('}')))
                braces += token.Is('{') ? 1 : -1;
            else if (braces == 0)
                depth += token.Is(open) ? 1 : token.Is(close) ? -1 : 0;
            if (depth == 0)
                return tokens;
            tokens.Add(token);
        }
        throw new TikzException($"'{open}' has no '{close}'", at);
    }

    private void Expand(TikzMacro macro, TikzToken called)
    {
        var arguments = new List<IReadOnlyList<TikzToken>>();
        if (macro.Default is { } missing)
            arguments.Add(Optional() ?? missing);
        while (arguments.Count < macro.Parameters)
            arguments.Add(Argument(called.At));
        Push(Substituted(macro.Body, arguments), called.At);
    }

    /// <summary>Tokens with #1, #2, … replaced.</summary>
    public static IEnumerable<TikzToken> Substituted(IReadOnlyList<TikzToken> body, IReadOnlyList<IReadOnlyList<TikzToken>> arguments)
    {
        for (var i = 0; i < body.Count; i++)
            if (body[i].Is('#') && i + 1 < body.Count && body[i + 1].Character - '1' is var number
                && number >= 0 && number < arguments.Count)
            {
                foreach (var token in arguments[number])
                    yield return token;
                i++;
            }
            else
            {
                yield return body[i];
            }
    }

    private sealed class Spent
    {
        public int Tokens { get; set; }

        public int Steps { get; set; }

        public int Conditions { get; set; }
    }
}

/// <summary>A file asks for more than is given to one.</summary>
internal sealed class TikzLimitException(string message, int at) : Exception(message)
{
    public int At => at;
}
