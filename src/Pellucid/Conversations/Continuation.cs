using System.Text;
using Pellucid.Conversations.Jinja;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations;

/// <summary>Ends a text inside its last turn, as transformers does:
/// a mark is put behind what was said, and the text ends where it is found.</summary>
internal sealed class Continuation
{
    private const string Mark = "CONTINUE_FINAL_MESSAGE_TAG ", Content = "content";

    private static readonly string[] Thoughts = ["thinking", "reasoning_content", "reasoning"];

    private readonly string _said;

    private Continuation(string said) => _said = said;

    /// <summary>Puts the mark behind a field of the last turn.</summary>
    /// <param name="field">The field: <c>content</c>, or one of those for what was thought.</param>
    /// <param name="turns">The turns; the last one is changed.</param>
    /// <param name="source">The template, which must ask for the field.</param>
    /// <exception cref="TemplateRefusal">There is no text to go on with.</exception>
    public static Continuation Begin(string field, List<DictionaryValue> turns, string source)
    {
        if (turns.Count == 0)
            throw new TemplateRefusal("there is no message to continue");
        var last = turns[^1];
        if (Thoughts.Contains(field))
            return BeginThoughts(field, last, source);
        var value = last.Find(field) ?? throw new TemplateRefusal($"the last message has no '{field}' to continue");
        if (value is ListValue parts)
            return BeginParts(field, last, parts);
        var said = Texts.TryPlain(value) ?? throw new TemplateRefusal($"the last message's '{field}' is no text to continue");
        last.Set(field, said + Mark);
        return new Continuation(said);
    }

    private static Continuation BeginParts(string field, DictionaryValue last, ListValue parts)
    {
        var place = parts.Items.ToList().FindLastIndex(part => part is DictionaryValue fields && fields.Find("text") is not null);
        if (place < 0)
            throw new TemplateRefusal("continue_final_message is set but we could not find any text to continue in the final message!");
        var part = (DictionaryValue)parts.Items[place];
        var said = Texts.TryPlain(part.Find("text")!) ?? throw new TemplateRefusal("the last message's text part is no text to continue");
        part.Set("text", said + Mark);
        last.Set(field, parts);
        return new Continuation(said);
    }

    private static Continuation BeginThoughts(string field, DictionaryValue last, string source)
    {
        if (!Thoughts.Any(name => source.Contains(name, StringComparison.Ordinal)))
            throw new TemplateRefusal(
                $"continue_final_message is set to \"{field}\" but this is not an accepted field in the chat_template");
        string? said = null;
        foreach (var name in Thoughts)
            if (last.Find(name) is { } value && Texts.TryPlain(value) is { } text)
                last.Set(name, (said = text) + Mark);
        return new Continuation(said ?? throw new TemplateRefusal($"the last message has no '{field}' to continue"));
    }

    /// <summary>The text up to the mark.</summary>
    /// <exception cref="TemplateRefusal">The template left it out.</exception>
    public string End(string text)
    {
        var place = text.LastIndexOf(Mark.TrimEnd(), StringComparison.Ordinal);
        if (place < 0 || !text.Contains(Texts.Strip(_said, null, true, true), StringComparison.Ordinal))
            throw new TemplateRefusal(
                "continue_final_message is set but the final message does not appear in the chat after applying the chat template");
        // Where the template trimmed the mark, it would have trimmed what was said.
        return string.CompareOrdinal(text, place, Mark, 0, Mark.Length) == 0 ? text[..place]
            : Texts.Strip(text[..place], null, false, true);
    }
}
