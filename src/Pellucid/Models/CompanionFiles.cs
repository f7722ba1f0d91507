using Pellucid.Conversations;
using Pellucid.Files;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tokens;
using Pellucid.Tokens.Formats;

namespace Pellucid.Models;

/// <summary>
/// What lies beside a model's weights and is read with them: the tokenizer, its settings, where texts begin and end, how
/// conversations are written, how the model is best sampled. Whoever writes a model from another brings them along.
/// </summary>
public static class CompanionFiles
{
    /// <summary>The file of a chat template.</summary>
    internal const string TemplateFile = "chat_template.jinja";

    private const string MoreTemplates = "additional_chat_templates", TemplateExtension = ".jinja";

    private static readonly string[] OfTokenizer =
    [
        CharacterTokenizer.FileName, TokenizerJson.FileName, VocabularyAndMerges.VocabularyFile, VocabularyAndMerges.MergesFile,
        VocabularyAndMerges.OriginalVocabularyFile, VocabularyAndMerges.OriginalMergesFile, TiktokenRanks.FileName, "added_tokens.json",
        TokenizerSettings.SettingsFile, TokenizerSettings.MapFile, TemplateFile,
    ];

    /// <summary>Whether a file of that name, with <c>/</c> before it if it lies in a folder, is one of them.</summary>
    public static bool Contains(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return OfTokenizer.Contains(name) || name == SpecialTokens.GenerationFile
            || (name.StartsWith(MoreTemplates + "/", StringComparison.Ordinal)
                && name.EndsWith(TemplateExtension, StringComparison.Ordinal) && name.IndexOf('/', MoreTemplates.Length + 1) < 0);
    }

    /// <summary>The tokenizer of a model; of one without, numbers stand for themselves.</summary>
    /// <param name="path">A model folder or a GGUF file.</param>
    /// <param name="vocabularySize">V: rows of the model's table.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or describes a tokenizer that cannot be reproduced exactly.</exception>
    /// <exception cref="NotSupportedException">A GGUF file's vocabulary is of a kind that is not known.</exception>
    public static Tokenizer LoadTokenizer(string path, int vocabularySize) => GgufReader.IsGguf(path)
        ? OfGguf<Tokenizer>(path, (_, vocabulary) => vocabulary?.ToTokenizer() ?? (Tokenizer)new NamelessTokenizer(vocabularySize))
        : Tokenizer.LoadOrNumbers(path, vocabularySize);

    /// <summary>A tokenizer by itself.</summary>
    /// <param name="path">A model folder, a GGUF file, or a tokenizer's own file.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or describes a tokenizer that cannot be reproduced exactly.</exception>
    /// <exception cref="NotSupportedException">A GGUF file's vocabulary is of a kind that is not known.</exception>
    public static Tokenizer LoadTokenizer(string path) => !GgufReader.IsGguf(path) ? Tokenizer.Load(path)
        : OfGguf(path, (_, vocabulary) => vocabulary?.ToTokenizer()) ?? throw new FileNotFoundException($"{path} has no tokenizer", path);

    /// <summary>What programs call a model: the name of its folder, or of its file.</summary>
    public static string NameOf(string path)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return GgufReader.IsGguf(path) ? Path.GetFileNameWithoutExtension(name) : name;
    }

    /// <summary>Where texts of a model begin and end.</summary>
    /// <param name="path">A model folder or a GGUF file.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="vocabularySize">V: no id may lie beyond the model's tokens.</param>
    /// <exception cref="InvalidDataException">A value cannot be: the message names it.</exception>
    public static SpecialTokens LoadSpecials(string path, Tokenizer tokenizer, int vocabularySize) => GgufReader.IsGguf(path)
        ? OfGguf(path, (_, vocabulary) => vocabulary?.ToSpecials() ?? SpecialTokens.None)
        : SpecialTokens.Read(path, tokenizer, vocabularySize);

    /// <summary>How conversations are written for a model; <see cref="ChatTemplate.Plain"/> where its makers do not say.</summary>
    /// <param name="path">A model folder or a GGUF file.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or a template cannot be read.</exception>
    public static ChatTemplate LoadTemplate(string path) =>
        GgufReader.IsGguf(path) ? OfGguf(path, GgufTemplates.Read) : ChatTemplate.Load(path);

    /// <summary>Whether there is a tokenizer.</summary>
    /// <param name="path">A model folder or a GGUF file.</param>
    public static bool HasTokenizer(string path) =>
        GgufReader.IsGguf(path) ? OfGguf(path, (_, vocabulary) => vocabulary is not null) : Tokenizer.Exists(path);

    /// <summary>Whether a folder has a chat template of its own, as an adapter's may whose tokenizer is the model's below.</summary>
    public static bool HasTemplate(string folder) => File.Exists(Path.Combine(folder, TemplateFile));

    /// <summary>Copies those that a model has into a folder, each whole or not at all.</summary>
    /// <param name="from">A model folder, or a GGUF file, whose vocabulary and templates become such files.</param>
    /// <param name="to">The folder.</param>
    public static void Copy(string from, string to)
    {
        CopyTokenizer(from, to);
        if (GgufReader.IsGguf(from))
            OfGguf(from, (_, vocabulary) => vocabulary?.ToSpecials() ?? SpecialTokens.None).SaveBeside(to, GgufSampling.Fields(from));
        else
            CopyFile(from, to, SpecialTokens.GenerationFile);
    }

    /// <summary>Copies the tokenizer and what belongs to it: for another model with the same tokens.</summary>
    public static void CopyTokenizer(string from, string to)
    {
        if (GgufReader.IsGguf(from))
        {
            OfGguf(from, (reader, vocabulary) => GgufCompanions.Save(reader, vocabulary, to));
            return;
        }
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

    private static T OfGguf<T>(string path, Func<GgufReader, GgufVocabulary?, T> read)
    {
        using var reader = new GgufReader(path);
        return read(reader, GgufVocabulary.Read(reader));
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
