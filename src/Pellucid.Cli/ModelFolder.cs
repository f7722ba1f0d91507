using Pellucid.Conversations;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary>Models as arguments:
/// folders, GGUF files, names, and BASE+ADAPTER for a model with an adapter worked into its weights.</summary>
internal static class ModelFolder
{
    private const char Plus = '+';

    /// <summary>Loads the weights, for training and looking inside as they are, for computing alone in a type of weights.</summary>
    public static Gpt LoadGpt(string path, Backend backend, ElementType? weights = null)
    {
        if (Parts(path) is not { } parts)
            return Checkpoint.Load(Resolve(path), backend, weights);
        using var gpt = Checkpoint.Load(Resolve(parts.Base), backend);
        using var adapter = AdapterFolder.Read(parts.Adapter, gpt);
        return AdapterMerge.Merge(gpt, adapter, weights == ElementType.Mixed ? null : weights);
    }

    /// <summary>Loads a model with its tokens and a scheduler; weights that have an adapter stay as they are.</summary>
    public static LanguageModel LoadLanguageModel(string path, Backend backend, ElementType? weights, SchedulerOptions scheduling)
    {
        var parts = Parts(path);
        return LanguageModel.Load(Resolve(parts?.Base ?? path), backend, weights, scheduling, NameOf(path), parts?.Adapter);
    }

    /// <summary>Loads the tokenizer; of a model without one, numbers stand for themselves.</summary>
    public static Tokenizer LoadTokenizer(string path, GptConfig config) =>
        CompanionFiles.LoadTokenizer(Resolve(path), config.VocabularySize);

    /// <summary>Where texts of a model begin and end.</summary>
    public static SpecialTokens LoadSpecials(string path, Tokenizer tokenizer, GptConfig config) =>
        CompanionFiles.LoadSpecials(Resolve(path), tokenizer, config.VocabularySize);

    /// <summary>How conversations are written for a model: as its adapter has it, if one lies there.</summary>
    public static ChatTemplate LoadTemplate(string path) => CompanionFiles.LoadTemplate(
        Parts(path) is { } parts && CompanionFiles.HasTemplate(parts.Adapter) ? parts.Adapter : Resolve(path));

    /// <summary>Copies what lies beside a model's weights and is read with them into a folder.</summary>
    public static void CopyCompanions(string path, string target)
    {
        CompanionFiles.Copy(Resolve(path), target);
        if (Parts(path) is { } parts && CompanionFiles.HasTemplate(parts.Adapter))
            File.Copy(Path.Combine(parts.Adapter, CompanionFiles.TemplateFile), Path.Combine(target, CompanionFiles.TemplateFile), true);
    }

    /// <summary>How the makers of a model would have its tokens chosen.</summary>
    public static SamplingDefaults LoadSampling(string path) => SamplingDefaults.Read(Resolve(path));

    /// <summary>What programs call a model: the name that it was fetched under, or else its folder's or its file's.</summary>
    public static string NameOf(string path) => Parts(path) is { } parts ? $"{NameOf(parts.Base)}{Plus}{NameOf(parts.Adapter)}"
        : !Path.Exists(path) && path is not (BuiltInModel.Name or BuiltInModel.Unicorn) && ModelHub.Find(path) is not null ? path
        : CompanionFiles.NameOf(Resolve(path));

    /// <summary>
    /// Where a model lies: the folder of that name or the GGUF file, the built-in one's folder, or that which <c>model pull</c> fetched
    /// under it. Of a model with an adapter the place whose tokenizer and template count: the adapter's, where they were saved with it.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Resolve(string path)
    {
        if (Parts(path) is { } parts)
            return Tokenizer.Exists(parts.Adapter) && File.Exists(Path.Combine(parts.Adapter, Checkpoint.ConfigFile)) ? parts.Adapter
                : Resolve(parts.Base);
        if (Directory.Exists(path) || GgufReader.IsGguf(path))
            return path;
        if (path == BuiltInModel.Name)
            return BuiltInModel.Folder;
        if (path == BuiltInModel.Unicorn)
            return BuiltInModel.UnicornFolder;
        return ModelHub.Find(path) ?? throw new FileNotFoundException(
            File.Exists(path) ? $"{path} is neither a model folder nor a GGUF file"
                : path.EndsWith(GgufReader.Extension, StringComparison.OrdinalIgnoreCase) ? $"there is no file {path}"
                : path.Length == 0 ? "the name of the model is empty" : $"there is no model folder {path}");
    }

    /// <summary>Where an adapter of a model lies: the folder or file of that name, or that which comes with the built-in model.</summary>
    public static string AdapterOf(string model, string adapter) =>
        model == BuiltInModel.Name && adapter == BuiltInModel.Assistant && !AdapterFolder.Exists(adapter) ? BuiltInModel.AssistantFolder
            : adapter;

    /// <summary>The model and the adapter of BASE+ADAPTER; null where it is not that.</summary>
    /// <exception cref="ArgumentException">There are two adapters.</exception>
    public static (string Base, string Adapter)? Parts(string path)
    {
        var at = Path.Exists(path) ? -1 : path.LastIndexOf(Plus);
        if (at <= 0)
            return null;
        if (Parts(path[..at]) is not null)
            throw new ArgumentException($"{path} has two adapters; a model has one at a time");
        var adapter = AdapterOf(path[..at], path[(at + 1)..]);
        return AdapterFolder.Exists(adapter) ? (path[..at], adapter)
            : throw new FileNotFoundException($"{adapter} is not an adapter's folder: it has no {AdapterFolder.ConfigFile}");
    }
}
