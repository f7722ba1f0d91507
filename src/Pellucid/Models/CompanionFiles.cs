using Pellucid.Files;
using Pellucid.Tokens;
using Pellucid.Tokens.Formats;

namespace Pellucid.Models;

/// <summary>
/// What lies beside a model's weights and is read with them: the tokenizer, its settings, where texts begin and end, how
/// conversations are written, how the model is best sampled. Whoever writes a model from another brings them along.
/// </summary>
public static class CompanionFiles
{
    private const string MoreTemplates = "additional_chat_templates", TemplateExtension = ".jinja";

    private static readonly string[] OfTokenizer =
    [
        CharacterTokenizer.FileName, TokenizerJson.FileName, VocabularyAndMerges.VocabularyFile, VocabularyAndMerges.MergesFile,
        VocabularyAndMerges.OriginalVocabularyFile, VocabularyAndMerges.OriginalMergesFile, TiktokenRanks.FileName, "added_tokens.json",
        TokenizerSettings.SettingsFile, TokenizerSettings.MapFile, "chat_template.jinja",
    ];

    /// <summary>Whether a file of that name, with <c>/</c> before it if it lies in a folder, is one of them.</summary>
    public static bool Contains(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return OfTokenizer.Contains(name) || name == SpecialTokens.GenerationFile
            || (name.StartsWith(MoreTemplates + "/", StringComparison.Ordinal)
                && name.EndsWith(TemplateExtension, StringComparison.Ordinal) && name.IndexOf('/', MoreTemplates.Length + 1) < 0);
    }

    /// <summary>Copies those that a folder has into another, each whole or not at all.</summary>
    public static void Copy(string from, string to)
    {
        CopyTokenizer(from, to);
        CopyFile(from, to, SpecialTokens.GenerationFile);
    }

    /// <summary>Copies the tokenizer and what belongs to it: for another model with the same tokens.</summary>
    public static void CopyTokenizer(string from, string to)
    {
        foreach (var name in OfTokenizer)
            CopyFile(from, to, name);
        var templates = Path.Combine(from, MoreTemplates);
        if (!Directory.Exists(templates))
            return;
        foreach (var path in Directory.EnumerateFiles(templates, "*" + TemplateExtension))
        {
            Directory.CreateDirectory(Path.Combine(to, MoreTemplates));
            CopyFile(from, to, Path.Combine(MoreTemplates, Path.GetFileName(path)));
        }
    }

    private static void CopyFile(string from, string to, string name)
    {
        var (source, target) = (Path.Combine(from, name), Path.Combine(to, name));
        if (!File.Exists(source) || Path.GetFullPath(source) == Path.GetFullPath(target))
            return;
        SafeFile.Write(target, stream =>
        {
            using var file = File.OpenRead(source);
            file.CopyTo(stream);
        });
    }
}
