namespace Pellucid.Drawings;

/// <summary>\ifnum, \ifodd and \ifdim, with \else and \fi.</summary>
internal static class TikzConditions
{
    /// <summary>Does what a command of conditions asks; false if the token is none.</summary>
    public static bool Take(TikzInput input, TikzToken token)
    {
        switch (token.Command)
        {
            case "ifnum" or "ifdim":
                var (left, sign) = Number(input, token.At);
                var (right, after) = Number(input, token.At);
                Choose(input, token.At, after, sign?.Character switch
                {
                    '<' => left < right,
                    '>' => left > right,
                    '=' => left == right,
                    _ => throw new TikzException($"\\{token.Command} compares with <, = or >", token.At),
                });
                return true;
            case "ifodd":
                var (number, next) = Number(input, token.At);
                Choose(input, token.At, next, (long)number % 2 != 0);
                return true;
            case "else":
                Skip(input, token.At, elseEnds: false);
                return true;
            case "fi":
                return true;
            default:
                return false;
        }
    }

    // Digits, a point, a unit; TeX reads, and replaces, as far as they go.
    private static (double Value, TikzToken? After) Number(TikzInput input, int at)
    {
        var text = new TikzText();
        while (input.TryNext(out var token))
        {
            if (token.IsSpace && text.Length == 0)
                continue;
            if (token.Command is null && (char.IsAsciiLetterOrDigit(token.Character) || token.Character is '.' or '-' or '+'))
            {
                text.Add(token);
                continue;
            }
            if (text.Length == 0)
                throw new TikzException("a number is expected here", token.At);
            while (token.IsSpace && input.TryNext(out token))
                continue;
            return (Arithmetic.Evaluate(text.All).Value, token);
        }
        throw new TikzException("a number is expected here", at);
    }

    private static void Choose(TikzInput input, int at, TikzToken? next, bool holds)
    {
        if (next is { } token)
            input.Return(token);
        if (!holds)
            Skip(input, at, elseEnds: true);
    }

    private static void Skip(TikzInput input, int at, bool elseEnds)
    {
        var depth = 0;
        while (input.TryRaw(out var token))
        {
            if (token.Command is "fi" && depth-- == 0 || token.Command is "else" && depth == 0 && elseEnds)
                return;
            if (token.Command is { } name && name.StartsWith("if", StringComparison.Ordinal) && name is not "iff")
                depth++;
        }
        throw new TikzException("a condition has no \\fi", at);
    }
}
