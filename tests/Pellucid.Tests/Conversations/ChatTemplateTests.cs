using System.Text.Json;
using Pellucid.Conversations;

namespace Pellucid.Tests.Conversations;

/// <summary>Templates as model folders have them;
/// what they make of a conversation was written down from their definitions, by hand.</summary>
public sealed class ChatTemplateTests : IDisposable
{
    private static readonly ChatTurn[] Turns = [new("system", "Be kind."), new("user", "Hi"),
        new("assistant", " Hello "), new("user", "Bye")];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    // All that was said, each with the end of text behind it.
    [InlineData("{% for message in messages %}{{ message.content }}{{ eos_token }}{% endfor %}", "Be kind.<e>Hi<e> Hello <e>Bye<e>")]
    // Roles between marks.
    [InlineData("""
        {% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}
        {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}
        """, """
        <|im_start|>system
        Be kind.<|im_end|>
        <|im_start|>user
        Hi<|im_end|>
        <|im_start|>assistant
         Hello <|im_end|>
        <|im_start|>user
        Bye<|im_end|>
        <|im_start|>assistant

        """)]
    // A system's words put into the first question, cut and trimmed, with loops, filters and choices.
    [InlineData("""
        {%- if messages[0]['role'] == 'system' -%}
            {%- set system = messages[0]['content'] | trim -%}
            {%- set rest = messages[1:] -%}
        {%- else -%}
            {%- set rest = messages -%}
        {%- endif -%}
        {% for m in rest %}
        {% if m.role == 'user' %}
        [{{ loop.index }}/{{ loop.length }}] {{ (system ~ ' ' if loop.first and system is defined else '') ~ m.content.strip() }}
        {% elif m.role in ['assistant', 'model'] %}
        > {{ m.content | trim | upper }}{{ eos_token if not loop.last }}
        {% else %}{{ raise_exception('no ' + m.role) }}{% endif %}
        {% endfor %}

        """, "[1/3] Be kind. Hi\n> HELLO<e>\n[3/3] Bye\n")]
    public void A_conversation_is_written_as_the_template_says(string template, string expected)
    {
        Write("chat_template.jinja", template.ReplaceLineEndings("\n"));
        Write("tokenizer_config.json", """{"eos_token":{"content":"<e>"},"chat_template":"not this"}""");
        Assert.Equal(expected.ReplaceLineEndings("\n"), ChatTemplate.Load(_folder.Path).Render(Turns));
    }

    [Fact]
    public void The_field_of_the_settings_is_found_and_without_any_there_is_a_plain_form()
    {
        Assert.Equal("Be kind.\nHi\n Hello \nBye", ChatTemplate.Load(_folder.Path).Render(Turns));
        Write("tokenizer_config.json",
            """{"eos_token":"</s>","bos_token":null,"chat_template":"{{ messages[1].content }}{{ eos_token }}{{ bos_token }}"}""");
        Assert.Equal("Hi</s>", ChatTemplate.Load(_folder.Path).Render(Turns));
        Write("special_tokens_map.json", """{"eos_token":"not this","bos_token":{"content":"<s>"},"additional_special_tokens":["x"]}""");
        Assert.Equal("Hi</s><s>", ChatTemplate.Load(_folder.Path).Render(Turns));
    }

    [Fact]
    public void Of_several_templates_the_one_for_tools_is_taken_where_there_are_tools()
    {
        Write("tokenizer_config.json",
            """{"chat_template":[{"name":"tool_use","template":"tools {{ tools|length }}"},{"name":"default","template":"none"}]}""");
        AssertBoth("tools 1", "none");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "additional_chat_templates"));
        Write("additional_chat_templates/tool_use.jinja", "file {{ tools[0].name }}");
        Write("chat_template.jinja", "file {{ tools }}");
        AssertBoth("file f", "file None");
        File.Delete(Path.Combine(_folder.Path, "chat_template.jinja"));
        Assert.Contains("tool_use, but none is the default",
            Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(_folder.Path).Render(Turns)).Message, StringComparison.Ordinal);

        void AssertBoth(string withTools, string without)
        {
            var template = ChatTemplate.Load(_folder.Path);
            Assert.Equal(withTools, template.Render(new Conversation(Turns) { Tools = Json("""[{"name":"f"}]""") }).Text);
            Assert.Equal(without, template.Render(Turns));
        }
    }

    [Fact]
    public void All_fields_of_a_message_reach_the_template_in_their_order()
    {
        var turn = ChatTurn.Parse(
            Json("""{"role":"assistant","content":null,"reasoning":"hm","tool_calls":[{"id":1.0}],"x":12345678901234567890}"""));
        Assert.Equal(
            """
            {"thinking": "hm", "role": "assistant", "content": null, "reasoning": "hm",
             "tool_calls": [{"id": 1.0}], "x": 12345678901234567890, "reasoning_content": "hm"}
            """.ReplaceLineEndings(""),
            ChatTemplate.Parse("{{ messages[0]|tojson }}").Render(turn));
        Assert.Equal("ab", ChatTurn.Parse(
            Json("""{"role":"user","content":[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]}""")).Text);
        Assert.Throws<ArgumentException>(() => ChatTurn.Parse(Json("""{"content":"a"}""")));
        Assert.Throws<ArgumentException>(() => ChatTurn.ParseAll(Json("""[7]""")));
        Assert.Throws<ArgumentException>(() => ChatTurn.Parse(Json("""{"role":"user","content":"\ud800"}""")));
        Assert.Throws<ArgumentException>(() => ChatTemplate.Parse("a").RenderVariables(Json("""{"a":"\ud800"}""")));
        Assert.Throws<ArgumentException>(() => ChatTemplate.Parse("a").Render(new Conversation(Turns) { Tools = Json("{}") }));
        Assert.Throws<ArgumentException>(() => ChatTemplate.Plain.Render(new Conversation(Turns) { Tools = Json("[1]") }));
    }

    [Fact]
    public void What_assistants_said_is_marked_and_a_place_that_is_not_known_is_not_guessed()
    {
        const string said = "{% generation %}{{ m.content }}<e>{% endgeneration %}";
        var rendered = ChatTemplate.Parse(
            $"{{% for m in messages %}}{{% if m.role == 'assistant' %}}{said}{{% else %}}[{{{{ m.content }}}}]{{% endif %}}{{% endfor %}}")
            .Render(new Conversation(Turns));
        Assert.Equal([" Hello <e>"], rendered.LearnedSpans().Select(span => rendered.Text[span]));
        var inMacro = ChatTemplate.Parse($"{{% macro say(m) %}}({said}){{% endmacro %}}{{{{ say(messages[2]) }}}}")
            .Render(new Conversation(Turns));
        Assert.Equal("( Hello <e>)", inMacro.Text);
        Assert.Throws<InvalidDataException>(inMacro.LearnedSpans);
    }

    [Fact]
    public void A_text_may_end_inside_the_last_message()
    {
        var template = ChatTemplate.Parse(
            "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}</>{% endfor %}{{ '<assistant>' if add_generation_prompt }}");
        string Render(string content, string field = "content") =>
            template.Render(new Conversation([new("user", "Hi"), new("assistant", content)])
            {
                AddGenerationPrompt = false,
                ContinuedField = field
            }).Text;
        Assert.Equal("<user>Hi</><assistant>One, two", Render("One, two"));
        Assert.Equal("<user>Hi</><assistant>One, two", Render("One, two "));
        Assert.Throws<ArgumentException>(() => Render("a", "reasoning_content"));
        Assert.Throws<ArgumentException>(() => Render("a", "nothing"));
        Assert.Throws<ArgumentException>(() => ChatTemplate.Parse("none").Render(new Conversation(Turns) { ContinuedField = "content" }));
    }

    [Fact]
    public void The_time_is_the_one_that_is_given()
    {
        var template = ChatTemplate.Parse("{{ strftime_now('%d %b %Y, %-I:%M %p, %j, week %V, %A') }}");
        Assert.Equal("09 Mar 2025, 2:05 PM, 068, week 10, Sunday",
            template.Render(new Conversation(Turns), new DateTime(2025, 3, 9, 14, 5, 6)).Text);
        Assert.Equal("the chat template fails in line 2: strftime_now does not know %Q",
            Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse("\n{{ strftime_now('%Q') }}").Render(Turns)).Message);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.Path, name), text);

    public void Dispose() => _folder.Dispose();
}
