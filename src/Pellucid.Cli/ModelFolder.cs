using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary>Models as arguments: folders, GGUF files, and names.</summary>
internal static class ModelFolder
{
    /// <summary>Loads the weights, for training and looking inside as they are, for computing alone in a type of weights.</summary>
    public static Gpt LoadGpt(string path, Backend backend, ElementType? weights = null) =>
        Checkpoint.Load(Resolve(path), backend, weights);

    /// <summary>Loads the tokenizer; of a model without one, numbers stand for themselves.</summary>
    public static Tokenizer LoadTokenizer(string path, GptConfig config) =>
        CompanionFiles.LoadTokenizer(Resolve(path), config.VocabularySize);

    /// <summary>Where texts of a model begin and end.</summary>
    public static SpecialTokens LoadSpecials(string path, Tokenizer tokenizer, GptConfig config) =>
        CompanionFiles.LoadSpecials(Resolve(path), tokenizer, config.VocabularySize);

    /// <summary>How the makers of a model would have its tokens chosen.</summary>
    public static SamplingDefaults LoadSampling(string path) => SamplingDefaults.Read(Resolve(path));

    /// <summary>What programs call a model: the name that it was fetched under, or else its folder's or its file's.</summary>
    public static string NameOf(string path) =>
        !Path.Exists(path) && path != BuiltInModel.Name && ModelHub.Find(path) is not null ? path : CompanionFiles.NameOf(Resolve(path));

    /// <summary>Where a model lies: the folder of that name or the GGUF file, the built-in one's folder, or that which <c>model pull</c>
    /// fetched under it.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Resolve(string path)
    {
        if (Directory.Exists(path) || GgufReader.IsGguf(path))
            return path;
        if (path == BuiltInModel.Name)
            return BuiltInModel.Folder;
        return ModelHub.Find(path) ?? throw new FileNotFoundException(
            File.Exists(path) ? $"{path} is neither a model folder nor a GGUF file"
                : path.EndsWith(GgufReader.Extension, StringComparison.OrdinalIgnoreCase) ? $"there is no file {path}"
                : $"there is no model folder {path}");
    }
}
