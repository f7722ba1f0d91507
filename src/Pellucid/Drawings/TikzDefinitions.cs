namespace Pellucid.Drawings;

/// <summary>Commands that draw nothing: they give names, or are known to change nothing of a picture.</summary>
internal sealed class TikzDefinitions(TikzContext context, TikzOptions options, HashSet<int> statements)
{
    // Of documents and packages, with how many things in braces they take.
    private static readonly Dictionary<string, int> Silent = new()
    {
        ["documentclass"] = 1, ["usepackage"] = 1, ["usetikzlibrary"] = 1, ["pagestyle"] = 1, ["centering"] = 0, ["maketitle"] = 0,
        ["title"] = 1, ["author"] = 1, ["date"] = 1, ["thispagestyle"] = 1, ["PreviewEnvironment"] = 1, ["standaloneconfig"] = 1,
        ["newpage"] = 0, ["noindent"] = 0, ["par"] = 0, ["relax"] = 0, ["geometry"] = 1, ["pgfplotsset"] = 1, ["tikzexternalize"] = 0,
        ["setlength\\PreviewBorder"] = 1, ["ignorespaces"] = 0, ["makeatletter"] = 0, ["makeatother"] = 0, ["unskip"] = 0,
    };

    private TikzInput Input => context.Input;

    /// <summary>Does what such a command asks; null if it is none of them.</summary>
    /// <param name="token">The command.</param>
    /// <param name="isDrawing">Whether a picture has begun.</param>
    /// <param name="state">What holds.</param>
    public TikzState? Take(TikzToken token, bool isDrawing, TikzState state)
    {
        if (token.Command is not { } name)
            return null;
        if (Silent.TryGetValue(name, out var arguments))
        {
            Input.Optional();
            for (var i = 0; i < arguments; i++)
                Input.Argument(token.At);
            return state;
        }
        switch (name)
        {
            case "def" or "edef" or "gdef" or "xdef":
                statements.Add(token.At);
                Define(token, isExpanded: name is "edef" or "xdef");
                return state;
            case "newcommand" or "renewcommand" or "providecommand" or "DeclareRobustCommand":
                statements.Add(token.At);
                NewCommand(token);
                return state;
            case "let":
                statements.Add(token.At);
                var to = Name(token.At);
                var from = Name(token.At);
                Input.Macros[to] = Input.Macros[from] ?? throw new TikzException($"'\\{from}' is not defined", token.At);
                return state;
            case "newlength" or "newcounter" or "newdimen" or "newcount":
                statements.Add(token.At);
                Set(Name(token.At), "0", token.At);
                return state;
            case "setlength" or "pgfmathsetlengthmacro" or "pgfmathsetlength":
                statements.Add(token.At);
                Compute(Name(token.At), token.At, value => TikzContext.Text(value.Value) + "pt");
                return state;
            case "pgfmathsetmacro":
                statements.Add(token.At);
                Compute(Name(token.At), token.At, value => TikzContext.Text(value.Value));
                return state;
            case "pgfmathtruncatemacro":
                statements.Add(token.At);
                Compute(Name(token.At), token.At, value => TikzContext.Text(Math.Truncate(value.Value)));
                return state;
            case "pgfmathparse":
                statements.Add(token.At);
                Compute("pgfmathresult", token.At, value => TikzContext.Text(value.Value));
                return state;
            case "definecolor":
                statements.Add(token.At);
                context.DefineColour(Given(token.At), Given(token.At), Given(token.At));
                return state;
            case "colorlet":
                statements.Add(token.At);
                var called = Given(token.At);
                context.Colours[called.ToString()] = context.RequireColour(Given(token.At), state.Colour);
                return state;
            case "color" when isDrawing:
                statements.Add(token.At);
                return state with { Colour = context.RequireColour(Given(token.At), state.Colour), DrawColour = null, FillColour = null };
            case "tikzset" or "pgfkeys":
                statements.Add(token.At);
                return options.Apply(state, TikzText.Of(Input.Argument(token.At))).ForPath();
            case "tikzstyle":
                statements.Add(token.At);
                OldStyle(token.At);
                return state;
            default:
                return null;
        }
    }

    private TikzSlice Given(int at) => TikzText.Of(Input.Expanded(Input.Argument(at)));

    // \name, or the same in braces.
    private string Name(int at)
    {
        if (!Input.SkipSpace(out var token))
            throw new TikzException("a command's name is expected here", at);
        if (token.Command is { } name)
            return name;
        if (token.Is('{') && Input.Balanced('{', '}', token.At) is { } inside)
        {
            if (inside.Where(one => !one.IsSpace).ToArray() is [{ Command: { } braced }])
                return braced;
            if (inside.Count > 0 && inside.All(one => one.Command is null && char.IsAsciiLetter(one.Character)))
                return string.Concat(inside.Select(one => one.Character)); // a counter's name
        }
        throw new TikzException("a command's name is expected here", token.At);
    }

    private void Set(string name, string value, int at) => Input.Macros[name] = new TikzMacro(0, null, [.. TikzToken.Of(value, at)]);

    private void Compute(string name, int at, Func<Quantity, string> write) => Set(name, write(Arithmetic.Evaluate(Given(at))), at);

    private void Define(TikzToken token, bool isExpanded)
    {
        var (name, parameters) = (Name(token.At), 0);
        while (Input.SkipSpace(out var next))
        {
            if (next.Is('{'))
            {
                var body = Input.Balanced('{', '}', next.At);
                Input.Macros[name] = new TikzMacro(parameters, null, isExpanded ? Input.Expanded(body) : body);
                return;
            }
            if (!next.Is('#') || !Input.TryRaw(out var number) || number.Character != (char)('1' + parameters))
                throw new TikzException($"what \\{name} is given is not written #1#2…, which alone is understood", next.At);
            parameters++;
        }
        throw new TikzException($"\\{name} has no meaning in braces", token.At);
    }

    private void NewCommand(TikzToken token)
    {
        if (Input.SkipSpace(out var star) && !star.Is('*'))
            Input.Return(star);
        var name = Name(token.At);
        var parameters = 0;
        IReadOnlyList<TikzToken>? missing = null;
        if (Input.Optional() is { } count)
        {
            if (count is not [{ Command: null, Character: >= '0' and <= '9' } digit])
                throw new TikzException($"\\{name} takes a number of things from 0 to 9", token.At);
            parameters = digit.Character - '0';
            missing = parameters > 0 ? Input.Optional() : null;
        }
        Input.Macros[name] = new TikzMacro(parameters, missing, Input.Argument(token.At));
    }

    // \tikzstyle{name}=[options].
    private void OldStyle(int at)
    {
        var name = Given(at).ToString();
        if (!Input.SkipSpace(out var equals) || !equals.Is('=') || Input.Optional() is not { } style)
            throw new TikzException(@"\tikzstyle is written \tikzstyle{name}=[options]", at);
        context.Styles[name] = new TikzStyle(style, 1);
    }
}
