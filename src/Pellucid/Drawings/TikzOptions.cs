namespace Pellucid.Drawings;

/// <summary>Options in brackets, one after another; what they mean together with what held before.</summary>
internal sealed partial class TikzOptions(TikzContext context, TikzCoordinates coordinates)
{
    private const int Deepest = 30;

    private int _depth;

    /// <summary>What holds after some options.</summary>
    /// <exception cref="TikzException">One of them is not understood.</exception>
    public TikzState Apply(TikzState state, TikzSlice options)
    {
        if (_depth >= Deepest)
            throw options.Error("styles stand for styles too deeply");
        _depth++;
        try
        {
            foreach (var option in options.Split(","))
                if (!option.IsEmpty)
                    state = One(state, option.Trimmed());
            return state;
        }
        finally
        {
            _depth--;
        }
    }

    /// <summary>A style of that name, if there is one.</summary>
    public TikzState ApplyStyle(TikzState state, string name) =>
        context.Styles[name] is { } style ? Apply(state, Expanded(style, null)) : state;

    private TikzState One(TikzState state, TikzSlice option)
    {
        var equals = option.IndexOf("=");
        var key = Words(equals < 0 ? option : option.To(equals));
        TikzSlice? value = equals < 0 ? null : option.From(equals + 1).Trimmed().Unbraced();
        if (Handler(key) is { } handler)
        {
            Define(state, key[..^handler.Length], handler, value ?? throw option.Error($"'{key}' needs a value"));
            return state;
        }
        if (context.Styles[key] is { } style)
            return Apply(state, Expanded(style, value));
        return Placed(state, key, value) ?? Lined(state, key, value) ?? Coloured(state, key, value) ?? Curved(state, key, value)
            ?? OfNodes(state, key, value) ?? Bare(state, option, value)
            ?? throw option.Error($"the option '{Arithmetic.Short(option)}' is not understood");
    }

    // Words with one space between them.
    private static string Words(TikzSlice text)
    {
        var words = string.Join(' ', text.ToString().Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        return words.StartsWith("/tikz/", StringComparison.Ordinal) ? words[6..] : words;
    }

    private static string? Handler(string key) => ((string[])["/.style", "/.append style", "/.style args", "/.default", "/.initial"])
        .FirstOrDefault(handler => key.EndsWith(handler, StringComparison.Ordinal)
            || key.Contains("/.style n args", StringComparison.Ordinal) && handler == "/.style args")
        ?? (key.EndsWith("/.style 2 args", StringComparison.Ordinal) ? "/.style 2 args" : null);

    private void Define(TikzState state, string name, string handler, TikzSlice value)
    {
        var tokens = Tokens(value);
        switch (handler)
        {
            case "/.style":
                context.Styles[name] = new TikzStyle(tokens, 1);
                break;
            case "/.style 2 args":
                context.Styles[name] = new TikzStyle(tokens, 2);
                break;
            case "/.append style":
                context.Styles[name] = context.Styles[name] is { } style
                    ? style with { Options = [.. style.Options, .. TikzToken.Of(",", value.At), .. tokens] } : new TikzStyle(tokens, 1);
                break;
            case "/.default":
                context.Styles[name] = (context.Styles[name] ?? throw value.Error($"the style '{name}' is not defined"))
                    with { Default = tokens };
                break;
            default:
                throw value.Error($"'{name}{handler}' is not understood");
        }
    }

    private TikzSlice Expanded(TikzStyle style, TikzSlice? value)
    {
        IReadOnlyList<TikzToken> given = value is { } one ? Tokens(one) : style.Default ?? [];
        List<IReadOnlyList<TikzToken>> arguments = [given];
        if (style.Parameters == 2 && value is { } two)
        {
            var cursor = new TikzCursor(two);
            arguments = [Tokens(cursor.Group('{', '}') ?? throw two.Error("two values in braces are expected")),
                Tokens(cursor.Group('{', '}') ?? throw two.Error("two values in braces are expected"))];
        }
        return TikzText.Of(context.Input.Expanded(TikzInput.Substituted(style.Options, arguments)));
    }

    /// <summary>A text as tokens again.</summary>
    public static List<TikzToken> Tokens(TikzSlice text)
    {
        var (scanner, tokens) = (new TikzScanner(text.Span.ToString().Replace('%', ' ')), new List<TikzToken>());
        while (scanner.TryNext(out var token))
            tokens.Add(token with { At = text.Text.At(text.Start + token.At) });
        return tokens;
    }

    private static TikzSlice Required(TikzSlice? value, string key, TikzSlice at) => value ?? throw at.Error($"'{key}' needs a value");

    private static double Number(TikzSlice value) => TikzContext.Number(value);

    private static double Length(TikzSlice value) => TikzContext.Length(value);

    // A point in braces or bare, as a vector of the place where it stands.
    private Point Vector(TikzState state, TikzSlice value) => coordinates.Vector(state, value.Unbraced());
}
