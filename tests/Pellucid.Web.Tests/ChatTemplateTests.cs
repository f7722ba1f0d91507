using Pellucid.Extensions.AI;

namespace Pellucid.Web.Tests;

/// <summary>Templates as model folders have them; what they make of a conversation was written down from their definitions, by hand.</summary>
public sealed class ChatTemplateTests : IDisposable
{
    private static readonly ChatTurn[] Turns = [new("system", "Be kind."), new("user", "Hi"), new("assistant", " Hello "), new("user", "Bye")];

    private readonly string _folder = Directory.CreateTempSubdirectory("pellucid-").FullName;

    [Theory]
    // All that was said, each with the end of text behind it.
    [InlineData("{% for message in messages %}{{ message.content }}{{ eos_token }}{% endfor %}", "Be kind.<e>Hi<e> Hello <e>Bye<e>")]
    // Roles between marks.
    [InlineData("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n Hello <|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n")]
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
    [InlineData("{# nothing #}{% set ns = namespace(count=0) %}{% for m in messages if m.role != 'system' %}{% set ns.count = ns.count + 1 %}{% endfor %}{{ ns.count }} {{ messages | length - 1 }} {{ 7 // 2 * 2 }} {{ messages[-1].content[:2] }} {{ [1, 'a'] | tojson }} {{ undefined_name | default('none') }}", "3 3 6 By [1, \"a\"] none")]
    public void A_conversation_is_written_as_the_template_says(string template, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), template.ReplaceLineEndings("\n"));
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), """{"eos_token":{"content":"<e>"},"chat_template":"not this"}""");
        Assert.Equal(expected, ChatTemplate.Load(_folder).Render(Turns));
    }

    [Fact]
    public void The_field_of_the_settings_is_found_and_without_any_there_is_a_plain_form()
    {
        Assert.Equal("Be kind.\nHi\n Hello \nBye", ChatTemplate.Load(_folder).Render(Turns));
        var settings = Path.Combine(_folder, "tokenizer_config.json");
        File.WriteAllText(settings, """{"eos_token":"</s>","chat_template":"{{ messages[1].content }}{{ eos_token }}"}""");
        Assert.Equal("Hi</s>", ChatTemplate.Load(_folder).Render(Turns));
        File.WriteAllText(settings, """{"chat_template":[{"name":"tools","template":"no"},{"name":"default","template":"yes"}]}""");
        Assert.Equal("yes", ChatTemplate.Load(_folder).Render(Turns));
    }

    [Theory]
    [InlineData("{% for m in messages %}")]
    [InlineData("{% endif %}")]
    [InlineData("{{ 'a }}")]
    [InlineData("{{ a + }}")]
    [InlineData("{% macro f() %}{% endmacro %}")]
    [InlineData("{{ a b }}")]
    [InlineData("{{ § }}")]
    [InlineData("{{ messages | sort_by_weather }}")]
    [InlineData("{{ launch() }}")]
    [InlineData("{% for i in range(99999999999) %}x{% endfor %}")]
    public void What_is_damaged_or_unknown_is_refused_in_one_sentence(string template)
    {
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), template);
        Assert.StartsWith("the chat template ", Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(_folder).Render(Turns)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_may_refuse_a_conversation_and_nesting_has_an_end()
    {
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), "{{ raise_exception('users first') }}");
        Assert.Equal("users first", Assert.Throws<ArgumentException>(() => ChatTemplate.Load(_folder).Render(Turns)).Message);
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), $"{{{{ {new string('(', 100_000)} }}}}");
        Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
