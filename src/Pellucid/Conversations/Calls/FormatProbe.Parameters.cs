namespace Pellucid.Conversations.Calls;

// Calls whose arguments have marks of their own, as in XML.
internal sealed partial class FormatProbe
{
    private const string OtherKey = "probe_other", OtherValue = "probe_thing";

    private CallShape? MarkedCalls(AnswerFormat format, string asked, bool areText, bool isNull)
    {
        string? Of(params string[] all) => Written(format, asked, CallTurn(areText, isNull, all));
        if (Of(Argument(Value)) is not { } one || Argument(one, 0) is not { } first
            || Of($$"""{"{{Key}}": "{{Value}}", "{{OtherKey}}": "{{OtherValue}}"}""") is not { } pair || Argument(pair, 0) is not { } before
            || pair.IndexOf(OtherKey, before.End, StringComparison.Ordinal) is not (>= 0 and var other)
            || pair.IndexOf(OtherValue, other, StringComparison.Ordinal) is not (>= 0 and var thing))
            return null;
        var (middle, after) = (one[(first.Key + Key.Length)..first.Value], WithoutEnd(one[first.End..]));
        if (End(after, pair[before.End..other]) is not { } end || middle.Trim().Length == 0
            || pair[(other + OtherKey.Length)..thing] != middle || WithoutEnd(pair[(thing + OtherValue.Length)..]) != after
            // a number stands where a text does
            || Of($$"""{"{{Key}}": 5}""")?.Contains($"{Key}{middle}5{end}", StringComparison.Ordinal) != true)
            return null;
        after = after[end.Length..];
        var none = Of("{}") is { } bare && bare.IndexOf(Name, StringComparison.Ordinal) is >= 0 and var at
            ? WithoutEnd(bare[(at + Name.Length)..]) : null;
        if (none is null || !none.EndsWith(after.TrimStart(), StringComparison.Ordinal))
            return null;
        none = none.EndsWith(after, StringComparison.Ordinal) ? none[..^after.Length] : none[..^after.TrimStart().Length];
        string? between = null;
        if (Of(Argument(Value), Argument(Value + 2)) is { } two && Argument(two, 0) is { } left && Argument(two, left.End) is { } right)
            between = two[(left.End + end.Length)..right.Name];
        var shape = new CallShape(one[..first.Name], "", between, after, IsObject: false)
        {
            End = CallShape.Bare(after), Next = between is null ? null : CallShape.Bare(between),
            Parameters = new ParameterShape(one[(first.Name + Name.Length)..first.Key], middle, end,
                pair[(before.End + end.Length)..other], none),
        };
        return shape.Marker.Length > 0 && !shape.ToString().Contains(CallShape.Id, StringComparison.Ordinal) ? shape : null;
    }

    // Where the name, the key and the value of a call stand.
    private static (int Name, int Key, int Value, int End)? Argument(string written, int from)
    {
        var name = written.IndexOf(Name, from, StringComparison.Ordinal);
        var key = name < 0 ? -1 : written.IndexOf(Key, name, StringComparison.Ordinal);
        var value = key < 0 ? -1 : written.IndexOf(Value, key, StringComparison.Ordinal);
        return value < 0 ? null : (name, key, value, value + Value.Length);
    }

    // What is the same behind a value whether another one follows or not, up to the end of a mark.
    private static string? End(string last, string next)
    {
        var common = last[..last.AsSpan().CommonPrefixLength(next)];
        return common.LastIndexOf('>') is >= 0 and var mark ? common[..(mark + 1)] : null;
    }
}
