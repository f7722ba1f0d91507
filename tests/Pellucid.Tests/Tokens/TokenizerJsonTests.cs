using System.Text.Json.Nodes;
using Pellucid.Tokens;

namespace Pellucid.Tests.Tokens;

/// <summary>Parts of <c>tokenizer.json</c>, each in a small file of letters or of bytes.</summary>
public sealed class TokenizerJsonTests
{
    [Theory]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "ab", "▁ab")]
    [InlineData(
        """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},""" +
            """ "content":"▁"}]}""",
        "a b", "▁a|▁b")]
    [InlineData("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""", "a b", "a|▁b")]
    [InlineData("""{"type":"Sequence","normalizers":[]}""", "a b", "a|<0x20>|b")]
    [InlineData("""{"type":"Lowercase"}""", "AB", "ab")]
    [InlineData("""{"type":"NFD"}""", "é", "e|<0xCC>|<0x81>")]
    [InlineData("""{"type":"NFKC"}""", "ﬁ", "<0x66>|i")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", "  ab ", "ab|<0x20>")]
    public void Normalizers_change_text_before_it_is_cut(string normalizer, string text, string expected) =>
        Assert.Equal(expected, Names(Letters(json => json["normalizer"] = JsonNode.Parse(normalizer)), text));

    [Theory]
    [InlineData("always", true, "ab a", "▁ab|▁a")]
    [InlineData("first", true, "ab a", "▁ab|▁a")]
    [InlineData("never", true, "ab a", "ab|▁a")]
    [InlineData("always", false, " ab", "▁ab")]
    [InlineData("always", true, "<x>ab", "<x>|▁ab")]
    [InlineData("first", true, "<x>ab", "<x>|ab")]
    [InlineData("first", true, "ab<x>ab", "▁ab|<x>|ab")]
    public void Metaspace_marks_spaces(string scheme, bool split, string text, string expected) =>
        Assert.Equal(expected, Names(Letters(json => json["pre_tokenizer"] = JsonNode.Parse(
            $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":{{(split ? "true" : "false")}}}""")), text));

    [Fact]
    public void A_prefix_space_is_put_before_a_byte_level_text()
    {
        var tokenizer = Bytes(json => json["pre_tokenizer"]!["add_prefix_space"] = true);
        var plain = Bytes(_ => { });
        Assert.Equal(plain.Encode(" the cat"), tokenizer.Encode("the cat"));
        Assert.Equal(plain.Encode(" the cat"), tokenizer.Encode(" the cat"));
        AssertKept(tokenizer, "the cat");
    }

    [Fact]
    public void Characters_without_a_token_become_bytes_or_the_unknown_token()
    {
        Assert.Equal("a|<0xC3>|<0xA9>|b", Names(Letters(_ => { }), "aéb"));
        Assert.Equal("a|?|b", Names(Letters(json => Unknown(json, fuses: true)), "aééb"));
        Assert.Equal("a|?|?|b", Names(Letters(json => Unknown(json, fuses: false)), "aééb"));
        Assert.Contains("no token stands for 'é'", Assert.Throws<ArgumentException>(() => Letters(json =>
        {
            Unknown(json, fuses: false);
            json["model"]!["unk_token"] = null;
        }).Encode("é")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_says_which_tokens_stand_around_a_text()
    {
        var tokenizer = Letters(json => json["post_processor"] = JsonNode.Parse("""
            {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
            {"SpecialToken":{"id":"<x>","type_id":0}}],
            "pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]},"<x>":{"id":"<x>","ids":[2],"tokens":["<x>"]}}}
            """));
        Assert.Equal([1], tokenizer.Front);
        Assert.Equal([2], tokenizer.Back);
        AssertKept(tokenizer, "ab");
    }

    [Fact]
    public void Sections_that_change_no_token_are_passed_over()
    {
        var tokenizer = Bytes(json =>
        {
            json["padding"] = JsonNode.Parse("""
                {"strategy":{"Fixed":8},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,"pad_token":"x"}
                """);
            json["truncation"] = JsonNode.Parse("""{"direction":"Right","max_length":8,"strategy":"LongestFirst","stride":0}""");
            json["normalizer"] = JsonNode.Parse("""{"type":"Sequence","normalizers":[]}""");
        });
        Assert.Equal(Bytes(_ => { }).Encode("the cat's hat"), tokenizer.Encode("the cat's hat"));
    }

    [Fact]
    public void GPT2s_expression_is_the_same_as_its_name()
    {
        var split = """
            {"type":"Sequence","pretokenizers":[{"type":"Split",
            "pattern":{"Regex":"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"},
            "behavior":"BEHAVIOR","invert":INVERT},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}
            """;
        foreach (var (behavior, invert) in (ReadOnlySpan<(string, string)>)[("Isolated", "false"), ("Removed", "true")])
        {
            var tokenizer = Bytes(json => json["pre_tokenizer"] =
                JsonNode.Parse(split.Replace("BEHAVIOR", behavior, StringComparison.Ordinal).Replace("INVERT", invert,
                    StringComparison.Ordinal)));
            Assert.Equal(Bytes(_ => { }).Fingerprint(), tokenizer.Fingerprint());
        }
    }

    [Theory]
    [InlineData("pre_tokenizer", """{"type":"Whitespace"}""", "the pre_tokenizer is of the type 'Whitespace'")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"\\bx"},"behavior":"Isolated","invert":false}""",
        "has '\\b' at character 1")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"String":"x"},"behavior":"Removed","invert":false}""",
        "pre_tokenizer.behavior 'Removed'")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"String":"x"},"behavior":"Isolated","invert":true}""", "with invert")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_"}""", "pre_tokenizer.replacement is '_'")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"x+"},"content":"y"}""", "regular expression 'x+'")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"Nmt"}]}""",
        "the normalizer.normalizers[0] is of the type 'Nmt'")]
    [InlineData("decoder", """{"type":"WordPiece"}""", "the decoder is of the type 'WordPiece'")]
    [InlineData("decoder", """{"type":"ByteLevel"}""", "its decoder is 'ByteLevel', but no pre_tokenizer is")]
    [InlineData("decoder", null, "it has no decoder")]
    [InlineData("post_processor", """{"type":"BertProcessing"}""", "the post_processor is of the type 'BertProcessing'")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[],"special_tokens":{}}""", "does not have the text once")]
    public void What_is_not_understood_is_named(string part, string? value, string reason) =>
        Assert.Contains(reason,
            Assert.Throws<InvalidDataException>(() => Letters(json => json[part] = value is null ? null : JsonNode.Parse(value))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_merge_never_gives_a_special_token()
    {
        var tokenizer = Letters(json =>
        {
            json["added_tokens"]![1]!["content"] = "ba";
            json["model"]!["vocab"]!.AsObject().Remove("<s>");
            json["model"]!["vocab"]!["ba"] = 1;
            json["model"]!["merges"]!.AsArray().Insert(0, "b a");
        });
        Assert.Equal("ba", tokenizer.SpecialName(1));
        Assert.Equal([1], tokenizer.EncodeWithSpecialTokens("ba"));
        Assert.Equal("b|a", Names(tokenizer, "ba"));
    }

    // By name, what a text becomes; and again after writing.
    private static string Names(BpeTokenizer tokenizer, string text)
    {
        AssertKept(tokenizer, text);
        return string.Join('|', tokenizer.Encode(text).Select(tokenizer.FileName));
    }

    private static void AssertKept(BpeTokenizer tokenizer, string text)
    {
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path, TokenizerFormat.TokenizerJson);
        var written = (BpeTokenizer)Tokenizer.Load(folder.Path);
        Assert.Equal(tokenizer.Encode(text), written.Encode(text));
        Assert.Equal(tokenizer.Fingerprint(), written.Fingerprint());
        Assert.Equal(tokenizer.Front, written.Front);
        Assert.Equal(tokenizer.Back, written.Back);
    }

    private static void Unknown(JsonNode json, bool fuses)
    {
        json["model"]!["byte_fallback"] = false;
        json["model"]!["fuse_unk"] = fuses;
        json["decoder"]!["decoders"]!.AsArray().RemoveAt(1);
    }

    private static BpeTokenizer Letters(Action<JsonNode> change)
    {
        var names = (string[])["?", "<s>", "<x>", "a", "b", "i", "e", "▁", "ab", "▁a", "▁ab", "▁b"];
        var vocabulary = names.Concat(Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"))
            .Select((name, token) => $"\"{name}\":{token}");
        return Load($$"""
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[
              {"id":0,"content":"?","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":false},
              {"id":1,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
              {"id":2,"content":"<x>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":false}],
            "normalizer":null,"pre_tokenizer":null,"post_processor":null,
            "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},
            {"type":"Fuse"}]},
            "model":{"type":"BPE","dropout":null,"unk_token":"?","continuing_subword_prefix":null,"end_of_word_suffix":null,
            "fuse_unk":true,"byte_fallback":true,
            "ignore_merges":false,"vocab":{ {{string.Join(',', vocabulary)}} },"merges":["a b",["▁","ab"],"▁ a","▁ b"]}
            }
            """, change);
    }

    private static BpeTokenizer Bytes(Action<JsonNode> change)
    {
        using var folder = new TemporaryFolder();
        BpeTrainer.Train("the cat's hat, the cat's bat, the rat's hat"u8.ToArray(), 270).Save(folder.Path, TokenizerFormat.TokenizerJson);
        return Load(File.ReadAllText(folder.File("tokenizer.json")), change);
    }

    private static BpeTokenizer Load(string text, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(text)!;
        change(json);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), json.ToJsonString());
        return (BpeTokenizer)Tokenizer.Load(folder.Path);
    }
}
