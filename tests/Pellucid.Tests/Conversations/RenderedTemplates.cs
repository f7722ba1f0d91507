using System.Globalization;
using System.Text;
using System.Text.Json;
using Pellucid.Conversations;

namespace Pellucid.Tests.Conversations;

/// <summary>Chat templates of published models, and what Python's Jinja2 makes of conversations with them,
/// in transformers' environment.</summary>
internal sealed class RenderedTemplates
{
    private const string Folder = "llama/chat-templates/";

    private readonly JsonElement _root;
    private readonly DateTime _now;
    private readonly Dictionary<string, ChatTemplate> _templates = [];

    private RenderedTemplates(JsonElement root) =>
        (_root, _now) = (root, DateTime.Parse(root.GetProperty("now").GetString()!.TrimEnd('Z'), CultureInfo.InvariantCulture));

    /// <summary>The recorded renderings; skips the test where they are missing.</summary>
    public static RenderedTemplates Load() =>
        new(JsonDocument.Parse(File.ReadAllBytes(SharedData.Path(Folder + "rendered-jinja2.json"))).RootElement);

    /// <summary>Every row.</summary>
    public IEnumerable<JsonElement> Rows =>
        _root.GetProperty("results").EnumerateArray().Concat(_root.GetProperty("extended").EnumerateArray());

    /// <summary>The conversation of a row, and what goes with it.</summary>
    public Conversation Conversation(JsonElement row) =>
        new(ChatTurn.ParseAll(_root.GetProperty("conversations").GetProperty(row.GetProperty("conversation").GetString()!)))
        {
            Tools = row.TryGetProperty("toolset", out var toolset) ? _root.GetProperty("toolsets").GetProperty(toolset.GetString()!)
                : row.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.True ? _root.GetProperty("tools") : null,
            Documents = row.TryGetProperty("documents", out var documents)
                ? _root.GetProperty("documents").GetProperty(documents.GetString()!) : null,
            Variables = row.TryGetProperty("variables", out var variables) ? variables : null,
            AddGenerationPrompt = row.GetProperty("add_generation_prompt").GetBoolean(),
            ContinuedField = !row.TryGetProperty("continue_final_message", out var field) ? null
                : field.ValueKind == JsonValueKind.True ? "content" : field.GetString(),
        };

    /// <summary>The template of a row.</summary>
    public ChatTemplate Template(JsonElement row)
    {
        var name = row.GetProperty("template").GetString()!;
        if (!_templates.TryGetValue(name, out var template))
            _templates[name] = template = ChatTemplate.Parse(File.ReadAllText(SharedData.Path(Folder + name)),
                new Dictionary<string, string>
                {
                    ["bos_token"] = _root.GetProperty("bos_token").GetString()!,
                    ["eos_token"] = _root.GetProperty("eos_token").GetString()!,
                });
        return template;
    }

    /// <summary>What a row says otherwise than we do; null if nothing.</summary>
    public string? Difference(JsonElement row)
    {
        var what = $"{row.GetProperty("template")}, {row.GetProperty("conversation")}, "
            + $"{row.GetRawText()[..Math.Min(250, row.GetRawText().Length)]}";
        try
        {
            var rendered = Template(row).Render(Conversation(row), _now);
            return Difference(row, rendered) is { } difference ? $"{what}: {difference}" : null;
        }
        catch (Exception error) when (error is ArgumentException or InvalidDataException)
        {
            if (!row.TryGetProperty("error", out var expected))
                return $"{what}: {error.Message}";
            return row.GetProperty("error_class").GetString() == "TemplateError"
                && (error is not ArgumentException || error.Message != expected.GetString())
                ? $"{what}: refused with '{error.Message}', not '{expected}'" : null;
        }
    }

    /// <summary>What an expected rendering has otherwise, text or spans.</summary>
    public static string? Difference(JsonElement expected, RenderedConversation rendered)
    {
        if (!expected.TryGetProperty("output", out var output))
            return $"'{rendered.Text}' instead of {expected.GetProperty("error_class")}: {expected.GetProperty("error")}";
        if (output.GetString() != rendered.Text)
            return $"'{rendered.Text}' instead of '{output}'";
        // Of the older rows, and of continued ones, no spans were recorded.
        if (expected.TryGetProperty("tools", out _) || expected.TryGetProperty("continue_final_message", out _))
            return null;
        var spans = expected.TryGetProperty("generation", out var generation)
            ? generation.EnumerateArray().Select(span => (span[0].GetInt32(), span[1].GetInt32())).ToArray() : [];
        var ours = rendered.LearnedSpans()
            .Select(span => (CodePoints(rendered.Text[..span.Start]), CodePoints(rendered.Text[..span.End]))).ToArray();
        return spans.SequenceEqual(ours) ? null : $"spans {string.Join(' ', ours)} instead of {string.Join(' ', spans)}";
    }

    private static int CodePoints(string text) => Encoding.UTF32.GetByteCount(text) / 4;
}
