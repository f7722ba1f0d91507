namespace Pellucid.Conversations.Jinja;

/// <summary>What is wrong with a template, or with what it was given; the line it stands at is added where rendering ends.</summary>
internal class TemplateError(string message) : Exception(message);

/// <summary>What a template says itself, by <c>raise_exception</c>:
/// it refuses the conversation, and its words go to the user as they are.</summary>
internal sealed class TemplateRefusal(string message) : TemplateError(message);

/// <summary>Text that is no template.</summary>
internal sealed class TemplateSyntaxError(string message, int line) : TemplateError(message)
{
    /// <summary>Where, counted from 1.</summary>
    public int Line => line;
}
