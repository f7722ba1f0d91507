using System.Text;

namespace Pellucid.Extensions.AI;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>.</param>
/// <param name="Content">What is said.</param>
public readonly record struct ChatTurn(string Role, string Content);

/// <summary>Writes a conversation as the text that a model continues.</summary>
public abstract class ChatTemplate
{
    /// <summary>For models that know no conversations: what was said, a line each, and the model continues the last one.</summary>
    public static ChatTemplate Plain { get; } = new PlainTemplate();

    /// <summary>The text to be continued.</summary>
    /// <exception cref="ArgumentException">The template refuses this conversation.</exception>
    public abstract string Render(IReadOnlyList<ChatTurn> turns);

    private sealed class PlainTemplate : ChatTemplate
    {
        public override string Render(IReadOnlyList<ChatTurn> turns) => new StringBuilder().AppendJoin('\n', turns.Select(turn => turn.Content)).ToString();
    }
}
