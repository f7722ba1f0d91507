using Pellucid.Conversations;
using Pellucid.Models;

namespace Pellucid.Web.Tests;

/// <summary>
/// A model behind HTTP that writes, with temperature 0, what it was told to write at a place of its context: the vector of each position
/// is that of the token which is to come next. Its template knows tools, in the way of Hermes and Qwen, and thoughts.
/// </summary>
public class ScriptedModel : ServedModel
{
    /// <summary>Knows tools and thoughts.</summary>
    public const string Template = """
        {% if tools %}tools{% for tool in tools %} {{ tool | tojson }}{% endfor %}
        {% endif %}{% for message in messages %}{{ message.role }}: {% if message.reasoning_content is string %}<think>
        {{ message.reasoning_content }}
        </think>

        {% endif %}{{ message.content }}{% for call in message.tool_calls or [] %}

        <tool_call>
        {"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
        </tool_call>{% endfor %}

        {% endfor %}{% if add_generation_prompt %}assistant: {% endif %}
        """;

    internal override bool HasEnd => true;

    /// <summary>The same without thoughts.</summary>
    public static string Thoughtless { get; } = Template.Replace(
        Template[Template.IndexOf("{% if message.reasoning", StringComparison.Ordinal)
            ..Template.IndexOf("{{ message.content }}", StringComparison.Ordinal)], "", StringComparison.Ordinal);

    internal override int Context => 2048;

    internal override int Width => 128;

    internal override string Alphabet => "\n" + string.Concat(Enumerable.Range(' ', 95).Select(code => (char)code)) + "é猫";

    internal override ChatTemplate Chat => ChatTemplate.Parse(Template);

    /// <summary>What a chat of this conversation reads.</summary>
    internal int[] Read(Conversation conversation) => Model.Answer(conversation).Prompt;

    /// <summary>Lets a text be written behind so many tokens, and then the end.</summary>
    internal void Write(int position, string text)
    {
        var gpt = Model.Gpt;
        var (positions, tokens) = (new float[gpt[ParameterRole.PositionTable].Count], new float[gpt[ParameterRole.TokenTable].Count]);
        gpt.Backend.Read(gpt[ParameterRole.PositionTable], positions);
        gpt.Backend.Read(gpt[ParameterRole.TokenTable], tokens);
        foreach (var token in Model.Tokenizer.Encode(text).Append(Model.Tokenizer.EndOfText!.Value))
        {
            for (var i = 0; i < Width; i++)
                positions[(position - 1) * Width + i] = 100 * tokens[token * Width + i];
            position++;
        }
        gpt.Backend.Write(positions, gpt[ParameterRole.PositionTable]);
    }
}
