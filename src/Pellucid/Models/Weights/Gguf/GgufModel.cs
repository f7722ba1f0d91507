using Pellucid.Models.Families;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>
/// The model that a GGUF file describes, checked as far as the file alone tells: its keys are understood and within bounds, the
/// tensors that they call for are there, in their shapes, and no others, and the vocabulary is sound.
/// </summary>
/// <param name="Architecture">What <c>general.architecture</c> says.</param>
/// <param name="Config">The shape.</param>
/// <param name="Vocabulary">Tokens and merges, or null where the file has none.</param>
public sealed record GgufModel(string Architecture, GptConfig Config, GgufVocabulary? Vocabulary)
{
    /// <summary>Reads and checks what a file says of its model.</summary>
    /// <exception cref="InvalidDataException">
    /// Something is missing, of a wrong type, not understood, or contradicts another; it is named.
    /// </exception>
    /// <exception cref="NotSupportedException">The architecture, the vocabulary or a tensor's type is one that is not known.</exception>
    public static GgufModel Read(GgufReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var config = GgufConfig.Read(reader);
        var vocabulary = GgufVocabulary.Read(reader);
        if (vocabulary is not null && vocabulary.Tokens.Count > config.VocabularySize)
            throw reader.Metadata.Require(GgufVocabulary.TokensKey).Refusal(
                $"has {vocabulary.Tokens.Count} tokens, but {GgufNames.TokenTable} only {config.VocabularySize} rows");
        StoredParameters.Check(new GgufWeights(reader), config);
        return new GgufModel(reader.Metadata.Require("general.architecture").Text(), config, vocabulary);
    }
}
