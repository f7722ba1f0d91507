namespace Pellucid.Worlds;

/// <summary>A text that stops before a word, and the word.</summary>
/// <param name="Prompt">The text, without a space at its end.</param>
/// <param name="Answer">What follows, with the space before it.</param>
/// <param name="Alternatives">What a bad reader might say instead, written like the answer; none where nothing is near at hand.</param>
/// <param name="Group">Questions of one kind are counted together.</param>
public sealed record ClozeQuestion(string Prompt, string Answer, IReadOnlyList<string> Alternatives, string Group)
{
    internal static ClozeQuestion At(string text, Span answer, string[] alternatives, string group)
    {
        var spaced = answer.Start > 0 && text[answer.Start - 1] == ' ';
        var gap = spaced ? " " : "";
        return new ClozeQuestion(text[..(answer.Start - gap.Length)], gap + answer.Of(text),
            [.. alternatives.Select(word => gap + word)], group);
    }
}
