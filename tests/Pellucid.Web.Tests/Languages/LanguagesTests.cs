using System.Text.RegularExpressions;
using Pellucid.Tests;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Tests.Languages;

/// <summary>What is said to people stands in one file a language, and nowhere else.</summary>
public sealed partial class LanguagesTests
{
    private static readonly string[] Speaking = ["src/Pellucid.Web/Explorer", "src/Pellucid.Web/Languages", "src/Pellucid.Cli/Tour"];

    private static readonly Dictionary<string, string> Sources = Speaking
        .SelectMany(folder => SourceTree.Files(folder).Concat(SourceTree.Files(folder, "*.razor")))
        .ToDictionary(path => path, File.ReadAllText);

    [Fact]
    public void English_and_Chinese_are_there_and_are_found_by_what_browsers_ask_for()
    {
        Assert.Equal(["en", "zh-Hans"], Language.All.Select(one => one.Code));
        Assert.Equal(["en", "en", "zh-Hans", "zh-Hans", null, null],
            new[] { "en-GB", "EN", "zh-CN", "zh", "fr", "" }.Select(asked => Language.Find(asked)?.Code));
    }

    [Fact]
    public void Every_language_says_every_key_with_the_same_places()
    {
        foreach (var language in Language.All)
        {
            Assert.Equal(Language.English.Keys, language.Keys);
            Assert.All(language.Keys, key =>
            {
                Assert.False(string.IsNullOrWhiteSpace(language[key]), key);
                Assert.Equal(Places(Language.English[key]), Places(language[key]));
            });
        }
        static IEnumerable<string> Places(string phrase) =>
            Place().Matches(phrase).Select(match => match.Groups[1].Value).Distinct().Order();
    }

    [Fact]
    public void No_key_is_unused_and_none_is_asked_for_that_no_file_says()
    {
        var (asked, known) = (Sources.Values.SelectMany(text => Quoted().Matches(text).Select(match => match.Groups[1].Value)).ToHashSet(),
            Language.English.Keys.ToHashSet());
        Assert.DoesNotContain(known, key => !key.StartsWith("refusal.", StringComparison.Ordinal) && !asked.Contains(key));
        var rooms = known.Select(key => key.Split('.')[0]).ToHashSet();
        Assert.DoesNotContain(asked, word => rooms.Contains(word.Split('.')[0]) && !known.Contains(word)
            && !word.EndsWith(".json", StringComparison.Ordinal));
        Assert.DoesNotContain(Sources.Values.SelectMany(text => Asked().Matches(text).Select(match => match.Groups[1].Value)),
            key => !known.Contains(key));
    }

    [Fact]
    public void No_phrase_stands_where_it_is_used()
    {
        Assert.All(Sources, source => Assert.False(source.Value.Any(IsHan), source.Key));
        // A page's own English: between tags, or in what only ears are told.
        Assert.All(Sources.Where(source => source.Key.EndsWith(".razor", StringComparison.Ordinal)), source =>
            Assert.DoesNotContain(Inline().Matches(Remark().Replace(source.Value, "")).Select(match => match.Value.Trim()),
                words => !words.StartsWith("pellucid", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void What_the_engine_refuses_is_said_in_the_readers_language()
    {
        var chinese = Language.Find("zh-Hans")!;
        Assert.Equal("模型的头是 0 至 3，没有 7", chinese.Refusal("the model has heads 0 to 3, not 7"));
        Assert.Equal("这个模型按位置旋转查询和键：线性路径对它不成立",
            chinese.Refusal("this model turns queries and keys by their positions: a linear path would not be true of it"));
        Assert.Equal("a message of nobody's", chinese.Refusal("a message of nobody's"));
        Assert.Equal("the text is empty", Language.English.Refusal("the text is empty"));
    }

    [Fact]
    public void Refusals_are_known_by_the_words_that_the_engine_uses()
    {
        var engine = string.Concat(SourceTree.Files("src/Pellucid").Select(path => Joint().Replace(File.ReadAllText(path), "")));
        Assert.All(Language.English.Keys.Where(key => key.StartsWith("refusal.", StringComparison.Ordinal)),
            key => Assert.Matches(string.Join(@"\{[^\n]*?\}", Hole().Split(Language.English[key]).Select(Regex.Escape)), engine));
    }

    [Theory]
    [InlineData("no key\n", "line 1")]
    [InlineData("# first\na = b\na = c\n", "line 3")]
    [InlineData(" goes on\n", "line 1")]
    public void A_file_that_is_none_is_refused_by_its_line(string text, string said) =>
        Assert.Contains(said, Assert.Throws<InvalidDataException>(() => LanguageFile.Read(new StringReader(text), "xx.txt")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_phrase_goes_on_in_lines_that_begin_with_spaces()
    {
        var phrases = LanguageFile.Read(new StringReader("a = one\n  two = 2\nb = 一个\n  词\n  token\n"), "xx.txt");
        Assert.Equal("one two = 2", phrases["a"]);
        Assert.Equal("一个词token", phrases["b"]);
    }

    private static bool IsHan(char letter) => letter is >= '\u3400' and <= '\u9FFF';

    [GeneratedRegex(@"\{(\d+)[:}]")]
    private static partial Regex Place();

    [GeneratedRegex("\"([a-z-]+\\.[a-z0-9.-]+)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("(?:\\bT|language|say)\\[\"([^\"]*)\"")]
    private static partial Regex Asked();

    [GeneratedRegex("(?<=>)[^<>@={}();]*[a-z]{3,}[^<>@={}();]*(?=</)|(?:aria-label|title|Label|Placeholder|Text)=\"[A-Za-z ]+\"")]
    private static partial Regex Inline();

    [GeneratedRegex("///.*")]
    private static partial Regex Remark();

    // Where one literal of a text ends and the next begins.
    [GeneratedRegex("\"\\s*\\+\\s*\\$?\"")]
    private static partial Regex Joint();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Hole();
}
