using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Conversations.Calls;

namespace Pellucid.Tests.Conversations;

/// <summary>Calls in the ways of published models: found out from their templates, read while they are being written.</summary>
public sealed class AnswerFormatTests
{
    private const string Tools = """
        [{"type": "function", "function": {"name": "get_weather", "description": "The weather", "parameters": {"type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"} }, "required": ["city"]} }},
        {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {} } }}]
        """;

    /// <summary>Templates whose calls are understood, and by what a call is known to begin.</summary>
    public static TheoryData<string, string> Understood => new()
    {
    };

    [Fact]
    public void Print()
    {
        foreach (var path in Directory.EnumerateFiles(Path.GetDirectoryName(SharedData.Path("llama/chat-templates/README.txt"))!, "*.jinja").Order())
        {
            var format = Template(Path.GetFileName(path)).Format;
            File.AppendAllText("/tmp/h-tools-print.txt", "\n" + $"{Path.GetFileName(path)}: {JsonSerializer.Serialize(format.Calls)} "
                + $"{format.ThoughtEnd} text {format.ArgumentsAreText} null {format.ContentIsNull} {format.Refusal}");
        }
    }

    private static ChatTemplate Template(string name) =>
        ChatTemplate.Parse(File.ReadAllText(SharedData.Path("llama/chat-templates/" + name)),
            new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" });

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
