namespace Pellucid.Files;

/// <summary>What a file says, as short as a message can bear.</summary>
public static class Excerpt
{
    private const int OfText = 80, OfMessage = 240;

    /// <summary>A text, or its beginning, on one line.</summary>
    public static string Of(string text) => Shorten(text, OfText);

    /// <summary>What another reader complains of, which may quote the file.</summary>
    public static string Of(Exception error) => Shorten(error.Message, OfMessage);

    // Cut first: a text may be as long as a file.
    private static string Shorten(string text, int most) =>
        text.Length <= most ? text.ReplaceLineEndings(" ") : text[..most].ReplaceLineEndings(" ") + " …";
}
