using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Conversations;

/// <summary>Finds the templates of a model folder, and the special tokens that they name.</summary>
internal static class TemplateFolder
{
    private const string TemplateFile = "chat_template.jinja", MoreTemplates = "additional_chat_templates", Extension = ".jinja",
        SettingsFile = "tokenizer_config.json", TokensFile = "special_tokens_map.json", Field = "chat_template";

    /// <summary>The templates of a folder; the plain form where there are none.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or a template cannot be read.</exception>
    public static ChatTemplate Load(string folder)
    {
        using var settings = TryParse(Path.Combine(folder, SettingsFile));
        var templates = FromFiles(folder);
        if (templates.Count == 0 && settings is not null && settings.RootElement.TryGetProperty(Field, out var field))
            templates = FromField(field, Path.Combine(folder, SettingsFile));
        if (templates.Count == 0)
            return ChatTemplate.Plain;
        using var tokens = TryParse(Path.Combine(folder, TokensFile));
        var specialTokens = new Dictionary<string, string>();
        foreach (var file in (JsonDocument?[])[tokens, settings]) // the settings have the last word
            if (file is not null)
                AddTokens(specialTokens, file.RootElement);
        return new ChatTemplate(templates, specialTokens);
    }

    private static Dictionary<string, string> FromFiles(string folder)
    {
        var templates = new Dictionary<string, string>();
        if (Path.Combine(folder, TemplateFile) is var file && File.Exists(file))
            templates[ChatTemplate.DefaultName] = File.ReadAllText(file);
        if (Path.Combine(folder, MoreTemplates) is var more && Directory.Exists(more))
            foreach (var path in Directory.EnumerateFiles(more, "*" + Extension).Order(StringComparer.Ordinal))
                templates[Path.GetFileNameWithoutExtension(path)] = File.ReadAllText(path);
        return templates;
    }

    // One template, or several by name.
    private static Dictionary<string, string> FromField(JsonElement field, string path)
    {
        var templates = new Dictionary<string, string>();
        if (field.ValueKind == JsonValueKind.String)
            templates[ChatTemplate.DefaultName] = Text(field, path);
        else if (field.ValueKind == JsonValueKind.Array)
            foreach (var one in field.EnumerateArray())
                templates[Part(one, "name", path)] = Part(one, "template", path);
        else if (field.ValueKind != JsonValueKind.Null)
            throw new InvalidDataException($"{path}: '{Field}' must be a text or a list of templates, not {field.ValueKind}");
        return templates;
    }

    private static string Part(JsonElement one, string name, string path) =>
        one.ValueKind == JsonValueKind.Object && one.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.String
            ? Text(part, path)
            : throw new InvalidDataException($"{path}: each template in '{Field}' needs a '{name}', which is a text");

    private static string Text(JsonElement text, string path)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException error) // half of a character
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    // Such as "eos_token": "<|endoftext|>", or the same as an object with a content.
    private static void AddTokens(Dictionary<string, string> tokens, JsonElement file)
    {
        foreach (var field in file.EnumerateObject().Where(field => field.Name.EndsWith("_token", StringComparison.Ordinal)))
        {
            var token = field.Value.ValueKind == JsonValueKind.Object && field.Value.TryGetProperty("content", out var content) ? content
                : field.Value;
            if (token.ValueKind == JsonValueKind.String)
                tokens[field.Name] = Text(token, field.Name);
        }
    }

    private static JsonDocument? TryParse(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return json.RootElement.ValueKind == JsonValueKind.Object ? json
                : throw new InvalidDataException($"{path}: an object is expected");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }
}
