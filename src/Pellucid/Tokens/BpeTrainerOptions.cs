namespace Pellucid.Tokens;

/// <summary>Which of two pairs that are equally frequent is merged first, and with it how tokens are numbered.</summary>
public enum BpeOrder
{
    /// <summary>The pair with the greater bytes. Tokens are the 256 bytes, merges, and special tokens.</summary>
    Bytes,

    /// <summary>
    /// The pair with the smaller numbers, as Hugging Face's trainer decides. Tokens are special tokens, the 256 bytes in the
    /// order of the characters that stand for them in files, and merges.
    /// </summary>
    Numbers,
}

/// <summary>What is learned from a text, and how.</summary>
/// <param name="VocabularySize">Tokens in all; fewer where the text has no more pairs to merge.</param>
public sealed record BpeTrainerOptions(int VocabularySize)
{
    /// <summary>How text is cut into the pieces that merges may not cross: one of <see cref="BpeTrainer.PreTokenizers"/>.</summary>
    public string PreTokenizer { get; init; } = "gpt2";

    /// <summary>Which of two pairs that are equally frequent is merged first.</summary>
    public BpeOrder Order { get; init; }

    /// <summary>Special tokens beside the end of text.</summary>
    public IReadOnlyList<string> Special { get; init; } = [];

    /// <summary>Threads that count pieces; all cores when 0. The result does not depend on it.</summary>
    public int Threads { get; init; }
}
