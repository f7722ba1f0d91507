namespace Pellucid.Conversations;

/// <summary>A conversation as the text that a model reads.</summary>
public sealed class RenderedConversation
{
    private readonly IReadOnlyList<(int Start, string Text)> _generated;

    internal RenderedConversation(string text, IReadOnlyList<(int Start, string Text)> generated) => (Text, _generated) = (text, generated);

    /// <summary>The text. Special tokens stand in it by their names.</summary>
    public string Text { get; }

    /// <summary>
    /// Parts of the text that assistants said, from the template's <c>{% generation %}</c> blocks; none where it has no such
    /// blocks. They are what is learned in tuning.
    /// </summary>
    /// <exception cref="InvalidDataException">A block is inside a macro, so that its place cannot be known.</exception>
    public IReadOnlyList<Range> LearnedSpans() => [.. _generated.Where(one => one.Start <= Text.Length).Select(Span)];

    // A conversation that is to be continued may end inside of a block.
    private Range Span((int Start, string Text) generated)
    {
        var end = Math.Min(Text.Length, generated.Start + generated.Text.Length);
        return Text.AsSpan(generated.Start, end - generated.Start).SequenceEqual(generated.Text.AsSpan(0, end - generated.Start))
            ? generated.Start..end
            : throw new InvalidDataException(
                "the chat template has a generation block inside a macro or another block, so that its place is not known");
    }
}
