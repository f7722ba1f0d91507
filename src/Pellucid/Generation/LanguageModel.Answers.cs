using Pellucid.Constraints;
using Pellucid.Conversations;
using Pellucid.Conversations.Calls;

namespace Pellucid.Generation;

// Answers in conversations.
public sealed partial class LanguageModel
{
    private IReadOnlyList<int>? _answerEnds;

    /// <summary>The request with which <see cref="WriteAsync"/> answers in a conversation. Nothing of that is ever forgotten: the
    /// answer ends where the context does.</summary>
    /// <param name="conversation">What was said.</param>
    /// <param name="maxTokens">Tokens of the answer at most; as many as the context still holds if left out.</param>
    /// <param name="form">What is said shall look so, where no function is called; anything if left out.</param>
    /// <exception cref="ConversationTooLongException">It does not fit the context.</exception>
    /// <exception cref="ConversationException">There are functions, and the template knows none, or one of them makes no sense.</exception>
    /// <exception cref="ConstraintException">Arguments or what is said cannot be kept to a schema.</exception>
    /// <exception cref="ArgumentException">The template refuses this conversation, and the message is its own;
    /// or it holds what no token stands for.</exception>
    /// <exception cref="InvalidDataException">The template fails, or takes too much.</exception>
    public GenerationRequest Answer(Conversation conversation, int? maxTokens = null, OutputConstraint? form = null)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        var (context, format, tools) = (Gpt.Context, Chat.Format, Callable(conversation));
        conversation = PreparedTurns.Of(conversation, format);
        var rendered = Chat == ChatTemplate.Plain ? Chat.Render(conversation).Text
            : Chat.Render(conversation.Shielded(Tokenizer.Shield)).Text;
        var prompt = Chat == ChatTemplate.Plain ? Encode(rendered) : Tokenizer.EncodeRendered(rendered);
        if (prompt.Length > context)
            throw new ConversationTooLongException(
                $"the conversation has {prompt.Length} tokens, but this model's context is {context}");
        if (prompt.Length == 0)
            prompt = Specials.Prompt(Tokenizer, "", begin: false);
        var room = Math.Max(1, context - prompt.Length);
        return new GenerationRequest(prompt)
        {
            MaxTokens = Math.Min(maxTokens ?? room, room),
            Constraint = CallConstraint.Of(this, conversation, tools, format, form, format.BeginsInThought(rendered)),
            Reader = () => format.Reader(rendered, tools),
        };
    }

    // The functions that may be called in a conversation.
    private IReadOnlyList<Tool> Callable(Conversation conversation)
    {
        var (tools, choice) = (Tool.Read(conversation.Tools), conversation.Choice);
        foreach (var name in choice.Names ?? [])
            if (tools.All(tool => tool.Name != name))
                throw new ConversationException($"there is no function '{name}' among the tools to choose", "tool_choice");
        if (choice.IsRequired && tools.Count == 0)
            throw new ConversationException("a function must be called, but there are no tools", "tool_choice");
        if (choice.IsNone || tools.Count == 0)
            return [];
        if (Chat.Format.Calls is null)
            throw new ConversationException(Chat.Format.Refusal, "tools");
        return choice.Names is null ? tools : [.. tools.Where(tool => choice.Names.Contains(tool.Name))];
    }

    // Beside the model's own ends those that end a message in which a function is called.
    private IReadOnlyList<int> AnswerEnds => _answerEnds ??= !Chat.Format.HasChannels ? Specials.Ends
        : [.. Specials.Ends.Concat(ChannelReader.LastMarks.Select(Tokenizer.Find).OfType<int>()).Distinct()];
}
