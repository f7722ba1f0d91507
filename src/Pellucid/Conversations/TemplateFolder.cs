using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Conversations;

/// <summary>Finds the templates of a model folder, and the special tokens that they name.</summary>
internal static class TemplateFolder
{
    private const string TemplateFile = "chat_template.jinja", MoreTemplates = "additional_chat_templates", Extension = ".jinja";
    private const string SettingsFile = "tokenizer_config.json", TokensFile = "special_tokens_map.json", Field = "chat_template";

    /// <summary>The templates of a folder; the plain form where there are none.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or a template cannot be read.</exception>
    public static ChatTemplate Load(string folder)
    {
        var (templates, specialTokens) = (FromFiles(folder), new Dictionary<string, string>());
        // The settings have the last word.
        Read(Path.Combine(folder, TokensFile), (_, file) => AddTokens(specialTokens, file));
        Read(Path.Combine(folder, SettingsFile), (path, file) =>
        {
            AddTokens(specialTokens, file);
            if (templates.Count == 0 && file.TryGetProperty(Field, out var field))
                AddTemplates(templates, field, path);
        });
        return templates.Count > 0 ? new ChatTemplate(templates, specialTokens) : ChatTemplate.Plain;
    }

    private static Dictionary<string, string> FromFiles(string folder)
    {
        var templates = new Dictionary<string, string>();
        if (Path.Combine(folder, TemplateFile) is var file && File.Exists(file))
            templates[ChatTemplate.DefaultName] = PlainText.ReadAll(file);
        if (Path.Combine(folder, MoreTemplates) is var more && Directory.Exists(more))
            foreach (var path in Directory.EnumerateFiles(more, "*" + Extension).Order(StringComparer.Ordinal))
                templates[Path.GetFileNameWithoutExtension(path)] = PlainText.ReadAll(path);
        return templates;
    }

    // One template, or several by name.
    private static void AddTemplates(Dictionary<string, string> templates, JsonElement field, string path)
    {
        if (field.ValueKind == JsonValueKind.String)
            templates[ChatTemplate.DefaultName] = field.GetString()!;
        else if (field.ValueKind == JsonValueKind.Array)
            foreach (var one in field.EnumerateArray())
                templates[Part(one, "name", path)] = Part(one, "template", path);
        else if (field.ValueKind != JsonValueKind.Null)
            throw new InvalidDataException($"{path}: '{Field}' must be a text or a list of templates, not {field.ValueKind}");
    }

    private static string Part(JsonElement one, string name, string path) =>
        one.ValueKind == JsonValueKind.Object && one.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.String
            ? part.GetString()! : throw new InvalidDataException($"{path}: each template in '{Field}' needs a '{name}', which is a text");

    // Such as "eos_token": "<|endoftext|>", or the same as an object with a content.
    private static void AddTokens(Dictionary<string, string> tokens, JsonElement file)
    {
        foreach (var field in file.EnumerateObject().Where(field => field.Name.EndsWith("_token", StringComparison.Ordinal)))
        {
            var token = field.Value.ValueKind == JsonValueKind.Object && field.Value.TryGetProperty("content", out var content) ? content
                : field.Value;
            if (token.ValueKind == JsonValueKind.String)
                tokens[field.Name] = token.GetString()!;
        }
    }

    private static void Read(string path, Action<string, JsonElement> use)
    {
        if (!File.Exists(path))
            return;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"{path}: an object is expected");
            use(path, json.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // the second where a text is not Unicode
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }
}
