using System.Text.Json;
using Pellucid.Extensions.AI.Jinja;

namespace Pellucid.Extensions.AI;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>.</param>
/// <param name="Content">What is said.</param>
public readonly record struct ChatTurn(string Role, string Content);

/// <summary>Writes a conversation as the text that a model continues.</summary>
public abstract class ChatTemplate
{
    private const string TemplateFile = "chat_template.jinja", TokenizerFile = "tokenizer_config.json", Field = "chat_template";

    /// <summary>For models that know no conversations: what was said, a line each, and the model continues the last one.</summary>
    public static ChatTemplate Plain { get; } = new PlainTemplate();

    /// <summary>
    /// The template of a model folder, as Hugging Face's library finds it: the file <c>chat_template.jinja</c>, or the
    /// field <c>chat_template</c> of <c>tokenizer_config.json</c>; <see cref="Plain"/> where there is neither.
    /// </summary>
    /// <exception cref="InvalidDataException">It is damaged, or uses a part of Jinja that is not known here.</exception>
    public static ChatTemplate Load(string folder)
    {
        var (file, settings) = (Path.Combine(folder, TemplateFile), Path.Combine(folder, TokenizerFile));
        using var json = File.Exists(settings) ? Parse(settings) : null;
        var template = File.Exists(file) ? File.ReadAllText(file) : json is null ? null : Template(json.RootElement);
        return template is null ? Plain : new JinjaTemplate(template, json is null ? new Dictionary<string, object?>() : SpecialTokens(json.RootElement));
    }

    /// <summary>The text to be continued.</summary>
    /// <exception cref="ArgumentException">The template refuses this conversation.</exception>
    /// <exception cref="InvalidDataException">The template uses what is not known here.</exception>
    public abstract string Render(IReadOnlyList<ChatTurn> turns);

    private static JsonDocument Parse(string path)
    {
        try
        {
            var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return json.RootElement.ValueKind == JsonValueKind.Object ? json : throw new InvalidDataException($"{path}: an object is expected");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    // One template, or several by name.
    private static string? Template(JsonElement settings)
    {
        if (!settings.TryGetProperty(Field, out var template))
            return null;
        if (template.ValueKind == JsonValueKind.Array)
            template = template.EnumerateArray().FirstOrDefault(one => one.ValueKind == JsonValueKind.Object && one.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && name.ValueEquals("default")) is { ValueKind: JsonValueKind.Object } chosen
                && chosen.TryGetProperty("template", out var text) ? text : default;
        return template.ValueKind == JsonValueKind.String ? template.GetString() : null;
    }

    // Such as "eos_token": "<|endoftext|>", or the same as an object with a content.
    private static Dictionary<string, object?> SpecialTokens(JsonElement settings)
    {
        var tokens = new Dictionary<string, object?>();
        foreach (var field in settings.EnumerateObject().Where(field => field.Name.EndsWith("_token", StringComparison.Ordinal)))
            if (field.Value.ValueKind == JsonValueKind.String)
                tokens[field.Name] = field.Value.GetString();
            else if (field.Value.ValueKind == JsonValueKind.Object && field.Value.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String)
                tokens[field.Name] = content.GetString();
        return tokens;
    }

    private sealed class PlainTemplate : ChatTemplate
    {
        public override string Render(IReadOnlyList<ChatTurn> turns) => string.Join('\n', turns.Select(turn => turn.Content));
    }
}
