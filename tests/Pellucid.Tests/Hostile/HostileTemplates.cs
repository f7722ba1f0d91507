using System.Text;
using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Conversations.Jinja;

namespace Pellucid.Tests.Hostile;

/// <summary>Chat templates that use all there is, to be damaged.</summary>
internal static class HostileTemplates
{
    /// <summary>What a rendering within its limits may allocate.</summary>
    public const long OfRendering = 150_000_000;

    private static readonly TemplateLimits Limits = new() { Steps = 100_000, TextLength = 1 << 18, Characters = 1 << 22 };

    private static readonly Conversation Conversation = new(ChatTurn.ParseAll(Json("""
        [{"role":"system","content":"Be <kind>."},{"role":"user","content":[{"type":"text","text":"Grüße 🎉"},{"type":"image"}]},
         {"role":"assistant","content":null,
          "tool_calls":[{"function":{"name":"f","arguments":{"x":1.5,"y":[true,null,12345678901234567890]}}}]},
         {"role":"tool","name":"f","content":"{\"z\": 7}"},{"role":"assistant","reasoning_content":"hm","content":"  Done.\n"}]
        """)))
    {
        Tools = Json(
            """[{"type":"function","function":{"name":"f","description":"A 'tool'","parameters":{"type":"object","properties":{}}}}]"""),
    };

    /// <summary>Templates.</summary>
    public static IReadOnlyList<byte[]> Whole { get; } =
    [
        """
        {{- bos_token }}{# all turns #}
        {%- macro text(content, mark='*') -%}
            {%- if content is string %}{{ content | trim }}{% else %}
                {%- for part in content if part.type == 'text' %}{{ part.text }}{% endfor %}{% endif -%}
        {%- endmacro -%}
        {% set ns = namespace(last=-1, seen=[]) %}
        {% for m in messages[::-1] %}
        {% if m.role == 'user' %}{% set ns.last = messages|length - loop.index0 - 1 %}{% break %}{% endif %}{% endfor %}
        {% for m in messages %}
            {%- if m.role == 'assistant' -%}
                {% generation %}<{{ m['role'] }}>{{ text(m.content or '') }}
                {%- for call in m.tool_calls or [] %}{{ call.function | tojson(indent=2) }}{{ ', ' if not loop.last }}{% endfor %}
                {{- eos_token }}{% endgeneration %}
            {%- elif m.role in ['user', 'system'] and loop.index0 <= ns.last %}[{{ text(m.content).split('e')[-1] ~ loop.revindex }}]
            {%- else %}{% set ns.seen = ns.seen + [m.content] %}{% continue %}{% endif -%}
        {% endfor %}
        {% filter upper %}{{ ns.seen | join(', ') }}{% endfilter %}{{ '<assistant>' if add_generation_prompt else raise_exception('no') }}
        """u8.ToArray(),
        """
        {% set names %}
        {%- for t in tools | selectattr('type', 'equalto', 'function') | map(attribute='function.name') | list | sort %}{{ t }}{% endfor %}
        {%- endset %}
        {{ names | replace('f', 'g', 1) }} {{ tools[0].function.items() | list | length }}
        {{ '%s is %05.2f' % (names, 2.5) }} {{ '{:>6}|{x!r}'.format(1, x='y') }}
        {% for k, v in tools[0].function | dictsort(reverse=true) recursive %}
        {{ k }}: {{ v | string | length // 2 ** 2 % 7 }}{{ loop.cycle('a', 'b') }}{% else %}{% endfor %}
        {% with a = 0x1F, b = 1e-7 %}{{ a * b - -1 }} {{ [a, b, none, true, (1,), {'k': a}] }}
        {{ a is odd and b is not divisibleby 2 or a in [1, 2] }}{% endwith %}
        {% call(x) wrap('q') %}{{ x }}{% endcall %}{% macro wrap(q) %}{{ q }}{{ caller(q * 3) }}{{ varargs }}{{ kwargs }}{% endmacro %}
        {{ ('<b>' | safe + '&')[1:-1:2] }} {{ range(10) | batch(3) | list }} {{ strftime_now('%d %b %Y') }} {% raw %}{{ x }}{% endraw %}
        """u8.ToArray(),
    ];

    /// <summary>Settings of tokenizers that name templates.</summary>
    public static IReadOnlyList<byte[]> Settings { get; } =
    [
        """
        {"bos_token":{"content":"<s>","lstrip":false},"eos_token":"</s>",
         "chat_template":"{% for m in messages %}{{ bos_token }}{{ m.content }}{% endfor %}"}
        """u8.ToArray(),
        """
        {"pad_token":null,"chat_template":[{"name":"default","template":"{{ messages[0].role }}"},
         {"name":"tool_use","template":"{{ tools }}"}]}
        """u8.ToArray(),
    ];

    /// <summary>Reads a template and renders it.</summary>
    public static void Render(string path)
    {
        var template = new ChatTemplate(new Dictionary<string, string> { ["default"] = Encoding.UTF8.GetString(File.ReadAllBytes(path)) },
            new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" }, Limits);
        template.Render(Conversation, DateTime.UnixEpoch);
    }

    /// <summary>Finds the template of a folder and renders it.</summary>
    public static void Load(string path) => ChatTemplate.Load(Path.GetDirectoryName(path)!).Render(Conversation, DateTime.UnixEpoch);

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
