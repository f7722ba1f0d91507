using System.Text.Json;
using Pellucid.Constraints;
using Pellucid.Conversations;
using Pellucid.Conversations.Calls;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Tests.Conversations;

/// <summary>Calls in the ways of published models: found out from their templates, read, and kept to where one must be made.</summary>
public sealed class AnswerFormatTests : IDisposable
{
    private readonly Pellucid.Tensors.Backend _backend = TestBackends.Create("Vector128");

    /// <summary>Templates whose calls are understood, and by what a call is known to begin.</summary>
    public static TheoryData<string, string> Understood => new()
    {
        { "Bielik-11B-v3.0-Instruct", "<tool_call>" },
        { "ByteDance-Seed-OSS", "<seed:tool_call>\n<function=" },
        { "GLM-4.6", "<tool_call>" },
        { "MiniMax-M2", "<minimax:tool_call>\n<invoke name=\"" },
        { "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "<tool_call>\n<function=" },
        { "Qwen3-Coder", "<tool_call>\n<function=" },
        { "Qwen3.5-4B", "<tool_call>\n<function=" },
        { "StepFun3.5-Flash", "<tool_call>\n<function=" },
        { "MiMo-VL", "<tool_call>" },
        { "Mistral-Small-3.2-24B-Instruct-2506", "[TOOL_CALLS]" },
        { "NVIDIA-Nemotron-Nano-v2", "<TOOLCALL>" },
        { "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", "<tool_call>" },
        { "NousResearch-Hermes-3-Llama-3.1-8B-tool_use", "<tool_call>" },
        { "Qwen-Qwen2.5-7B-Instruct", "<tool_call>" },
        { "Qwen-Qwen3-0.6B", "<tool_call>" },
        { "Reka-Edge", "<tool_call>" },
        { "ibm-granite-granite-4.0", "<tool_call>" },
        { "meetkai-functionary-medium-v3.1", "<function=" },
        { "meta-llama-Llama-3.1-8B-Instruct", "" },
        { "meta-llama-Llama-3.2-3B-Instruct", "" },
        { "meta-llama-Llama-3.3-70B-Instruct", "" },
        { "mistralai-Ministral-3-14B-Reasoning-2512", "[TOOL_CALLS]" },
        { "mistralai-Mistral-Nemo-Instruct-2407", "[TOOL_CALLS]" },
        { "moonshotai-Kimi-K2", "<|tool_calls_section_begin|><|tool_call_begin|>functions." },
        { "openai-gpt-oss-120b", "<|channel|>commentary to=functions." },
        { "unsloth-Apriel-1.5", "<tool_calls>" },
        { "unsloth-mistral-Devstral-Small-2507", "[TOOL_CALLS]" },
    };

    [Theory, MemberData(nameof(Understood))]
    public void What_a_template_writes_as_a_call_is_read_as_that_call_and_is_what_must_be_written(string name, string marker)
    {
        var template = Template(name);
        var (format, calls) = (template.Format,
            new[] { ("get_weather", """{"city": "Oslo \"x\" }", "days": [1, 2]}"""), ("get_time", "{}") });
        Assert.Equal(marker, format.Calls?.Marker);
        foreach (var count in format.Calls!.Between is null ? (int[])[1] : [1, 2])
        {
            var written = Written(template, calls[..count]);
            var reader = format.Reader("", Tool.Read(Json(Tools)))!;
            foreach (var piece in written.Chunk(3))
                reader.Read(new string(piece));
            reader.End();
            Assert.False(reader.IsBroken, written);
            Assert.Equal(calls[..count].Select(call => (call.Item1, Compact(call.Item2))),
                reader.TakeCalls().Select(call => (call.Name, Compact(call.Arguments))));
            Assert.True(Constraint(template).Admits(written), written);
        }
    }

    [Theory]
    [InlineData("""{"properties": {"a": {"type": "string"} }, "required": ["a", "b"]}""", "'b' is required")]
    [InlineData("""{"properties": {"a": {"type": "string"} }, "required": [1]}""", "'1' is required")]
    [InlineData("""{"properties": {"a": {"type": "string"} }, "required": "a"}""", "required has")]
    [InlineData("""{"properties": ["a"]}""", "properties has")]
    [InlineData("""{"type": "array"}""", "an object")]
    [InlineData("""{"properties": {"a": {"type": "string", "enum": "x"} } }""", "enum has")]
    [InlineData("""{"properties": {"a": {"type": "string", "maxLength": 5} } }""", "maxLength of a")]
    public void A_schema_that_arguments_between_marks_cannot_be_kept_to_is_refused(string schema, string why) => Assert.Contains(why,
        Assert.Throws<ConstraintException>(() => Constraint(Template("Qwen3-Coder"), Function(schema))).Message, StringComparison.Ordinal);

    [Fact]
    public void Arguments_between_marks_come_in_the_order_of_the_schema_with_or_without_those_that_are_not_required()
    {
        var constraint = Constraint(Template("Qwen3-Coder"), Function("""
            {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "string", "enum": ["x", "y"]} },
            "required": ["b"]}
            """));
        string Call(params (string Key, string Value)[] all) => "<tool_call>\n<function=f>\n"
            + string.Concat(all.Select(one => $"<parameter={one.Key}>\n{one.Value}\n</parameter>\n")) + "</function>\n</tool_call>";
        Assert.True(constraint.Admits(Call(("b", "5"))));
        Assert.True(constraint.Admits(Call(("a", "any <text>"), ("b", "5"), ("c", "y"))));
        foreach (var wrong in (string[])[Call(), Call(("a", "x")), Call(("b", "x")), Call(("b", "5"), ("c", "z")),
            Call(("b", "5"), ("a", ""))])
            Assert.False(constraint.Admits(wrong), wrong);
    }

    [Fact]
    public void A_function_of_very_many_arguments_is_compiled_or_refused()
    {
        var all = string.Join(", ", Enumerable.Range(0, 20_000).Select(i => $$"""
            "p{{i}}": {"type": "string"}
            """));
        var error = Record.Exception(() => Constraint(Template("Qwen3-Coder"), Function($$"""{"properties": { {{all}} } }""")));
        Assert.True(error is null or ConstraintException, $"{error}");
    }

    [Fact]
    public void What_a_template_cannot_do_is_said()
    {
        foreach (var (name, why) in ((string, string)[])[("google-gemma-2-2b-it", "has no tools"), ("Kimi-K2-Thinking", "not understood"),
            ("llama-cpp-deepseek-r1", "has no tools")])
            Assert.Contains(why, Template(name).Format.Refusal, StringComparison.Ordinal);
        foreach (var (name, end) in ((string, string)[])[("Qwen-Qwen3-0.6B", "</think>"), ("Qwen-QwQ-32B", "</think>"),
            ("mistralai-Ministral-3-14B-Reasoning-2512", "[/THINK]"), ("Qwen-Qwen2.5-7B-Instruct", "")])
            Assert.Equal(end, Template(name).Format.ThoughtEnd);
    }

    // What an assistant writes who calls, without what ends its turn: the reader sees no token that ends a text.
    private static string Written(ChatTemplate template, IReadOnlyList<(string Name, string Arguments)> calls)
    {
        var list = string.Join(", ", calls.Select((call, index) => $$"""
            {"id": "call0000{{index}}", "type": "function", "function": {"name": "{{call.Name}}", "arguments":
            {{JsonSerializer.Serialize(call.Arguments)}} } }
            """));
        var asked = new ChatTurn("user", "Is it warm?");
        var called = ChatTurn.Parse(Json($$"""{"role": "assistant", "content": "", "tool_calls": [{{list}}]}"""));
        string Render(bool prompt, params ChatTurn[] turns) => template.Render(PreparedTurns.Of(
            new Conversation(turns) { Tools = Json(Tools), AddGenerationPrompt = prompt }, template.Format)).Text;
        var (before, all) = (Render(true, asked).TrimEnd(), Render(false, asked, called));
        // A thought that the prompt opens is not in a turn that is over.
        while (!all.StartsWith(before, StringComparison.Ordinal) && before.LastIndexOf('<') is > 0 and var opened)
            before = before[..opened].TrimEnd();
        Assert.StartsWith(before, all, StringComparison.Ordinal);
        var written = all[before.Length..].TrimStart();
        if (template.Format.ThoughtEnd.Length > 0
            && written.IndexOf(template.Format.ThoughtEnd, StringComparison.Ordinal) is >= 0 and var at)
            written = written[(at + template.Format.ThoughtEnd.Length)..].TrimStart();
        if (template.Format.HasChannels) // as the models themselves write it
            written = "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>" + calls[0].Arguments;
        var end = Render(false, asked, new ChatTurn("assistant", "zzz"));
        end = end[(end.LastIndexOf("zzz", StringComparison.Ordinal) + 3)..];
        foreach (var one in (string[])[end.Trim(), "<|eom_id|>", "</s>"])
            if (one.Length > 0 && written.TrimEnd().EndsWith(one, StringComparison.Ordinal))
                written = written.TrimEnd()[..^one.Length];
        return written.TrimEnd();
    }

    private const string Tools = """
        [{"type": "function", "function": {"name": "get_weather", "description": "The weather", "parameters": {"type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "array"} }, "required": ["city"]} }},
        {"type": "function", "function": {"name": "get_time", "description": "The time", "parameters": {"type": "object",
        "properties": {} } }}]
        """;

    private static string Function(string schema) =>
        $$"""[{"type": "function", "function": {"name": "f", "parameters": {{schema}} } }]""";

    // Of a tokenizer without special tokens, to which all is text.
    private OutputConstraint Constraint(ChatTemplate template, string tools = Tools)
    {
        var tokenizer = new CharacterTokenizer(string.Concat(Enumerable.Range(' ', 95).Select(code => (char)code)).EnumerateRunes());
        var gpt = new Gpt(
            new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 8, Layers = 1, Heads = 1, Width = 4 }, _backend);
        using var model = new LanguageModel("m", gpt, tokenizer) { Chat = template };
        var conversation = new Conversation([]) { Tools = Json(tools), Choice = ToolChoice.Required };
        return CallConstraint.Of(model, conversation, Tool.Read(conversation.Tools), template.Format, null, beginsInThought: false)!;
    }

    private static ChatTemplate Template(string name) =>
        ChatTemplate.Parse(File.ReadAllText(SharedData.Path($"llama/chat-templates/{name}.jinja")),
            new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" });

    private static string Compact(string json) => JsonSerializer.Serialize(Json(json));

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    public void Dispose() => _backend.Dispose();
}
