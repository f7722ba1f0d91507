using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary>Model folders as arguments.</summary>
internal static class ModelFolder
{
    /// <summary>Loads the weights, for training and looking inside as they are, for computing alone in a type of weights.</summary>
    public static Gpt LoadGpt(string path, Backend backend, ElementType? weights = null) => Checkpoint.Load(Resolve(path), backend, weights);

    /// <summary>Loads the tokenizer, which must fit the model.</summary>
    public static Tokenizer LoadTokenizer(string path, GptConfig config)
    {
        var tokenizer = Tokenizer.Load(Resolve(path));
        return tokenizer.VocabularySize <= config.VocabularySize ? tokenizer
            : throw new InvalidDataException($"{path}: the tokenizer has {tokenizer.VocabularySize} tokens, but the model only {config.VocabularySize}");
    }

    /// <summary>The folder of a model: that of the name, the built-in one, or the one that <c>model pull</c> fetched under it.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Resolve(string path)
    {
        if (Directory.Exists(path))
            return path;
        if (path == BuiltInModel.Name)
            return BuiltInModel.Folder;
        return ModelHub.Find(path) ?? throw new FileNotFoundException(File.Exists(path) ? $"{path} is a file, not a model folder" : $"there is no model folder {path}");
    }
}
