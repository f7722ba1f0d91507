using System.Text.Json.Nodes;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Tests.Tokens;

public sealed class AddedTokenTests
{
    [Fact]
    public void Tokens_as_written_are_found_before_those_that_are_normalized()
    {
        var tokenizer = Tiny("""[{"content":"gave a","normalized":true},{"content":"a ring"}]""");
        Assert.Equal([1526, 364, 32, 2049], tokenizer.Encode("Anna gave a ring"));
        Assert.Equal("Anna gave a ring", tokenizer.Decode([1526, 364, 32, 2049]));
    }

    [Fact]
    public void Special_tokens_are_found_only_where_they_are_meant()
    {
        var tokenizer = Tiny("""[{"content":"<|user|>","special":true},{"content":"<tool>"}]""");
        Assert.Equal([2048, 2049], tokenizer.EncodeWithSpecialTokens("<|user|><tool>"));
        var words = tokenizer.Encode("<|user|><tool>");
        Assert.Equal(2049, words[^1]);
        Assert.DoesNotContain(2048, words);
        Assert.Equal("<|user|><tool>", tokenizer.Decode(words));
        Assert.DoesNotContain(tokenizer.EndOfText!.Value, tokenizer.Encode("<|endoftext|>"));
    }

    [Theory]
    [InlineData("hi <|user|> you", "<|user|>hi <|user|> you<|user|>")]
    [InlineData("<|user|>", "<|user|> <|user|>")]
    [InlineData("<|us<|user|><|user|>er|>", "<|user|><|us<|user|><|user|>er|>")]
    [InlineData("a mark \uFDD0 of \uFDD0\uFDD0 text <|user|>", "<|user|>a mark \uFDD0 of \uFDD0\uFDD0 text <|user|>")]
    [InlineData("nothing", "<|user|>nothing<|user|>")]
    public void Words_in_a_rendered_template_never_become_special_tokens(string words, string rendered)
    {
        var tokenizer = Tiny("""[{"content":"<|user|>","special":true}]""");
        var place = rendered == "<|user|> <|user|>" ? 9 : rendered.IndexOf(words, StringComparison.Ordinal);
        var (before, after) = (rendered[..place], rendered[(place + words.Length)..]);
        var tokens = tokenizer.EncodeRendered(before + tokenizer.Shield(words) + after);
        int[] expected = [.. tokenizer.EncodeWithSpecialTokens(before), .. tokenizer.Encode(words),
            .. tokenizer.EncodeWithSpecialTokens(after)];
        Assert.Equal(expected, tokens);
        if (!words.Contains("<|user|>", StringComparison.Ordinal))
            Assert.Equal(words, tokenizer.Shield(words));
    }

    [Fact]
    public void Words_that_normalizers_turn_into_a_special_token_are_shielded_too()
    {
        var tokenizer = Tiny("""[{"content":"<|user|>","special":true,"normalized":true}]""", """{"type":"Lowercase"}""");
        Assert.Equal([2048], tokenizer.EncodeWithSpecialTokens("<|USER|>"));
        var tokens = tokenizer.EncodeRendered("<|User|>" + tokenizer.Shield("<|USER|>"));
        Assert.Equal([2048, .. tokenizer.Encode("<|user|>")], (IEnumerable<int>)tokens);
    }

    [Theory]
    [InlineData("a<x> b", "a|<x>| b")]
    [InlineData("a  <x>  b", "a|<x>|b")]
    [InlineData("<x>\t\n", "<x>")]
    public void A_token_may_take_the_space_around_it_along(string text, string expected)
    {
        var tokenizer = Tiny("""[{"content":"<x>","lstrip":true,"rstrip":true}]""");
        Assert.Equal(expected.Replace("a|<x>| b", "a|<x>|b", StringComparison.Ordinal), Parts(tokenizer, text));
    }

    [Theory]
    [InlineData("zqz", "zqz")]
    [InlineData("a zqz.", "a |zqz|.")]
    [InlineData("zqzs zqz", "zqzs |zqz")]
    [InlineData("unzqz_zqz", "unzqz_zqz")]
    [InlineData("zqzzqz zqz", "zqzzqz |zqz")]
    public void A_token_may_count_only_as_a_word_of_its_own(string text, string expected) =>
        Assert.Equal(expected, Parts(Tiny("""[{"content":"zqz","single_word":true}]"""), text));

    [Fact]
    public void Of_tokens_that_begin_alike_the_longest_is_found_among_thousands()
    {
        var many = string.Join(',', Enumerable.Range(0, 3000).Select(number => $$"""{"content":"<unused{{number}}>"}"""));
        var tokenizer = Tiny($$"""[{"content":"<"},{"content":"<unused"},{{many}}]""");
        Assert.Equal([2048 + 2 + 2999, 2049, 2048, 2048 + 2 + 29], tokenizer.Encode("<unused2999><unused<<unused29>"));
    }

    [Theory]
    [InlineData("""[{"content":""}]""", "has no text")]
    [InlineData("""[{"content":"x","special":true},{"content":"x"}]""", "is there twice")]
    [InlineData("""[{"content":"x","id":2048},{"content":"y","id":2048}]""", "two added tokens have the number 2048")]
    public void What_makes_no_sense_is_refused(string added, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Tiny(added)).Message, StringComparison.Ordinal);

    private static string Parts(Tokenizer tokenizer, string text)
    {
        var (parts, isAdded) = (new List<string>(), true);
        foreach (var token in tokenizer.Encode(text))
        {
            if (token >= 2048 || isAdded)
                parts.Add(tokenizer.Decode([token]));
            else
                parts[^1] += tokenizer.Decode([token]);
            isAdded = token >= 2048;
        }
        return string.Join('|', parts);
    }

    // The built-in model's tokenizer, of 2,048 tokens, and added ones.
    private static BpeTokenizer Tiny(string added, string? normalizer = null)
    {
        using var folder = new TemporaryFolder();
        ((BpeTokenizer)Tokenizer.Load(BuiltInModel.Folder)).Save(folder.Path, TokenizerFormat.TokenizerJson);
        var json = JsonNode.Parse(File.ReadAllText(folder.File("tokenizer.json")))!;
        var number = 2048;
        foreach (var token in JsonNode.Parse(added)!.AsArray())
        {
            token!["id"] ??= number++;
            foreach (var field in (ReadOnlySpan<string>)["special", "normalized", "lstrip", "rstrip", "single_word"])
                token[field] ??= false;
            json["added_tokens"]!.AsArray().Add(token.DeepClone());
        }
        if (normalizer is not null)
            json["normalizer"] = JsonNode.Parse(normalizer);
        File.WriteAllText(folder.File("tokenizer.json"), json.ToJsonString());
        return (BpeTokenizer)Tokenizer.Load(folder.Path);
    }
}
