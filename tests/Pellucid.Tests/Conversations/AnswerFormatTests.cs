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
        foreach (var name in (string[])["Qwen-QwQ-32B.jinja", "ibm-granite-granite-3.3-2B-Instruct.jinja", "meetkai-functionary-medium-v3.2.jinja"])
            try
            {
                var tools = Json("""[{"type":"function","function":{"name":"probe_name","description":"d","parameters":{"type":"object","properties":{}}}}]""");
                var call = ChatTurn.Parse(Json("""{"role":"assistant","content":"","tool_calls":[{"id":"probeid01","type":"function","function":{"name":"probe_name","arguments":{"probe_key":"probe_value"}}}]}"""));
                File.AppendAllText("/tmp/h-tools-print.txt", "\n== " + name + "\n" + Template(name).Render(new Conversation([new ChatTurn("user", "q")]) { Tools = tools }).Text + "\n--\n");
                File.AppendAllText("/tmp/h-tools-print.txt", Template(name).Render(new Conversation([new ChatTurn("user", "q"), call]) { Tools = tools, AddGenerationPrompt = false }).Text);
            }
            catch (Exception error) { File.AppendAllText("/tmp/h-tools-print.txt", error.Message); }
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
