using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Files;
using Pellucid.Tokens;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>What a GGUF file holds beside its weights, as the files that lie beside them in a model folder.</summary>
internal static class GgufCompanions
{
    private const string TemplateFile = "chat_template.jinja", MoreTemplates = "additional_chat_templates";

    /// <summary>Writes the tokenizer, its settings and the chat templates into a folder.</summary>
    /// <returns>Whether there was a tokenizer.</returns>
    public static bool Save(GgufReader reader, GgufVocabulary? vocabulary, string folder)
    {
        Directory.CreateDirectory(folder);
        vocabulary?.ToTokenizer().Save(folder);
        if (vocabulary is not null)
            SaveSettings(Path.Combine(folder, TokenizerSettings.SettingsFile), vocabulary);
        foreach (var (name, source) in GgufTemplates.Read(reader, vocabulary).Sources)
        {
            if (name != ChatTemplate.DefaultName)
                Directory.CreateDirectory(Path.Combine(folder, MoreTemplates));
            var file = name == ChatTemplate.DefaultName ? TemplateFile : Path.Combine(MoreTemplates, FileNameOf(reader, name) + ".jinja");
            SafeFile.Write(Path.Combine(folder, file), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(source)));
        }
        return vocabulary is not null;
    }

    private static void SaveSettings(string path, GgufVocabulary vocabulary) => SafeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        json.WriteBoolean("add_bos_token", vocabulary.ToSpecials().AddsBegin);
        foreach (var (name, text) in vocabulary.Named())
            json.WriteString(name, text);
        json.WriteEndObject();
    });

    private static string FileNameOf(GgufReader reader, string name) =>
        name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-') ? name
        : throw new InvalidDataException(
            $"{reader.Path}: a chat template is called '{Excerpt.Of(name)}', which is no name for a file");
}
