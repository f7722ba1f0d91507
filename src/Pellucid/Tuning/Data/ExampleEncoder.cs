using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Conversations.Calls;
using Pellucid.Files;
using Pellucid.Tokens;

namespace Pellucid.Tuning.Data;

/// <summary>
/// Entries of a data set as tokens, with a mask of what is learned. Masks are of places, never of which token stands there; prompt and
/// answer are cut into tokens apart, and so never merge across their border; the end of an answer is learned.
/// </summary>
internal sealed class ExampleEncoder(Tokenizer tokenizer, SpecialTokens specials, ChatTemplate template)
{
    // A template may tell the time, and must tell the same one of a conversation and of its beginning.
    private static readonly DateTime Now = new(2024, 1, 1, 12, 0, 0, DateTimeKind.Unspecified);

    /// <summary>An example to imitate: of a text all is learned, of a conversation what assistants say, of an answer it.</summary>
    /// <exception cref="InvalidDataException">The entry has no answer, or the template cannot write it.</exception>
    public TuningExample Imitated(TuningRecord record) => Telling(record, () => record switch
    {
        { Whole: { Turns: { } turns } said } => OfConversation(turns, said.Weights, record.Tools),
        { Whole: { } text } => TuningExample.OfText([.. Opening(text.Text), .. End()]),
        { Prompt: { } prompt, Answer: { } answer } => Answered(prompt, answer, record.Tools),
        _ => throw new ArgumentException("has a prompt, but no answer to learn"),
    });

    /// <summary>The preferred answer and the other one, each with the prompt.</summary>
    /// <exception cref="InvalidDataException">The entry has no two answers, or the template cannot write them.</exception>
    public (TuningExample Chosen, TuningExample Rejected) Preferred(TuningRecord record) => Telling(record, () =>
        record is { Prompt: { } prompt, Answer: { } answer, Rejected: { } rejected }
            ? (Answered(prompt, record.Chosen ?? answer, record.Tools), Answered(prompt, rejected, record.Tools))
            : throw new ArgumentException("has no two answers, chosen and rejected"));

    /// <summary>All answers that are ranked, best first, each with the prompt.</summary>
    /// <exception cref="InvalidDataException">The entry has no ranked answers, or the template cannot write them.</exception>
    public IReadOnlyList<TuningExample> Ranked(TuningRecord record)
    {
        if (record.Ranking is { } ranking)
            return Telling(record, () => ranking.Select(answer => Answered(record.Prompt!, answer, record.Tools)).ToArray());
        var (chosen, rejected) = Preferred(record);
        return [chosen, rejected];
    }

    /// <summary>An answer and what it is called.</summary>
    /// <exception cref="InvalidDataException">The entry has no label, or the template cannot write it.</exception>
    public (TuningExample Answer, bool IsDesirable) Labelled(TuningRecord record) => Telling(record, () =>
        record is { Prompt: { } prompt, Answer: { } answer, Label: { } label } ? (Answered(prompt, answer, record.Tools), label)
            : throw new ArgumentException("has no answer with a label, true or false"));

    /// <summary>A prompt up to where the model is to write.</summary>
    /// <exception cref="InvalidDataException">The entry has no prompt, or the template cannot write it.</exception>
    public int[] Prompted(TuningRecord record) => Telling(record, () => record switch
    {
        { Prompt: { } prompt } => IsChat(prompt, null) ? tokenizer.EncodeRendered(Render(prompt.Turns!, writesNext: true, record.Tools))
            : Opening(prompt.Text),
        { Whole: { Turns: { } turns } } => tokenizer.EncodeRendered(Render(
            [.. turns.SkipLast(turns[^1].Role == "assistant" ? 1 : 0)], writesNext: true, record.Tools)),
        { Whole: { } text } => Opening(text.Text),
        _ => throw new ArgumentException("has no prompt"),
    });

    private TuningExample Answered(Said prompt, Said answer, JsonElement? tools)
    {
        if (!IsChat(prompt, answer))
            return TuningExample.Of(Opening(prompt.Text), [.. tokenizer.Encode(answer.Text), .. End()]);
        if (prompt.Turns is not { } asked || answer.Turns is not { } said)
            throw new ArgumentException("has a prompt and an answer of which one is a text and the other messages");
        var (before, whole) = (Render(asked, writesNext: true, tools), Render([.. asked, .. said], writesNext: false, tools));
        if (!whole.StartsWith(before, StringComparison.Ordinal))
            throw new ArgumentException("is written by the chat template otherwise with its answer than without");
        return Pieces(whole, [before.Length..whole.Length]);
    }

    private TuningExample OfConversation(IReadOnlyList<ChatTurn> turns, IReadOnlyList<double>? weights, JsonElement? tools)
    {
        var rendered = Rendered(turns, writesNext: false, tools);
        int[] speaking = [.. Enumerable.Range(0, turns.Count).Where(turn => turns[turn].Role == "assistant")];
        var spans = rendered.LearnedSpans();
        if (spans.Count == 0)
            spans = [.. speaking.Select(turn => SpanOf(turns, turn, rendered.Text, tools))];
        if (weights is null)
            return Pieces(rendered.Text, spans);
        return spans.Count == speaking.Length ? Pieces(rendered.Text, spans, [.. speaking.Select(turn => (float)weights[turn])])
            : throw new ArgumentException($"has messages with weights, of which the chat template's {spans.Count} generation marks do not "
                + $"tell the {speaking.Length} that an assistant says");
    }

    // What an assistant says stands between where it was asked to speak and where the conversation goes on.
    private Range SpanOf(IReadOnlyList<ChatTurn> turns, int turn, string whole, JsonElement? tools)
    {
        var (before, after) = (Render([.. turns.Take(turn)], writesNext: true, tools),
            Render([.. turns.Take(turn + 1)], writesNext: false, tools));
        return after.StartsWith(before, StringComparison.Ordinal) && whole.StartsWith(after, StringComparison.Ordinal)
            ? before.Length..after.Length
            : throw new ArgumentException($"has a turn {turn + 1} that the chat template writes otherwise when more follows, so that "
                + "what is to be learned cannot be told; a template with generation marks can tell it");
    }

    // Cut at the borders of what is learned. What a template writes after the end of an answer the model never gets to write.
    private TuningExample Pieces(string text, IReadOnlyList<Range> learned, float[]? weights = null)
    {
        var (tokens, mask, weighed, at) = (new List<int>(), new List<bool>(), new List<float>(), 0);
        void Add(string piece, bool isLearned, float weight = 1)
        {
            if (piece.Length == 0)
                return;
            var pieces = tokenizer.EncodeRendered(piece);
            var end = Array.FindLastIndex(pieces, specials.Ends.Contains);
            tokens.AddRange(pieces);
            mask.AddRange(pieces.Select((_, i) => isLearned && (end < 0 || i <= end)));
            weighed.AddRange(Enumerable.Repeat(weight, pieces.Length));
        }

        for (var i = 0; i < learned.Count; i++)
        {
            var (span, weight) = (learned[i], weights?[i] ?? 1);
            Add(text[at..span.Start.Value], isLearned: false);
            Add(text[span], weight > 0, weight);
            at = span.End.Value;
        }
        Add(text[at..], isLearned: false);
        var all = new TuningExample([.. tokens], [.. mask]) { Weights = weights is null ? null : [.. weighed] };
        return mask.LastIndexOf(true) is >= 0 and var last ? all.Part(0, last + 1) : all;
    }

    private bool IsChat(Said prompt, Said? answer) => prompt.Turns is not null && (!ReferenceEquals(template, ChatTemplate.Plain)
        || prompt.Text.Length == 0 || answer is { Text.Length: 0 });

    private string Render(IReadOnlyList<ChatTurn> turns, bool writesNext, JsonElement? tools) => Rendered(turns, writesNext, tools).Text;

    private RenderedConversation Rendered(IReadOnlyList<ChatTurn> turns, bool writesNext, JsonElement? tools)
    {
        if (ReferenceEquals(template, ChatTemplate.Plain))
            throw new ArgumentException("is a conversation, and the model has no chat template to write it with");
        var conversation = new Conversation(turns) { AddGenerationPrompt = writesNext, Tools = tools };
        return template.Render(WithCalls(conversation).Shielded(tokenizer.Shield), Now);
    }

    // Calls, and functions that may be called, in the form in which the template takes them, as where it is served.
    private Conversation WithCalls(Conversation conversation) =>
        conversation.Tools is null && conversation.Turns.All(turn => turn.Message is null && turn.Role != "tool") ? conversation
        : template.Format is { Calls: null } format ? throw new ArgumentException($"has calls of functions, but {format.Refusal}")
        : PreparedTurns.Of(conversation, template.Format);

    private int[] Opening(string text) => specials is { AddsBegin: true, Begin: { } begin } ? [begin, .. tokenizer.Encode(text)]
        : text.Length == 0 ? specials.Prompt(tokenizer, text, begin: false) : tokenizer.Encode(text);

    private IEnumerable<int> End() => specials.Ends.Take(1);

    private static T Telling<T>(TuningRecord record, Func<T> encode)
    {
        try
        {
            return encode();
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{record.Place} {Excerpt.Of(error)}", error);
        }
    }
}
