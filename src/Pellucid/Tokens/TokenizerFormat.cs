namespace Pellucid.Tokens;

/// <summary>Formats of byte-pair tokenizers on disk.</summary>
public enum TokenizerFormat
{
    /// <summary><c>vocab.json</c> and <c>merges.txt</c>, GPT-2's own.</summary>
    VocabularyAndMerges,

    /// <summary>Hugging Face's <c>tokenizer.json</c>.</summary>
    TokenizerJson,

    /// <summary>tiktoken's ranks.</summary>
    TiktokenRanks,
}
