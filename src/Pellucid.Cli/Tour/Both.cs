namespace Pellucid.Cli.Tour;

/// <summary>A text in the two languages of the report.</summary>
internal sealed record Both(string English, string Chinese)
{
    /// <summary>What reads the same in both: a number, a token, a word of the model's own.</summary>
    public static implicit operator Both(string text) => new(text, text);
}
