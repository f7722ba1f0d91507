using System.Text.Json;
using Pellucid.Conversations;

namespace Pellucid.Tuning.Data;

/// <summary>
/// Trees of messages as OpenAssistant exports them (Köpf et al. 2023): a prompt with replies, those with replies again; siblings may have
/// been ranked, from 0. Each turn of a user is a prompt of its own, with what led to it, and the replies to it are its answers.
/// </summary>
internal static class MessageTree
{
    /// <summary>Whether an entry is a tree.</summary>
    public static bool Is(JsonElement entry) => entry.TryGetProperty("message_tree_id", out _)
        && entry.TryGetProperty("prompt", out var prompt) && prompt.ValueKind == JsonValueKind.Object;

    /// <summary>A record for each prompt that has answers, in the order of the file; what was deleted is left out.</summary>
    /// <exception cref="ArgumentException">A message is none; it is named.</exception>
    public static IReadOnlyList<TuningRecord> Read(JsonElement entry, string place)
    {
        var records = new List<TuningRecord>();
        Visit(entry.GetProperty("prompt"), [], place, records);
        return records;
    }

    private static void Visit(JsonElement message, IReadOnlyList<ChatTurn> before, string place, List<TuningRecord> records)
    {
        var turn = TurnOf(message);
        IReadOnlyList<ChatTurn> path = [.. before, turn];
        var replies = Replies(message).ToArray();
        if (turn.Role == "user" && replies.Length > 0)
            records.Add(new TuningRecord($"{place}, {Name(message)},")
            {
                Prompt = new Said("", path),
                Ranking = [.. replies.Where(reply => Rank(reply) is not null).OrderBy(Rank).Select(Answer)],
                Unranked = [.. replies.Where(reply => Rank(reply) is null).Select(Answer)],
            });
        foreach (var reply in replies)
            Visit(reply, path, place, records);
    }

    private static Said Answer(JsonElement message) => TurnOf(message) is { Role: "assistant" } turn ? new Said("", [turn])
        : throw new ArgumentException($"{Name(message)} answers a user, and is no assistant's");

    private static IEnumerable<JsonElement> Replies(JsonElement message) =>
        !message.TryGetProperty("replies", out var replies) || replies.ValueKind == JsonValueKind.Null ? []
            : replies.ValueKind != JsonValueKind.Array ? throw new ArgumentException($"{Name(message)} has no list in its 'replies'")
            : replies.EnumerateArray().Where(reply => reply.ValueKind != JsonValueKind.Object
                || !reply.TryGetProperty("deleted", out var deleted) || deleted.ValueKind != JsonValueKind.True);

    private static ChatTurn TurnOf(JsonElement message)
    {
        var role = Text(message, "role") switch
        {
            "prompter" => "user",
            "assistant" => "assistant",
            var other => throw new ArgumentException($"{Name(message)} has the role '{other}', where prompter or assistant is needed"),
        };
        return new ChatTurn(role, Text(message, "text") ?? throw new ArgumentException($"{Name(message)} has no text"));
    }

    private static int? Rank(JsonElement message) =>
        !message.TryGetProperty("rank", out var rank) || rank.ValueKind == JsonValueKind.Null ? null
        : rank.ValueKind == JsonValueKind.Number && rank.TryGetInt32(out var place) ? place
        : throw new ArgumentException($"{Name(message)} has a rank {rank.GetRawText()}, where a whole number is needed");

    private static string Name(JsonElement message) =>
        $"message {(message.ValueKind == JsonValueKind.Object ? Text(message, "message_id") : null)}";

    private static string? Text(JsonElement message, string field) => message.ValueKind == JsonValueKind.Object
        && message.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
