using System.Text;
using Pellucid.Conversations;
using Pellucid.Conversations.Calls;

namespace Pellucid.Tests.Conversations;

/// <summary>Answers that are read while they are being written, however they come in pieces.</summary>
public sealed class AnswerReaderTests
{
    private const string Calls = "{% for call in message.tool_calls or [] %}";

    private static readonly IReadOnlyList<Tool> Functions = [new Tool("f", System.Text.Json.JsonDocument.Parse(
        """{"properties": {"text": {"type": "string"}, "none": {"type": ["string", "null"]} } }""").RootElement), new Tool("g", null)];

    // One template for each way, as short as it can be; what the models write is written by hand below.
    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["hermes"] = Calls + "<tool_call>\n{\"name\": \"{{ call.function.name }}\", \"arguments\": "
            + "{{ call.function.arguments | tojson }}}\n</tool_call>\n{% endfor %}",
        ["llama"] = Calls + "{\"name\": \"{{ call.function.name }}\", \"parameters\": {{ call.function.arguments | tojson }}}{% endfor %}",
        ["mistral"] = "{% if message.tool_calls %}[TOOL_CALLS][" + Calls + "{\"name\": \"{{ call.function.name }}\", "
            + "\"arguments\": {{ call.function.arguments | tojson }}, \"id\": \"{{ call.id }}\"}"
            + "{% if not loop.last %}, {% endif %}{% endfor %}]{% endif %}",
        ["named"] = Calls + "[TOOL_CALLS]{{ call.function.name }}[CALL_ID]{{ call.id }}[ARGS]{{ call.function.arguments | tojson }}"
            + "{% endfor %}",
        ["deepseek"] = "{% if message.tool_calls %}<calls>" + Calls + "<call>function<sep>{{ call.function.name }}\n```json\n"
            + "{{ call.function.arguments }}\n```<end>{% if not loop.last %}\n{% endif %}{% endfor %}</calls>{% endif %}",
        ["harmony"] = Calls + "<|channel|>commentary to=functions.{{ call.function.name }} <|constrain|>json<|message|>"
            + "{{ call.function.arguments | tojson }}<|call|>{% endfor %}",
        ["marked"] = Calls + "<tool_call>\n<function={{ call.function.name }}>\n{% for key, value in call.function.arguments | items %}"
            + "<parameter={{ key }}>\n{{ value }}\n</parameter>\n{% endfor %}</function>\n</tool_call>{% endfor %}",
    };

    [Theory]
    [InlineData("hermes", "Hi <tool or so.<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"}<b\\\"\"}}\n"
        + "</tool_call>\n<tool_call>{\"name\":"
        + "\"g\",\"arguments\":{}}</tool_call>", "Hi <tool or so.", "", "f {\"a\": \"}<b\\\"\"}|g {}")]
    [InlineData("hermes", "<think>\nHm.\n</think>\n\nYes.\n", "Yes.\n", "Hm.", "")]
    [InlineData("hermes", "a < b <tool> <tool_cal", "a < b <tool> <tool_cal", "", "")]
    [InlineData("hermes", "<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>\nDone.",
        "Done.", "", "f {\"a\": 1}")]
    [InlineData("hermes", "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}}", "", "", "f {\"a\": 1}")]
    [InlineData("hermes", "x<tool_call>{\"name\": \"f\", \"argum", "x", "", "broken")]
    [InlineData("hermes", "x<tool_call>nonsense</tool_call>", "x", "", "broken")]
    [InlineData("llama", "{\"name\": \"f\", \"parameters\": {\"a\": 1}}", "", "", "f {\"a\": 1}")]
    [InlineData("llama", "<|python_tag|>{\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\", \"parameters\": {}}", "", "", "f {}|g {}")]
    [InlineData("llama", "{\"name\": \"Ada\", \"age\": 36}", "{\"name\": \"Ada\", \"age\": 36}", "", "")]
    [InlineData("llama", "{\"answer\": 5", "{\"answer\": 5", "", "")]
    [InlineData("llama", "{\"name\": \"f\", \"parameters\": {\"a\"", "", "", "broken")]
    [InlineData("llama", "Sure: {\"name\": \"f\"}", "Sure: {\"name\": \"f\"}", "", "")]
    [InlineData("mistral", "[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {\"a\": [1]}}, "
        + "{\"name\": \"g\", \"arguments\": {}, \"id\": \"abcdefghi\"}]",
        "", "", "f {\"a\": [1]}|g {}")]
    [InlineData("named", "Ok.[TOOL_CALLS]f[CALL_ID]abcdefghi[ARGS]{\"a\": 1}[TOOL_CALLS]g[ARGS]{}", "Ok.", "", "f {\"a\": 1}|g {}")]
    [InlineData("named", "Ok.[TOOL_CALLS]f[ARGS]{\"a\":", "Ok.", "", "broken")]
    [InlineData("deepseek", "<calls><call>function<sep>f\n```json\n{\"a\": 1}\n```<end>\n"
        + "<call>function<sep>g\n```json\n{}\n```<end></calls>",
        "", "", "f {\"a\": 1}|g {}")]
    [InlineData("harmony", "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|>"
        + "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"a\": 1}",
            "I look.", "Hm.", "f {\"a\": 1}")]
    [InlineData("harmony", "<|channel|>final<|message|>Yes.<|return|>", "Yes.", "", "")]
    [InlineData("harmony", " to=functions.f<|channel|>commentary json<|message|>{\"a\"", "", "", "broken")]
    [InlineData("harmony", "No channels here.", "No channels here.", "", "")]
    [InlineData("marked", "Hi <tool_call>\n<function=f>\n<parameter=text>\n5 < 6\n\n</parameter>\n<parameter=a>\n[1, 2]\n</parameter>\n"
        + "<parameter=none>\nNone\n</parameter>\n</function>\n</tool_call>\n<tool_call><function=g></function></tool_call>", "Hi", "",
        "f {\"text\":\"5 < 6\\n\",\"a\":[1, 2],\"none\":null}|g {}")]
    [InlineData("marked", "<tool_call>\n<function=g><parameter=a>True</parameter><parameter=b>é \"q\"</parameter></function>"
        + "</tool_call>Yes.", "Yes.", "", "g {\"a\":true,\"b\":\"é \\\"q\\\"\"}")]
    [InlineData("marked", "x<tool_call>\n<function=f>\n<parameter=text>\nopen", "x", "", "broken")]
    [InlineData("marked", "x<tool_call>\n<function=f>\nnonsense</function></tool_call>", "x", "", "broken")]
    [InlineData("marked", "a <tool> b", "a <tool> b", "", "")]
    public void An_answer_is_told_apart_the_same_in_whatever_pieces_it_comes(string way, string written, string text, string thought,
        string calls)
    {
        var format = Template(way).Format;
        Assert.True(format.Calls is not null, format.Refusal);
        foreach (var size in (int[])[1, 2, 3, 7, written.Length])
        {
            var (reader, said, thinks, called) =
                (format.Reader("", Functions)!, new StringBuilder(), new StringBuilder(), new List<ToolCall>());
            foreach (var piece in written.Chunk(size))
            {
                reader.Read(new string(piece));
                Take();
            }
            reader.End();
            Take();
            Assert.Equal((text, thought, calls), (said.ToString(), thinks.ToString(),
                reader.IsBroken ? "broken" : string.Join('|', called.Select(call => $"{call.Name} {call.Arguments}"))));
            Assert.All(called, call => Assert.Equal(AnswerReader.IdLength, call.Id.Length));

            void Take()
            {
                said.Append(reader.TakeText());
                thinks.Append(reader.TakeThought());
                called.AddRange(reader.TakeCalls());
            }
        }
    }

    [Fact]
    public void Text_is_passed_on_as_it_comes()
    {
        var reader = Template("hermes").Format.Reader("", Functions)!;
        reader.Read("Let me see");
        Assert.Equal("Let me see", reader.TakeText());
        reader.Read(" that <tool");
        Assert.Equal(" that", reader.TakeText());
        reader.Read("s.");
        Assert.Equal(" <tools.", reader.TakeText());
    }

    [Fact]
    public void An_answer_may_begin_within_a_thought()
    {
        var reader = Template("hermes").Format.Reader("user: a\nassistant: <think>\n", [])!;
        reader.Read("Hm.</think>Yes.");
        reader.End();
        Assert.Equal(("Hm.", "Yes."), (reader.TakeThought(), reader.TakeText()));
    }

    [Fact]
    public void Models_without_either_only_say_something() =>
        Assert.Null(ChatTemplate.Parse("{% for message in messages %}{{ message.content }}{% endfor %}").Format.Reader("", []));

    private static ChatTemplate Template(string way) => ChatTemplate.Parse(
        "{% for tool in tools or [] %}{{ tool | tojson }}\n{% endfor %}{% for message in messages %}<|im_start|>{{ message.role }}\n"
        + "{% if message.thinking %}<think>\n{{ message.thinking }}\n</think>\n{% endif %}{{ message.content }}" + Bodies[way]
        + "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");
}
