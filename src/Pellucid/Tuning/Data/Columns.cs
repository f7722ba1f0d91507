using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Files;

namespace Pellucid.Tuning.Data;

/// <summary>
/// What the columns of an entry mean, by their names: <c>text</c>; <c>messages</c>; <c>prompt</c> with <c>completion</c>, perhaps a
/// <c>label</c>; <c>chosen</c> and <c>rejected</c> with a prompt or as whole conversations that begin alike; ShareGPT's
/// <c>conversations</c>; Alpaca's <c>instruction</c>, <c>input</c>, <c>output</c>; a <c>prompt</c> with a <c>ranking</c> of answers; trees
/// of OpenAssistant. Other columns are not read.
/// </summary>
internal sealed class Columns
{
    private const string LastSpeaker = "\n\nAssistant:"; // of hh-rlhf's dialogues, which are one text

    private static readonly string[] Known = ["text", "messages", "conversations", "prompt", "completion", "chosen", "rejected", "label",
        "instruction", "input", "output", "system", "history", "chosen_messages", "rejected_messages", "ranking", "margin", "tools"];

    private readonly JsonElement _entry;
    private readonly string _place;

    private Columns(JsonElement entry, string place) => (_entry, _place) = (entry, place);

    /// <summary>Names of columns that nobody reads.</summary>
    public static IEnumerable<string> Unread(JsonElement entry) =>
        MessageTree.Is(entry) ? [] : entry.EnumerateObject().Select(column => column.Name).Where(name => !Known.Contains(name));

    /// <summary>What an entry says: a record, or of a tree of messages one for each of its prompts.</summary>
    /// <exception cref="InvalidDataException">It names place and column.</exception>
    public static IReadOnlyList<TuningRecord> Read(JsonElement entry, string place)
    {
        try
        {
            return MessageTree.Is(entry) ? MessageTree.Read(entry, place)
                : [new Columns(entry, place).Read() with { Margin = Margin(entry), Tools = Tools(entry) }];
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"{place}: {Excerpt.Of(error)}", error);
        }
    }

    private TuningRecord Read()
    {
        if (Has("ranking"))
            return new(_place) { Prompt = SaidIn("prompt"), Ranking = Ranking() };
        if (Has("chosen_messages"))
            return OfAlike(Turns("chosen_messages"), Turns("rejected_messages"));
        if (Has("instruction"))
            return Alpaca();
        if (Has("chosen"))
            return Preference();
        if (Has("messages") || Has("conversations"))
            return Conversation(Said(Has("messages") ? "messages" : "conversations"));
        if (Has("text"))
            return new(_place) { Whole = new Said(Text("text")), Label = Label() };
        if (Has("prompt"))
            return new(_place) { Prompt = SaidIn("prompt"), Answer = Has("completion") ? SaidIn("completion") : null, Label = Label() };
        throw Refusal("has none of the columns text, messages, conversations, prompt, chosen, instruction; it has "
            + string.Join(", ", _entry.EnumerateObject().Select(column => column.Name)));
    }

    // With a label the last turn is the answer that it is of.
    private TuningRecord Conversation(Said said) => Label() is not { } label ? new(_place) { Whole = said }
        : WithoutWeights(said).Turns is not { Count: >= 2 } turns ? throw Refusal("has a label, but no answer after a prompt")
        : new(_place) { Prompt = new Said("", [.. turns.Take(turns.Count - 1)]), Answer = new Said("", [turns[^1]]), Label = label };

    private TuningRecord Preference()
    {
        var (chosen, rejected) = (SaidIn("chosen"), SaidIn("rejected"));
        if (Has("prompt") || Has("conversations"))
            return new(_place) { Prompt = SaidIn(Has("prompt") ? "prompt" : "conversations"), Answer = chosen, Rejected = rejected };
        if (chosen.Turns is not null && rejected.Turns is not null)
            return OfAlike(chosen.Turns, rejected.Turns);
        var end = chosen.Text.LastIndexOf(LastSpeaker, StringComparison.Ordinal) + LastSpeaker.Length;
        return end >= LastSpeaker.Length && rejected.Text.StartsWith(chosen.Text[..end], StringComparison.Ordinal)
            ? new(_place)
            {
                Prompt = new Said(chosen.Text[..end]), Answer = new Said(chosen.Text[end..]), Rejected = new Said(rejected.Text[end..]),
            }
            : throw Refusal("has no prompt, and its columns chosen and rejected do not begin alike up to the last \"Assistant:\"");
    }

    // The prompt is what both conversations begin with.
    private TuningRecord OfAlike(IReadOnlyList<ChatTurn> chosen, IReadOnlyList<ChatTurn> rejected)
    {
        var alike = 0;
        while (alike < Math.Min(chosen.Count, rejected.Count) && IsSame(chosen[alike], rejected[alike]))
            alike++;
        if (alike == 0 || alike == chosen.Count || alike == rejected.Count)
            throw Refusal(alike == 0 ? "has columns chosen and rejected that do not begin alike" : "has no answers that differ");
        return new(_place)
        {
            Prompt = new Said("", [.. chosen.Take(alike)]), Answer = new Said("", [.. chosen.Skip(alike)]),
            Rejected = new Said("", [.. rejected.Skip(alike)]),
        };
    }

    private static bool IsSame(ChatTurn one, ChatTurn other) => one.Role == other.Role && one.Text == other.Text
        && one.Message?.GetRawText() == other.Message?.GetRawText();

    private TuningRecord Alpaca()
    {
        var (instruction, input) = (Text("instruction"), Has("input") ? Text("input") : "");
        var turns = new List<ChatTurn>();
        if (Has("system") && Text("system") is { Length: > 0 } system)
            turns.Add(new ChatTurn("system", system));
        foreach (var earlier in Has("history") ? _entry.GetProperty("history").EnumerateArray().ToArray() : [])
            turns.AddRange([new ChatTurn("user", earlier[0].GetString()!), new ChatTurn("assistant", earlier[1].GetString()!)]);
        turns.Add(new ChatTurn("user", input.Length == 0 ? instruction : $"{instruction}\n{input}"));
        var plain = $"### Instruction:\n{instruction}\n\n{(input.Length == 0 ? "" : $"### Input:\n{input}\n\n")}### Response:\n";
        Said Answer(string column) => new(Text(column), [new ChatTurn("assistant", Text(column))]);
        return new(_place)
        {
            Prompt = new Said(plain, turns), Answer = Answer(Has("output") ? "output" : "chosen"),
            Chosen = Has("chosen") ? Answer("chosen") : null, Rejected = Has("rejected") ? Answer("rejected") : null,
        };
    }

    private bool Has(string column) => _entry.TryGetProperty(column, out var value) && value.ValueKind != JsonValueKind.Null;

    private bool? Label() => !Has("label") ? null
        : _entry.GetProperty("label") is { ValueKind: JsonValueKind.True or JsonValueKind.False } label ? label.GetBoolean()
        : _entry.GetProperty("label").GetRawText() is "0" or "1" ? _entry.GetProperty("label").GetRawText() == "1"
        : throw Refusal($"has a label {Excerpt.Of(_entry.GetProperty("label").GetRawText())}, where true or false is needed");

    private string Text(string column) => _entry.TryGetProperty(column, out var value) && value.ValueKind == JsonValueKind.String
        ? value.GetString()! : throw Refusal($"has no text in its column '{column}'");

    // A text, one message, or a list of messages.
    private Said SaidIn(string column) => !_entry.TryGetProperty(column, out var value) ? throw Refusal($"has no column '{column}'")
        : value.ValueKind switch
        {
            JsonValueKind.String => new Said(value.GetString()!),
            JsonValueKind.Object => new Said("", [Turn(value, column).Turn]),
            JsonValueKind.Array => new Said("", Turns(column)),
            _ => throw Refusal($"has neither a text nor messages in its column '{column}'"),
        };

    private IReadOnlyList<ChatTurn> Turns(string column) => WithoutWeights(Said(column)).Turns!;

    private Said Said(string column)
    {
        if (!_entry.TryGetProperty(column, out var value) || value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            throw Refusal($"has no list of messages in its column '{column}'");
        var read = value.EnumerateArray().Select(message => Turn(message, column)).ToArray();
        if (column == "conversations" && Has("system") && Text("system") is { Length: > 0 } system)
            read = [(new ChatTurn("system", system), 0), .. read];
        return new Said("", [.. read.Select(each => each.Turn)])
        {
            Weights = read.All(each => each.Weight == Messages.UsualWeight(each.Turn.Role)) ? null : [.. read.Select(each => each.Weight)],
        };
    }

    private Said WithoutWeights(Said said) => said.Weights is null ? said
        : throw Refusal("has messages with weights, which count only in a conversation that is learned as an example");

    private (ChatTurn Turn, double Weight) Turn(JsonElement message, string column) => Messages.Read(message)
        ?? throw Refusal($"has in its column '{column}' something that is no message: {Excerpt.Of(message.GetRawText())}");

    // Answers, best first: texts, messages, or lists of them.
    private Said[] Ranking()
    {
        var list = _entry.GetProperty("ranking");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() < 2)
            throw Refusal("has no list of two or more answers in its column 'ranking'");
        return [.. list.EnumerateArray().Select(answer => answer.ValueKind switch
        {
            JsonValueKind.String => new Said(answer.GetString()!),
            JsonValueKind.Array => new Said("", [.. answer.EnumerateArray().Select(message => Turn(message, "ranking").Turn)]),
            _ => new Said("", [Turn(answer, "ranking").Turn]),
        })];
    }

    private static JsonElement? Tools(JsonElement entry) =>
        !entry.TryGetProperty("tools", out var tools) || tools.ValueKind == JsonValueKind.Null ? null : ToolCalls.Functions(tools);

    private static double? Margin(JsonElement entry) =>
        !entry.TryGetProperty("margin", out var margin) || margin.ValueKind == JsonValueKind.Null ? null
            : margin.ValueKind == JsonValueKind.Number && double.IsFinite(margin.GetDouble()) ? margin.GetDouble()
            : throw new ArgumentException($"has a margin {Excerpt.Of(margin.GetRawText())}, where a number is needed");

    private InvalidDataException Refusal(string what) => new($"{_place} {what}");
}
