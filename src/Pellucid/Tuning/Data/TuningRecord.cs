using System.Text.Json;
using Pellucid.Conversations;

namespace Pellucid.Tuning.Data;

/// <summary>Something that is said: a text as it is, or turns that a chat template writes.</summary>
internal sealed record Said(string Text, IReadOnlyList<ChatTurn>? Turns = null)
{
    /// <summary>What each turn of a conversation weighs where it is learned; null where assistants count 1, and others 0.</summary>
    public IReadOnlyList<double>? Weights { get; init; }
}

/// <summary>An entry of a data set, whatever its columns are called.</summary>
/// <param name="Place">Where it stands, for messages.</param>
internal sealed record TuningRecord(string Place)
{
    /// <summary>All of it, where prompt and answer are not told apart: a text, or a conversation whose assistant is learned.</summary>
    public Said? Whole { get; init; }

    /// <summary>What is answered.</summary>
    public Said? Prompt { get; init; }

    /// <summary>The answer, or of two the preferred one.</summary>
    public Said? Answer { get; init; }

    /// <summary>The preferred of two answers, where it is another one than that to imitate.</summary>
    public Said? Chosen { get; init; }

    /// <summary>The answer that was not preferred.</summary>
    public Said? Rejected { get; init; }

    /// <summary>Whether the answer is desirable, where the entry says so.</summary>
    public bool? Label { get; init; }

    /// <summary>All answers to the prompt that were ranked, best first; null where there is no such list.</summary>
    public IReadOnlyList<Said>? Ranking { get; init; }

    /// <summary>Answers to the prompt that nobody ranked.</summary>
    public IReadOnlyList<Said> Unranked { get; init; } = [];

    /// <summary>Functions that may be called, as a list of JSON; null for none.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>By how much better answers are to be scored above worse ones, where the entry says so.</summary>
    public double? Margin { get; init; }

    /// <summary>Whether it can only be written as turns.</summary>
    public bool IsConversation => Whole?.Turns is not null || Prompt is { Turns: not null, Text.Length: 0 };

    /// <summary>Whether an answer, or a turn of an assistant, says nothing.</summary>
    public bool HasEmptyAnswer => Whole?.Turns?.Any(turn => turn is { Role: "assistant", Text.Length: 0, Message: null }) == true
        || new[] { Answer, Chosen, Rejected }.Concat(Ranking ?? []).Concat(Unranked)
            .Any(said => said is { Text.Length: 0 } && said.Turns?.All(turn => turn is { Text.Length: 0, Message: null }) != false);

    /// <summary>The entry with one answer to imitate: of a list the best one, where none is ranked each of them.</summary>
    public IEnumerable<TuningRecord> ToImitate => Ranking is [var best, ..] ? [this with { Answer = best }]
        : Ranking is null ? [this] : Unranked.Select(each => this with { Answer = each });

    /// <summary>The entry with two answers, the better one and the other: of a list every pair of it.</summary>
    public IEnumerable<TuningRecord> Pairs => Ranking is not { } answers ? [this]
        : from better in Enumerable.Range(0, answers.Count)
          from worse in Enumerable.Range(better + 1, answers.Count - better - 1)
          select this with { Answer = answers[better], Chosen = null, Rejected = answers[worse] };
}
