using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary>Model folders as arguments.</summary>
internal static class ModelFolder
{
    /// <summary>Loads the weights.</summary>
    public static Gpt LoadGpt(string path, Backend backend)
    {
        RequireFolder(path);
        return Checkpoint.Load(path, backend);
    }

    /// <summary>Loads the tokenizer, which must fit the model.</summary>
    public static Tokenizer LoadTokenizer(string path, GptConfig config)
    {
        RequireFolder(path);
        var tokenizer = Tokenizer.Load(path);
        return tokenizer.VocabularySize <= config.VocabularySize ? tokenizer
            : throw new InvalidDataException($"{path}: the tokenizer has {tokenizer.VocabularySize} tokens, but the model only {config.VocabularySize}");
    }

    private static void RequireFolder(string path)
    {
        if (!Directory.Exists(path))
            throw new FileNotFoundException(File.Exists(path) ? $"{path} is a file, not a model folder" : $"there is no model folder {path}");
    }
}
