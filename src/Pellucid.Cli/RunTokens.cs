using Pellucid.Models;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary>What a training run takes for tokens.</summary>
/// <param name="Tokenizer">Cuts the text.</param>
/// <param name="Specials">Where documents begin and end.</param>
/// <param name="WriteBeside">Writes, into a folder, what lies beside the weights.</param>
internal sealed record RunTokens(Tokenizer Tokenizer, SpecialTokens Specials, Action<string> WriteBeside)
{
    /// <summary>Those of a model, with all that lies beside its weights.</summary>
    public static RunTokens OfModel(string folder)
    {
        var vocabulary = Checkpoint.LoadConfig(folder).VocabularySize;
        var tokenizer = CompanionFiles.LoadTokenizer(folder, vocabulary);
        return new RunTokens(tokenizer, CompanionFiles.LoadSpecials(folder, tokenizer, vocabulary),
            target => CompanionFiles.Copy(folder, target));
    }

    /// <summary>Those of a tokenizer: a folder or a GGUF file, with what belongs to it there, or a file, by itself.</summary>
    public static RunTokens OfTokenizer(string path)
    {
        var tokenizer = CompanionFiles.LoadTokenizer(path);
        return Directory.Exists(path) || GgufReader.IsGguf(path)
            ? new RunTokens(tokenizer, CompanionFiles.LoadSpecials(path, tokenizer, tokenizer.VocabularySize),
                target => CompanionFiles.CopyTokenizer(path, target))
            : Of(tokenizer);
    }

    /// <summary>Those of a tokenizer that was learned on the way.</summary>
    public static RunTokens Of(Tokenizer tokenizer) => new(tokenizer, SpecialTokens.Of(tokenizer), tokenizer.Save);
}
