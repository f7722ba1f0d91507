using System.Text.Json;

namespace Pellucid.Conversations.Calls;

/// <summary>Finds out how a model writes calls: its template is given a conversation with a call that is known, and what it writes is
/// looked at.</summary>
internal sealed partial class FormatProbe(ChatTemplate template)
{
    private const string Name = "probe_name", Key = "probe_key", Value = "probe_value",
        Question = "probe question", Answer = "probe answer";

    private static readonly DateTime Now = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Unspecified);

    private static readonly (string Begin, string End)[] Thoughts =
        [("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>"), ("<thought>", "</thought>")];

    private static readonly JsonElement Tools = Json($$$"""
        [{"type": "function", "function": {"name": "{{{Name}}}", "description": "probe description", "parameters":
        {"type": "object", "properties": {"{{{Key}}}": {"type": "string", "description": "probe"} }, "required": ["{{{Key}}}"]} }}]
        """);

    // Templates differ in the form in which they take what goes with a call.
    private static readonly (bool ArgumentsAreText, bool ContentIsNull)[] Forms =
        [(false, false), (true, false), (false, true), (true, true)];

    /// <summary>The format of a template's answers.</summary>
    public AnswerFormat Find()
    {
        var source = string.Concat(template.Sources.Values);
        var (begin, end) = Thoughts.FirstOrDefault(one => source.Contains(one.End, StringComparison.Ordinal));
        var format = new AnswerFormat(begin ?? "", end ?? "", null)
        {
            KnowsDeveloper = source.Contains("developer", StringComparison.Ordinal),
            HasChannels = source.Contains("<|channel|>", StringComparison.Ordinal)
                && source.Contains("<|message|>", StringComparison.Ordinal),
        };
        if (format.HasChannels)
            format = format with { ThoughtBegin = "", ThoughtEnd = "" };
        if (Render(Tools, prompt: true, Turn("user", Question)) is not { } asked || !asked.Contains(Name, StringComparison.Ordinal))
            return format with { Refusal = "this model's chat template has no tools" };
        foreach (var (areText, isNull) in Forms)
            if ((Calls(format, asked, areText, isNull) ?? MarkedCalls(format, asked, areText, isNull)) is { } calls)
                return format with { Calls = calls, ArgumentsAreText = areText, ContentIsNull = isNull };
        return format with { Refusal = "this model's chat template writes calls in a way that is not understood here" };
    }

    private CallShape? Calls(AnswerFormat format, string asked, bool areText, bool isNull)
    {
        if (format.HasChannels)
            return Render(Tools, prompt: false, Turn("user", Question), CallTurn(areText, isNull, Argument(Value)))
                is { } all && all.Contains($"{{\"{Key}\": \"{Value}\"}}", StringComparison.Ordinal) ? Channels : null;
        if (Written(format, asked, CallTurn(areText, isNull, Argument(Value))) is not { } one || Find(one, Value) is not { } call)
            return null;
        var after = WithoutEnd(one[call.End..]);
        var (between, next) = ((string?)null, (string?)null);
        if (Written(format, asked, CallTurn(areText, isNull, Argument(Value), Argument(Value + 2))) is { } two
            && Find(two, Value) is { } first && Find(two, Value + 2) is { } second && second.Name >= first.End)
        {
            next = CallShape.Bare(two[first.Whole.End..second.Whole.Start]);
            // where calls are counted, one alone is asked for
            if (two[(second.Name + Name.Length)..second.Arguments].Replace(CallShape.NextId, CallShape.Id, StringComparison.Ordinal)
                == one[(call.Name + Name.Length)..call.Arguments])
                between = two[first.End..second.Name];
        }
        var shape = new CallShape(one[..call.Name], one[(call.Name + Name.Length)..call.Arguments], between, after, call.IsObject)
        {
            End = CallShape.Bare(after[Math.Min(after.Length, call.Whole.End.Value - call.End)..]), Next = next,
        };
        // an id before the name cannot be told from it
        return (shape.IsObject || shape.Marker.Length > 0) && !shape.Before.Contains(CallShape.Id, StringComparison.Ordinal) ? shape : null;
    }

    private static CallShape Channels { get; } =
        new("<|channel|>commentary to=functions.", " <|constrain|>json<|message|>", null, "", IsObject: false) { End = "", Next = null };

    // What an assistant writes; null where the template does not take it.
    private string? Written(AnswerFormat format, string asked, ChatTurn turn)
    {
        if (Render(Tools, prompt: false, Turn("user", Question), turn) is not { } all)
            return null;
        var start = asked.TrimEnd();
        // a prompt may go on into a thought, or beyond one that is left empty
        if (format.ThoughtBegin.Length > 0 && (start.EndsWith(format.ThoughtBegin, StringComparison.Ordinal)
            || start.EndsWith(format.ThoughtEnd, StringComparison.Ordinal)))
            start = start[..start.LastIndexOf(format.ThoughtBegin, StringComparison.Ordinal)].TrimEnd();
        if (!all.StartsWith(start, StringComparison.Ordinal))
            return null;
        var written = all[start.Length..].TrimStart();
        var thought = format.ThoughtEnd.Length > 0 ? written.IndexOf(format.ThoughtEnd, StringComparison.Ordinal) : -1;
        return thought < 0 ? written : written[(thought + format.ThoughtEnd.Length)..].TrimStart();
    }

    // Where a call is written: its name, its arguments and their end; and all of it, where it is one object.
    private readonly record struct Place(int Name, int Arguments, int End, bool IsObject, Range Whole);

    private static Place? Find(string written, string value)
    {
        var at = written.IndexOf($"\"{value}\"", StringComparison.Ordinal);
        var start = at < 0 ? -1 : written.LastIndexOf('{', at);
        if (start < 0 || CallJson.End(written, start) is not (>= 0 and var end) || !IsArguments(written[start..end], value))
            return null;
        var name = written.LastIndexOf(Name, start, StringComparison.Ordinal);
        if (name < 0)
            return null;
        var whole = WholeObject(written, name, end);
        return new Place(name, start, end, whole is not null, whole ?? name..end);
    }

    // The outermost object that is the call.
    private static Range? WholeObject(string written, int name, int end)
    {
        Range? whole = null;
        for (var brace = written.LastIndexOf('{', name); brace >= 0; brace = brace == 0 ? -1 : written.LastIndexOf('{', brace - 1))
            if (CallJson.End(written, brace) is var close && close > end && CallJson.Read(written[brace..close]) is { Name: Name })
                whole = brace..close;
        return whole;
    }

    private static bool IsArguments(string json, string value)
    {
        try
        {
            return Json(json) is { ValueKind: JsonValueKind.Object } one && one.TryGetProperty(Key, out var given)
                && given.ValueKind == JsonValueKind.String && given.GetString() == value;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Without what ends any turn.
    private string WithoutEnd(string text)
    {
        var answered = Render(Tools, prompt: false, Turn("user", Question), Turn("assistant", Answer)) ?? "";
        var at = answered.LastIndexOf(Answer, StringComparison.Ordinal);
        var end = at < 0 ? "" : answered[(at + Answer.Length)..];
        foreach (var one in template.SpecialTokens.Append(end).Append(end.Trim()).Append("<|eom_id|>").OrderByDescending(one => one.Length))
            if (one.Length > 0 && text.TrimEnd().EndsWith(one.TrimEnd(), StringComparison.Ordinal))
                return text.TrimEnd()[..^one.TrimEnd().Length].TrimEnd();
        return text.TrimEnd();
    }

    private string? Render(JsonElement? tools, bool prompt, params ChatTurn[] turns)
    {
        try
        {
            return template.Render(new Conversation(turns) { Tools = tools, AddGenerationPrompt = prompt }, Now).Text;
        }
        catch (Exception error) when (error is ArgumentException or InvalidDataException)
        {
            return null;
        }
    }

    private static ChatTurn Turn(string role, string content) => new(role, content);

    private static ChatTurn CallTurn(bool argumentsAreText, bool contentIsNull, params string[] all)
    {
        var calls = all.Select((arguments, index) => $$$"""
            {"id": "{{{(index == 0 ? CallShape.Id : CallShape.NextId)}}}", "type": "function",
            "function": {"name": "{{{Name}}}", "arguments":
            {{{(argumentsAreText ? JsonEncodedText.Encode(arguments) is var text ? $"\"{text}\"" : "" : arguments)}}} }}
            """);
        return ChatTurn.Parse(Json($$"""
            {"role": "assistant", "content": {{(contentIsNull ? "null" : "\"\"")}}, "tool_calls": [{{string.Join(", ", calls)}}]}
            """));
    }

    private static string Argument(string value) => $$"""{"{{Key}}": "{{value}}"}""";

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
