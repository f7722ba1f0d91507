using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary>Model folders as arguments.</summary>
internal static class ModelFolder
{
    /// <summary>Loads the weights, for training and looking inside as they are, for computing alone in a type of weights.</summary>
    public static Gpt LoadGpt(string path, Backend backend, ElementType? weights = null) =>
        Checkpoint.Load(Resolve(path), backend, weights);

    /// <summary>Loads the tokenizer; of a model without one, numbers stand for themselves.</summary>
    public static Tokenizer LoadTokenizer(string path, GptConfig config) => Tokenizer.LoadOrNumbers(Resolve(path), config.VocabularySize);

    /// <summary>Where texts of a model begin and end.</summary>
    public static SpecialTokens LoadSpecials(string path, Tokenizer tokenizer, GptConfig config) =>
        SpecialTokens.Read(Resolve(path), tokenizer, config.VocabularySize);

    /// <summary>How the makers of a model would have its tokens chosen.</summary>
    public static SamplingDefaults LoadSampling(string path) => SamplingDefaults.Read(Resolve(path));

    /// <summary>What programs call a model: the name that it was fetched under, or else its folder's.</summary>
    public static string NameOf(string path) =>
        !Directory.Exists(path) && path != BuiltInModel.Name && ModelHub.Find(path) is not null ? path
            : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Resolve(path))));

    /// <summary>The folder of a model: that of the name, the built-in one, or the one that <c>model pull</c> fetched under it.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Resolve(string path)
    {
        if (Directory.Exists(path))
            return path;
        if (path == BuiltInModel.Name)
            return BuiltInModel.Folder;
        return ModelHub.Find(path) ?? throw new FileNotFoundException(
            File.Exists(path) ? $"{path} is a file, not a model folder" : $"there is no model folder {path}");
    }
}
