using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary>Tokenizers as options: wherever one is asked for, a file, a folder, and a model by its name will do.</summary>
internal static class TokenizerPath
{
    /// <summary>What may stand there, as a help text says it.</summary>
    public const string Kinds = "a folder or file with a tokenizer, or a model by its name, such as tiny";

    /// <summary>The file or folder; null where there is none.</summary>
    public static string? Find(string name) => Path.Exists(name) ? name
        : name == BuiltInModel.Name ? BuiltInModel.Folder : name == BuiltInModel.Unicorn ? BuiltInModel.UnicornFolder
        : ModelHub.Find(name);

    /// <summary>Loads a tokenizer.</summary>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    /// <exception cref="InvalidDataException">Its files are damaged.</exception>
    public static Tokenizer Load(string name) => CompanionFiles.LoadTokenizer(
        Find(name) ?? throw new FileNotFoundException($"there is no tokenizer {name}"));
}
