using System.Globalization;

namespace Pellucid.Drawings;

/// <summary>\foreach: the body once for each item of a list, with the item in the place of its variables.</summary>
internal static class TikzLoops
{
    /// <summary>Reads a loop after its word, and gives the input what it comes to.</summary>
    /// <param name="input">Where it is read.</param>
    /// <param name="loop">Its word.</param>
    /// <param name="isGrouped">Whether each turn is a group of its own; within a path it is not.</param>
    public static void Read(TikzInput input, TikzToken loop, bool isGrouped)
    {
        var (variables, options) = Variables(input, loop);
        var list = List(input, loop);
        var body = Body(input, loop);
        var items = Items(input.Expanded(list), loop);
        input.Push(Turns(input, items, variables, options, body, isGrouped, loop.At), loop.At);
    }

    private static (List<string> Names, TikzSlice Options) Variables(TikzInput input, TikzToken loop)
    {
        var (names, options) = (new List<string>(), new TikzText().All);
        while (input.SkipSpace(out var token))
        {
            if (token.Command is { } name)
                names.Add(name);
            else if (token.Is('['))
                options = TikzText.Of(input.Balanced('[', ']', token.At));
            else if (token.Is('i') && names.Count > 0 && input.SkipSpace(out var next) && next.Is('n'))
                return (names, options);
            else if (!token.Is('/'))
                break;
        }
        throw new TikzException("a loop is written \\foreach \\x in {…}", loop.At);
    }

    private static List<TikzToken> List(TikzInput input, TikzToken loop)
    {
        if (!input.SkipSpace(out var token))
            throw new TikzException("a loop has no list", loop.At);
        if (token.Is('{'))
            return input.Balanced('{', '}', token.At);
        if (token.Command is { } name && input.Macros[name] is { Parameters: 0 } macro)
            return [.. macro.Body];
        throw new TikzException("a loop's list stands in braces", token.At);
    }

    // In braces, or one statement to its semicolon.
    private static List<TikzToken> Body(TikzInput input, TikzToken loop)
    {
        if (!input.SkipSpace(out var token))
            throw new TikzException("a loop has nothing to do", loop.At);
        if (token.Is('{'))
            return input.Balanced('{', '}', token.At);
        List<TikzToken> body = [token];
        var depth = 0;
        while (input.TryRaw(out token))
        {
            body.Add(token);
            depth += token.Is('{') ? 1 : token.Is('}') ? -1 : 0;
            if (depth == 0 && token.Is(';') || depth == 0 && token.Is('}') && body[0].Command == "foreach" && !FollowedByMore(body))
                return body;
        }
        throw new TikzException("a loop's statement has no ';'", loop.At);
    }

    // A loop in a loop without braces: its list's brace is not yet its end.
    private static bool FollowedByMore(List<TikzToken> body)
    {
        var groups = 0;
        var depth = 0;
        foreach (var token in body)
        {
            depth += token.Is('{') ? 1 : token.Is('}') ? -1 : 0;
            groups += depth == 0 && token.Is('}') ? 1 : 0;
        }
        return groups < 1 + body.Count(token => token.Command == "foreach");
    }

    private static IEnumerable<TikzToken> Turns(TikzInput input, IEnumerable<List<TikzToken>> items, List<string> variables,
        TikzSlice options, List<TikzToken> body, bool isGrouped, int at)
    {
        var count = 0;
        foreach (var item in items)
        {
            input.CountStep(at);
            var values = Values(item, variables);
            foreach (var option in options.Split(",").Where(option => !option.IsEmpty))
                AddComputed(input, values, option, count);
            count++;
            if (isGrouped)
                yield return new TikzToken(null, '{', at);
            foreach (var token in body)
                if (token.Command is { } name && values.TryGetValue(name, out var value))
                    foreach (var one in value)
                        yield return one;
                else
                    yield return token;
            if (isGrouped)
                yield return new TikzToken(null, '}', at);
        }
    }

    private static Dictionary<string, List<TikzToken>> Values(List<TikzToken> item, List<string> variables)
    {
        var parts = variables.Count == 1 ? [item] : Split(item, '/');
        return variables.Select((name, place) => (name, parts[Math.Min(place, parts.Count - 1)]))
            .GroupBy(pair => pair.name).ToDictionary(group => group.Key, group => group.Last().Item2);
    }

    // [count=\i from 0], [evaluate=\x as \y using expression].
    private static void AddComputed(TikzInput input, Dictionary<string, List<TikzToken>> values, TikzSlice option, int count)
    {
        var words = option.ToString().Split((char[])[' ', '='], StringSplitOptions.RemoveEmptyEntries);
        if (words is ["count", ['\\', .. var counter], ..])
        {
            var from = words is [_, _, "from", var first] && int.TryParse(first, CultureInfo.InvariantCulture, out var number) ? number : 1;
            values[counter] = [.. TikzToken.Of(TikzContext.Text(from + count), option.At)];
        }
        else if (words is ["evaluate", ['\\', .. var variable], ..])
        {
            var target = words is [_, _, "as", ['\\', .. var other], ..] ? other : variable;
            var formula = option.IndexOf(" using ") is var place && place >= 0 ? option.From(place + 7) : default;
            List<TikzToken> tokens = place >= 0 ? TikzOptions.Tokens(formula) : [new TikzToken(variable, '\0', option.At)];
            var replaced = tokens.SelectMany(token =>
                token.Command is { } name && values.TryGetValue(name, out var value) ? value : [token]);
            var text = TikzText.Of(input.Expanded(replaced));
            values[target] = [.. TikzToken.Of(TikzContext.Text(Arithmetic.Evaluate(text).Value), option.At)];
        }
        else
            throw option.Error($"the option '{Arithmetic.Short(option)}' of a loop is not understood");
    }

    /// <summary>Parts between marks that stand outside of brackets, without spaces around them.</summary>
    public static List<List<TikzToken>> Split(List<TikzToken> tokens, char mark)
    {
        var (parts, part, depth) = (new List<List<TikzToken>>(), new List<TikzToken>(), 0);
        foreach (var token in tokens)
        {
            depth += token.Is('{') || token.Is('(') || token.Is('[') ? 1 : token.Is('}') || token.Is(')') || token.Is(']') ? -1 : 0;
            if (depth == 0 && token.Is(mark))
            {
                parts.Add(Trimmed(part));
                part = [];
            }
            else
                part.Add(token);
        }
        parts.Add(Trimmed(part));
        return parts;
    }

    private static List<TikzToken> Trimmed(List<TikzToken> part)
    {
        var (start, end) = (0, part.Count);
        while (start < end && part[start].IsSpace)
            start++;
        while (end > start && part[end - 1].IsSpace)
            end--;
        return end - start >= 2 && part[start].Is('{') && part[end - 1].Is('}') ? part[(start + 1)..(end - 1)] : part[start..end];
    }

    // "1,2,...,9" counts on as it began.
    private static IEnumerable<List<TikzToken>> Items(List<TikzToken> tokens, TikzToken loop)
    {
        var items = Split(tokens, ',');
        for (var i = 0; i < items.Count; i++)
        {
            if (!IsDots(items[i]))
            {
                yield return items[i];
                continue;
            }
            if (i == 0 || i + 1 >= items.Count)
                throw new TikzException("'...' stands between items", loop.At);
            foreach (var value in Between(i > 1 ? items[i - 2] : null, items[i - 1], items[i + 1]))
                yield return value;
            i++;
        }
    }

    private static bool IsDots(List<TikzToken> item) => item.Count == 3 && item.All(token => token.Is('.'));

    private static IEnumerable<List<TikzToken>> Between(List<TikzToken>? before, List<TikzToken> first, List<TikzToken> last)
    {
        if (first is [{ Command: null } a] && last is [{ Command: null } z]
            && char.IsAsciiLetter(a.Character) && char.IsAsciiLetter(z.Character))
        {
            for (var c = a.Character; c != z.Character;)
                yield return [new TikzToken(null, c += (char)Math.Sign(z.Character - c), a.At)];
            yield break;
        }
        double Number(List<TikzToken> item) => Arithmetic.Evaluate(TikzText.Of(item)).Value;
        var (start, end) = (Number(first), Number(last));
        var step = before is { } earlier && !IsDots(earlier) ? start - Number(earlier) : start <= end ? 1 : -1;
        if (step == 0)
            throw new TikzException("a list counts on by nothing", first.Count > 0 ? first[0].At : 0);
        for (var n = 1; (end - start - n * step) * Math.Sign(step) >= -1e-4 * Math.Abs(step); n++)
            yield return [.. TikzToken.Of(TikzContext.Text(start + n * step), first[0].At)];
    }
}
