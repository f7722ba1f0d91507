using System.Text.Json;

namespace Pellucid.Cli.Tests;

public sealed class RenderTests : IDisposable
{
    private const string Template =
        "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{% generation %}{{ m.content }}{% endgeneration %}</s>{% endfor %}"
            + "{{ tools|tojson if tools }}{{ documents|length if documents }}{{ extra }}{{ '<assistant>' if add_generation_prompt }}";

    private readonly PellucidProcess _pellucid = new();

    public RenderTests()
    {
        _pellucid.File("chat.jinja", Template);
        _pellucid.File("chat.json", """[{"role":"user","content":"Grüße 🎉"},{"role":"assistant","content":"One, two"}]""");
    }

    [Fact]
    public void A_conversation_is_shown_as_a_template_writes_it()
    {
        Assert.Equal("<user>Grüße 🎉</s><assistant>One, two</s><assistant>", Render("chat.jinja", "--messages", "chat.json"));
        Assert.Equal("<user>Grüße 🎉</s><assistant>One, two</s>",
            Render("chat.jinja", "--messages", "chat.json", "--no-generation-prompt"));
        Assert.Equal("<user>Grüße 🎉</s><assistant>One, two",
            Render("chat.jinja", "--messages", "chat.json", "--continue-final-message"));
        _pellucid.File("tools.json", """[{"name":"f","default":1.0}]""");
        _pellucid.File("documents.json", """[{"title":"a"},{"title":"b"}]""");
        _pellucid.File("variables.json", """{"extra":" yes","bos_token":"<s>"}""");
        Assert.Equal("""<s><user>Grüße 🎉</s><assistant>One, two</s>[{"name": "f", "default": 1.0}]2 yes<assistant>""",
            Render("chat.jinja", "--messages", "chat.json", "--tools", "tools.json", "--documents", "documents.json",
                "--variables", "variables.json"));
        Assert.Equal("<s> yes", Render("chat.jinja", "--variables", "variables.json"));
        _pellucid.File("time.jinja", "{{ strftime_now('%d %b %Y %H:%M') }}");
        Assert.Equal("26 Jul 2024 12:00", Render("time.jinja", "--now", "2024-07-26T12:00:00"));

        var json = _pellucid.Run("tokenizer", "render", "chat.jinja", "--messages", "chat.json", "--json").Json;
        Assert.Equal("<user>Grüße 🎉</s><assistant>One, two</s><assistant>", json.GetProperty("text").GetString());
        Assert.Equal("[[6,13],[28,36]]", json.GetProperty("generation").GetRawText());
        Assert.False(json.TryGetProperty("ids", out _));
        _pellucid.File("macro.jinja", "{% macro m() %}({% generation %}a{% endgeneration %}){% endmacro %}{{ m() }}");
        json = _pellucid.Run("tokenizer", "render", "macro.jinja", "--json").Json;
        Assert.Equal("(a)", json.GetProperty("text").GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("generation").ValueKind);
    }

    [Fact]
    public void A_model_has_tokens_too()
    {
        _pellucid.File("a.txt", "user assistant");
        Assert.Equal(0,
            _pellucid.Run("tokenizer", "train", "--data", "a.txt", "--size", "262", "--special", "<user>", "--out", "model").Code);
        _pellucid.File("model/chat_template.jinja", Template);
        _pellucid.File("model/tokenizer_config.json", """{"bos_token":"<|endoftext|>"}""");
        var json = _pellucid.Run("tokenizer", "render", "model", "--messages", "chat.json", "--json").Json;
        Assert.StartsWith("<|endoftext|><user>Grüße", json.GetProperty("text").GetString(), StringComparison.Ordinal);
        var words = json.GetProperty("ids").EnumerateArray().Select(id => id.GetRawText()).ToArray();
        Assert.Equal(json.GetProperty("text").GetString(), _pellucid.Run(["tokenizer", "decode", "--tokenizer", "model", .. words]).Output);
        Assert.Equal(2, words.Take(2).Select(int.Parse).Count(id => id >= 260));
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_line()
    {
        _pellucid.File("refuses.jinja", "{{ raise_exception('Roles must\nalternate') }}");
        _pellucid.File("fails.jinja", "\n{{ messages|nope }}");
        _pellucid.File("broken.jinja", "{% if %}");
        _pellucid.File("broken.json", "[{]");
        _pellucid.File("object.json", "{}");
        AssertRefused(1, "Roles must alternate", "refuses.jinja", "--messages", "chat.json");
        AssertRefused(1, "the chat template fails in line 2: No filter named 'nope'.", "fails.jinja", "--messages", "chat.json");
        AssertRefused(1, "the chat template cannot be read: line 1: Expected an expression, got 'end of statement block'", "broken.jinja");
        AssertRefused(1, "messages must be a list, not Object", "chat.jinja", "--messages", "object.json");
        AssertRefused(1, "there is no model folder nowhere", "nowhere");
        AssertRefused(2, "--tools needs --messages", "chat.jinja", "--tools", "chat.json");
        AssertRefused(2, "--now is 'noon'; it is a time such as 2024-07-26T12:00:00", "chat.jinja", "--now", "noon");
        Assert.StartsWith("pellucid: broken.json: ",
            _pellucid.Run("tokenizer", "render", "chat.jinja", "--messages", "broken.json").Error, StringComparison.Ordinal);
    }

    private string Render(params string[] words)
    {
        var outcome = _pellucid.Run(["tokenizer", "render", .. words]);
        Assert.True(outcome.Code == 0, outcome.Error);
        return outcome.Output;
    }

    private void AssertRefused(int code, string line, params string[] words)
    {
        var outcome = _pellucid.Run(["tokenizer", "render", .. words]);
        Assert.Equal((code, $"pellucid: {line}\n"), (outcome.Code, outcome.Error));
    }

    public void Dispose() => _pellucid.Dispose();
}
