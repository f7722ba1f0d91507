namespace Pellucid.Tokens;

/// <summary>A token that is found in a text as it is written, before the text is cut into pieces.</summary>
/// <param name="Token">Its number.</param>
/// <param name="Text">How it is written.</param>
/// <param name="IsSpecial">Whether it stands for something other than its text, such as the end of a document:
/// users' text never becomes it.</param>
internal readonly record struct AddedToken(int Token, string Text, bool IsSpecial)
{
    /// <summary>Whether it is sought in the text as normalizers leave it, and not as it is given.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Whether it counts only where no word goes on before or after it.</summary>
    public bool IsSingleWord { get; init; }

    /// <summary>Whether it takes along the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Whether it takes along the white space after it.</summary>
    public bool StripsRight { get; init; }
}
