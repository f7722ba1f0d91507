using Pellucid.Conversations;

namespace Pellucid.Tests.Conversations;

/// <summary>What is wrong with a template is said in one line that names it and its line; nothing takes for ever.</summary>
public sealed class TemplateErrorTests
{
    private static readonly ChatTurn[] Turns = [new("user", "Hi")];

    [Theory]
    [InlineData("{% for m in messages %}", "line 1: Unexpected end of template. "
        + "Jinja was looking for the following tags: 'endfor' or 'else'. The innermost block that needs to be closed is 'for'.")]
    [InlineData("a\n{% endif %}", "line 2: Encountered unknown tag 'endif'.")]
    [InlineData("{{ 'a }}", "line 1: a text in ' is never closed")]
    [InlineData("\n\n{{ a + }}", "line 3: Expected an expression, got 'end of print statement'")]
    [InlineData("{{ a b }}", "line 1: expected token 'end of print statement', got 'b'")]
    [InlineData("{{ § }}", "line 1: unexpected char '§'")]
    [InlineData("{{ (1, 2] }}", "line 1: unexpected ']', expected ')'")]
    [InlineData("{% break %}", "line 1: 'break' outside loop")]
    [InlineData("{{ '\\N{BULLET}' }}", "line 1: characters by name, as in \\N{BULLET}, are not supported")]
    public void What_is_no_template_is_refused_when_it_is_read(string template, string message) =>
        Assert.Equal("the chat template cannot be read: " + message,
            Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse(template)).Message);

    [Theory]
    [InlineData("\n{{ messages | sort_by_weather }}", "line 2: No filter named 'sort_by_weather'.")]
    [InlineData("{{ 1 is sunny }}", "line 1: No test named 'sunny'.")]
    [InlineData("{{ launch() }}", "line 1: 'launch' is undefined")]
    [InlineData("{% frobnicate a, b %}", "line 1: the tag 'frobnicate' is not known")]
    [InlineData("{% include 'other' %}", "line 1: 'include' needs other templates, and a chat template has none")]
    [InlineData("{% for m in messages %}\n{{ m.content + 1 }}\n{% endfor %}", "line 2: can only concatenate str (not \"int\") to str")]
    [InlineData("{{ messages[0].content.strap() }}", "line 1: 'str object' has no attribute 'strap'")]
    [InlineData("{{ messages.append(1) }}", "line 1: access to attribute 'append' of 'list' object is unsafe.")]
    [InlineData("{{ messages[0].name.first }}", "line 1: 'dict object' has no attribute 'name'")]
    [InlineData("{% macro m() %}\n\n{{ 1/0 }}{% endmacro %}\n{{ m() }}", "line 3: division by zero")]
    [InlineData("{{ 'a'|replace('a') }}", "line 1: replace() missing 1 required positional argument: 'new'")]
    public void What_fails_says_where_when_it_is_reached(string template, string message)
    {
        Assert.Equal("the chat template fails in " + message,
            Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse(template).Render(Turns)).Message);
        Assert.Equal("fine", ChatTemplate.Parse($"{{% if false %}}{template}{{% endif %}}fine").Render(Turns));
    }

    [Fact]
    public void A_template_may_refuse_a_conversation_in_its_own_words() =>
        Assert.Equal("users\nfirst",
            Assert.Throws<ArgumentException>(() => ChatTemplate.Parse("{{ raise_exception('users\\nfirst') }}").Render(Turns)).Message);

    [Theory]
    [InlineData("{% for a in range(30000) %}{% for b in range(30000) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% for i in range(99999999999) %}x{% endfor %}", "Range too big")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "macros call each other more than")]
    [InlineData("{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{% call h() %}{{ f() }}{% endcall %}{% endmacro %}{% macro h() "
        + "%}{{ caller() }}{% endmacro %}{{ f() }}",
        "macros call each other more than")]
    [InlineData("{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}", "macros call each other more than")]
    [InlineData("{{ 'x' * 10**9 }}", "a text would be longer than")]
    [InlineData("{{ '{:>1000000000}'.format('a') }}", "a text would be longer than")]
    [InlineData("{{ '%1000000000s' % 'a' }}", "a text would be longer than")]
    [InlineData("{{ 'x'.center(10**9) }}", "a text would be longer than")]
    [InlineData("{{ 'x'.zfill(10**9) }}", "a text would be longer than")]
    [InlineData("{{ '\t'.expandtabs(10**9) }}", "a text would be longer than")]
    [InlineData("{{ {'a': 1}|tojson(indent=10**9) }}", "a text would be longer than")]
    [InlineData("{{ 'a\nb'|indent(10**9) }}", "a text would be longer than")]
    [InlineData("{{ ('a' * 100000)|replace('', 'b' * 100000) }}", "a text would be longer than")]
    [InlineData("{{ ('b' * 100000).join('a' * 100000) }}", "a text would be longer than")]
    [InlineData("{{ (range(100000)|list)|join('b' * 100000) }}", "a text would be longer than")]
    [InlineData("{% set x = 'ab' * 1000000 %}{% for i in range(100000) %}{{ x }}{% endfor %}", "a text would be longer than")]
    [InlineData("{% set x = 'ab' * 4000000 %}{% for i in range(100000) %}{% set y = x ~ 'a' %}{% endfor %}", "characters in all")]
    [InlineData("{{ [0] * 10**9 }}", "steps")]
    [InlineData("{{ [1]|batch(10**9, 0)|list }}", "steps")]
    [InlineData("{{ [1]|slice(10**9)|list }}", "steps")]
    [InlineData("{{ 2 ** (10**9) }}", "digits")]
    [InlineData("{% set ns = namespace(n=3) %}{% for i in range(40) %}{% set ns.n = ns.n * ns.n %}{% endfor %}", "digits")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "")]
    [InlineData("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, "
        + "ns.y] %}{% endfor %}{{ ns.x == ns.y }}", "steps")]
    [InlineData("{% set ns = namespace(x=(1,), y=(1,)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% set ns.y = (ns.y, ns.y) "
        + "%}{% endfor %}{{ {ns.x: 1}[ns.y] }}", "steps")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "nested too deeply")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x|tojson }}",
        "nested too deeply")]
    public void What_would_take_for_ever_ends_in_one_line(string template, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse(template).Render(Turns)).Message;
        Assert.StartsWith("the chat template fails in line ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "1", "]")]
    [InlineData("-", "1", "")]
    [InlineData("not ", "1", "")]
    [InlineData("{'a':", "1", "}")]
    [InlineData("a(", "1", ")")]
    [InlineData("a if a else ", "a", "")]
    public void Nesting_has_an_end(string open, string inside, string close)
    {
        string Nested(int times) =>
            $"{{{{ {string.Concat(Enumerable.Repeat(open, times))}{inside}{string.Concat(Enumerable.Repeat(close, times))} }}}}";
        ChatTemplate.Parse(Nested(150));
        Assert.Contains("nested more than 200 deep",
            Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse(Nested(50_000))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_in_blocks_have_an_end() => Assert.Contains("nested more than 200 deep",
        Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse(string.Concat(Enumerable.Repeat("{% if true %}", 50_000)))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("+a")]
    [InlineData("|upper")]
    [InlineData(".a")]
    [InlineData("[0]")]
    [InlineData(" and a")]
    public void A_long_chain_does_not_overflow_a_small_stack(string link)
    {
        var template = ChatTemplate.Parse($"{{{{ a{string.Concat(Enumerable.Repeat(link, 100_000))} }}}}");
        var message = "";
        var thread = new Thread(() => message = Assert.Throws<InvalidDataException>(() => template.Render(Turns)).Message,
            maxStackSize: 512 << 10);
        thread.Start();
        thread.Join();
        Assert.Equal("the chat template fails in line 1: it is nested too deeply", message);
    }

    [Fact]
    public void A_template_has_a_length() =>
        Assert.Contains("longer than",
            Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse(new string('a', 2_000_000))).Message, StringComparison.Ordinal);
}
