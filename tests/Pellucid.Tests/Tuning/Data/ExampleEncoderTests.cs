using Pellucid.Conversations;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Tuning;
using Pellucid.Tuning.Data;

namespace Pellucid.Tests.Tuning.Data;

/// <summary>Texts and conversations as tokens, with a mask of what is learned.</summary>
public sealed class ExampleEncoderTests
{
    private const string Marked = "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}"
        + "<end>{% endgeneration %}{% else %}{{ m.content }}<end>{% endif %}{% endfor %}"
        + "{% if add_generation_prompt %}<assistant>{% endif %}";

    private static readonly Tokenizer Tiny = Tokenizer.Load(BuiltInModel.Folder);

    private static readonly SpecialTokens Specials = SpecialTokens.Read(BuiltInModel.Folder, Tiny, Tiny.VocabularySize);

    private static string Plain => Marked.Replace("{% generation %}", "").Replace("{% endgeneration %}", "");

    [Fact]
    public void P1_the_end_of_an_answer_is_learned_and_the_prompt_is_not()
    {
        var example = Encoder(ChatTemplate.Plain).Imitated(Record("Where is the ball? ", "In the box."));
        Assert.Equal([.. Tiny.Encode("Where is the ball? "), .. Tiny.Encode("In the box."), Specials.Ends[0]], example.Tokens);
        Assert.Equal(Tiny.Encode("In the box.").Length + 1, example.LearnedCount);
        Assert.True(example.Learned[^1] && !example.Learned[0]);
    }

    [Fact]
    public void P15_prompt_and_answer_do_not_merge_across_their_border()
    {
        Assert.NotEqual(Tiny.Encode("the bo").Length + Tiny.Encode("x").Length, Tiny.Encode("the box").Length);
        var example = Encoder(ChatTemplate.Plain).Imitated(Record("the bo", "x"));
        Assert.Equal([.. Tiny.Encode("the bo"), .. Tiny.Encode("x"), Specials.Ends[0]], example.Tokens);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_turn_of_an_assistant_is_learned_marked_or_not(bool isMarked)
    {
        var example = Encoder(ChatTemplate.Parse(isMarked ? Marked : Plain)).Imitated(new TuningRecord("f")
        {
            Whole = new Said("", [new("user", "Who?"), new("assistant", "John."), new("user", "Where?"), new("assistant", "There.")]),
        });
        Assert.Equal("<user>Who?<end><assistant>[John.<end>]<user>Where?<end><assistant>[There.<end>]", Show(example));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_turn_weighs_what_it_says_and_one_of_0_is_not_learned(bool isMarked)
    {
        var example = Encoder(ChatTemplate.Parse(isMarked ? Marked : Plain)).Imitated(new TuningRecord("f")
        {
            Whole = new Said("", [new("user", "Who?"), new("assistant", "John."), new("user", "Where?"), new("assistant", "There."),
                new("user", "Why?"), new("assistant", "So.")]) { Weights = [0, 1, 0, 0, 0, 0.5] },
        });
        Assert.Equal("<user>Who?<end><assistant>[John.<end>]<user>Where?<end><assistant>There.<end><user>Why?<end><assistant>[So.<end>]",
            Show(example));
        var (first, last) = (example.Learned.IndexOf(true), example.Learned.LastIndexOf(true));
        Assert.Equal((1f, 0.5f), (example.Weights![first], example.Weights[last]));
        Assert.Equal(Tiny.Encode("John.<end>").Length + 0.5 * Tiny.Encode("So.<end>").Length, example.LearnedWeight);
    }

    private const string WithTools = "{% if tools %}<tools>{{ tools | tojson }}<end>{% endif %}{% for m in messages %}<{{ m.role }}>"
        + "{% if m.tool_calls %}{% for call in m.tool_calls %}<tool_call>\n"
        + "{\"name\": \"{{ call.function.name }}\", \"arguments\": {{ call.function.arguments | tojson }}}\n</tool_call>{% endfor %}"
        + "{% else %}{{ m.content }}{% endif %}<end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

    [Fact]
    public void Calls_are_learned_as_the_template_writes_them()
    {
        var record = Called();
        Assert.Equal("<tools>[{\"type\": \"function\", \"function\": {\"name\": \"look\"}}]<end><user>Who?<end><assistant>[<tool_call>\n"
            + "{\"name\": \"look\", \"arguments\": {\"at\": \"box\"}}\n</tool_call><end>]<tool>John<end><assistant>[John.<end>]",
            Show(Encoder(ChatTemplate.Parse(WithTools)).Imitated(record)));
        Assert.Equal("f has calls of functions, but this model's chat template has no tools",
            Assert.Throws<InvalidDataException>(() => Encoder(ChatTemplate.Parse(Plain)).Imitated(record)).Message);
    }

    private static TuningRecord Called()
    {
        using var entry = System.Text.Json.JsonDocument.Parse("""
            {"conversations": [{"from": "human", "value": "Who?"},
             {"from": "function_call", "value": "{\"name\": \"look\", \"arguments\": {\"at\": \"box\"}}"},
             {"from": "observation", "value": "John"}, {"from": "gpt", "value": "John."}], "tools": "[{\"name\": \"look\"}]"}
            """);
        return Columns.Read(entry.RootElement, "f")[0];
    }

    [Fact]
    public void P3_what_stands_before_an_answer_is_what_a_server_gives_the_model()
    {
        var template = ChatTemplate.Parse(Plain);
        ChatTurn[] asked = [new("user", "Who is there?")];
        var record = new TuningRecord("f") { Prompt = new Said("", asked), Answer = new Said("", [new("assistant", "John.")]) };
        var (example, served) = (Encoder(template).Imitated(record), Tiny.EncodeRendered(template.Render(asked)));
        Assert.Equal(served, example.Tokens[..served.Length]);
        Assert.Equal(served, Encoder(template).Prompted(record));
        Assert.Equal(served.Length, Array.IndexOf(example.Learned, true));
    }

    [Fact]
    public void P2_a_template_that_writes_the_begin_token_has_it_once()
    {
        var begins = Specials with { Begin = Specials.Ends[0], AddsBegin = true };
        var name = Tiny.SpecialName(Specials.Ends[0])!;
        var encoder = new ExampleEncoder(Tiny, begins, ChatTemplate.Parse(name + Plain));
        var example = encoder.Imitated(new TuningRecord("f") { Whole = new Said("", [new("user", $"a {name}"), new("assistant", "b")]) });
        Assert.Equal([0], example.Tokens.Index().Where(each => each.Item == begins.Begin).Select(each => each.Index));
        Assert.Equal(begins.Begin, new ExampleEncoder(Tiny, begins, ChatTemplate.Plain).Imitated(Record("a", "b")).Tokens[0]);
    }

    [Fact]
    public void What_cannot_be_written_is_told_with_its_place()
    {
        var chat = new TuningRecord("f: line 2") { Whole = new Said("", [new("user", "a"), new("assistant", "b")]) };
        Assert.Equal("f: line 2 is a conversation, and the model has no chat template to write it with",
            Assert.Throws<InvalidDataException>(() => Encoder(ChatTemplate.Plain).Imitated(chat)).Message);
        var counting = ChatTemplate.Parse("{{ messages | length }}" + Plain);
        Assert.Contains("f: line 2 has a turn 2 that the chat template writes otherwise when more follows",
            Assert.Throws<InvalidDataException>(() => Encoder(counting).Imitated(chat)).Message);
        Assert.Equal("f has no two answers, chosen and rejected",
            Assert.Throws<InvalidDataException>(() => Encoder(ChatTemplate.Plain).Preferred(Record("a", "b"))).Message);
    }

    private static ExampleEncoder Encoder(ChatTemplate template) => new(Tiny, Specials, template);

    private static TuningRecord Record(string prompt, string answer) => new("f") { Prompt = new Said(prompt), Answer = new Said(answer) };

    private static string Show(TuningExample example)
    {
        var text = "";
        for (var i = 0; i < example.Tokens.Length; i++)
        {
            text += example.Learned[i] && (i == 0 || !example.Learned[i - 1]) ? "[" : "";
            text += Tiny.Decode([example.Tokens[i]]);
            text += example.Learned[i] && (i + 1 == example.Tokens.Length || !example.Learned[i + 1]) ? "]" : "";
        }
        return text;
    }
}
