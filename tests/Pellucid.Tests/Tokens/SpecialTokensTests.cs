using System.Text;
using System.Text.Json.Nodes;
using Pellucid.Tokens;

namespace Pellucid.Tests.Tokens;

public sealed class SpecialTokensTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // <|endoftext|> is 259, and then come <|im_start|>, <|im_end|>, </s>.
    private readonly BpeTokenizer _tokenizer = BpeTrainer.Train([Encoding.UTF8.GetBytes("the cat the cat")], 263,
        special: ["<|im_start|>", "<|im_end|>", "</s>"]);

    private int Vocabulary => _tokenizer.VocabularySize;

    [Fact]
    public void A_tokenizer_alone_ends_texts_by_its_own_name_for_it()
    {
        var read = Read();
        Assert.Equal((259, false, 259), (read.Begin, read.AddsBegin, read.Separator));
        Assert.Equal([259], read.Ends);
        Assert.Empty(SpecialTokens.Of(CharacterTokenizer.FromText("abc"u8)).Ends);
    }

    [Theory]
    // A number, a list, null and nothing at all, in either file: generation_config.json goes before config.json.
    [InlineData("{\"eos_token_id\": 7, \"bos_token_id\": 6}", null, 6, new[] { 7 })]
    [InlineData("{\"eos_token_id\": [9, 7]}", null, 9, new[] { 9, 7 })]
    [InlineData("{\"eos_token_id\": 7, \"bos_token_id\": 6}",
        "{\"eos_token_id\": [8, 9, 8], \"bos_token_id\": 5, \"pad_token_id\": 0, \"temperature\": 0.6}", 5, new[] { 8, 9 })]
    [InlineData("{\"eos_token_id\": 9}", "{\"eos_token_id\": [8, 9]}", 9, new[] { 9, 8 })]
    [InlineData("{\"eos_token_id\": 7}", "{\"eos_token_id\": null}", 7, new[] { 7 })]
    [InlineData("{\"eos_token_id\": null, \"bos_token_id\": null}", "{}", 259, new[] { 259 })]
    [InlineData("{\"eos_token_id\": []}", null, 259, new[] { 259 })]
    public void Ids_come_from_the_two_configurations(string config, string? generation, int begin, int[] ends)
    {
        Write("config.json", config);
        Write("generation_config.json", generation);
        var read = Read();
        Assert.Equal(ends, read.Ends);
        Assert.Equal((begin, ends[0]), (read.Begin, read.Separator));
    }

    [Theory]
    [InlineData("tokenizer_config.json",
        "{\"eos_token\": \"<|im_end|>\", \"bos_token\": null, \"model_max_length\": 1e30}", new[] { 261, 7 }, 261)]
    [InlineData("tokenizer_config.json",
        "{\"eos_token\": {\"__type\": \"AddedToken\", \"content\": \"</s>\", \"lstrip\": false}, \"bos_token\": \"<|im_start|>\"}",
        new[] { 262, 7 }, 260)]
    [InlineData("special_tokens_map.json", "{\"eos_token\": {\"content\": \"</s>\"}, \"pad_token\": \"</s>\"}", new[] { 262, 7 }, 262)]
    [InlineData("special_tokens_map.json", "{\"eos_token\": \"the\"}", new[] { -1, 7 }, -1)] // an ordinary token can be the end
    public void The_tokenizers_own_end_is_the_separator_and_ends_texts_too(string file, string json, int[] ends, int begin)
    {
        Write("config.json", "{\"eos_token_id\": 7}");
        Write(file, json);
        var (read, the) = (Read(), _tokenizer.Encode("the").Single());
        Assert.Equal(ends.Select(end => end < 0 ? the : end), read.Ends);
        Assert.Equal((begin < 0 ? the : begin, read.Ends[0]), (read.Begin, read.Separator));
    }

    [Theory]
    [InlineData("{\"add_bos_token\": true, \"bos_token\": \"<|im_start|>\"}", true)]
    [InlineData("{\"add_bos_token\": false, \"bos_token\": \"<|im_start|>\", \"tokenizer_class\": \"LlamaTokenizer\"}", false)]
    [InlineData("{\"bos_token\": \"<|im_start|>\", \"tokenizer_class\": \"LlamaTokenizerFast\"}", true)]
    [InlineData("{\"bos_token\": \"<|im_start|>\", \"tokenizer_class\": \"GPT2Tokenizer\", \"add_prefix_space\": "
        + "false, \"add_eos_token\": null}", false)]
    public void A_begin_token_stands_before_prompts_where_the_settings_say_so(string settings, bool adds)
    {
        Write("tokenizer_config.json", settings);
        var read = Read();
        Assert.Equal(adds, read.AddsBegin);
        Assert.Equal([260, .. _tokenizer.Encode("the cat")], read.Prompt(_tokenizer, "the cat", begin: true));
        Assert.Equal([260], read.Prompt(_tokenizer, "", begin: false));
    }

    [Theory]
    [InlineData("{}", 262, true)]
    [InlineData("{\"bos_token\": \"<|im_start|>\", \"tokenizer_class\": \"PreTrainedTokenizerFast\"}", 262, true)]
    [InlineData("{\"bos_token\": \"</s>\", \"add_bos_token\": null}", 262, true)]
    [InlineData("{\"bos_token\": \"<|im_start|>\", \"add_bos_token\": false}", 260, false)]
    public void Where_the_settings_say_nothing_the_tokenizers_own_file_puts_the_begin_token(string settings, int begin, bool adds)
    {
        Write("tokenizer_config.json", settings);
        var tokenizer = WithPostProcessor(front: ["</s>"], back: []);
        var read = SpecialTokens.Read(_folder.Path, tokenizer, Vocabulary);
        Assert.Equal((begin, adds), (read.Begin, read.AddsBegin));
        Assert.Equal((262, true, 259), (SpecialTokens.Of(tokenizer).Begin, SpecialTokens.Of(tokenizer).AddsBegin,
            SpecialTokens.Of(tokenizer).Separator));
    }

    [Fact]
    public void What_the_tokenizers_own_file_puts_around_texts_and_cannot_be_put_is_refused()
    {
        void AssertRefused(string message, string[] front, string[] back) => Assert.Contains(message,
            Assert.Throws<InvalidDataException>(() =>
                SpecialTokens.Read(_folder.Path, WithPostProcessor(front, back), Vocabulary)).Message, StringComparison.Ordinal);
        AssertRefused("puts 2 tokens before every text, of which one is put here at most", ["</s>", "<|im_start|>"], []);
        AssertRefused("puts 1 tokens after every text, which are not put here", [], ["</s>"]);
        Write("tokenizer_config.json", "{\"add_eos_token\": false}");
        Assert.False(SpecialTokens.Read(_folder.Path, WithPostProcessor([], ["</s>"]), Vocabulary).AddsBegin);
    }

    private Tokenizer WithPostProcessor(string[] front, string[] back)
    {
        using var folder = new TemporaryFolder();
        _tokenizer.Save(folder.Path);
        var file = JsonNode.Parse(File.ReadAllText(folder.File("tokenizer.json")))!;
        JsonNode Special(string name) => new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = name, ["type_id"] = 0 } };
        var text = new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } };
        var tokens = new JsonObject();
        foreach (var name in front.Concat(back))
            tokens[name] = new JsonObject { ["id"] = name, ["ids"] = new JsonArray(_tokenizer.Find(name)!.Value), ["tokens"] =
                new JsonArray(name) };
        file["post_processor"] = new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. front.Select(Special), text, .. back.Select(Special)]),
            ["special_tokens"] = tokens,
        };
        File.WriteAllText(folder.File("tokenizer.json"), file.ToJsonString());
        return Tokenizer.Load(folder.Path);
    }

    [Theory]
    [InlineData("config.json", "{\"eos_token_id\": 263}", "eos_token_id is 263, but the vocabulary has only 263 tokens")]
    [InlineData("config.json", "{\"bos_token_id\": -1}", "bos_token_id is -1, but the vocabulary has only 263 tokens")]
    [InlineData("generation_config.json", "{\"eos_token_id\": [1, \"2\"]}",
        "eos_token_id is the text '2'; it can be the number of a token, a list of such, or null")]
    [InlineData("generation_config.json", "{\"eos_token_id\": 1.5}",
        "eos_token_id is 1.5; it can be the number of a token, a list of such, or null")]
    [InlineData("generation_config.json", "{\"eos_token_id\": [[1]]}", "eos_token_id is a list in a list;")]
    [InlineData("config.json", "{\"bos_token_id\": [1, 2]}", "bos_token_id is a list; a text begins with one token")]
    [InlineData("config.json", "[]", "an object is needed")]
    [InlineData("tokenizer_config.json", "{\"eos_token\": \"<eos>\"}", "eos_token is '<eos>', which is no token of the tokenizer")]
    [InlineData("tokenizer_config.json", "{\"eos_token\": 7}", "eos_token must be the text of a token")]
    [InlineData("special_tokens_map.json", "{\"bos_token\": \"<bos>\"}", "bos_token is '<bos>', which is no token of the tokenizer")]
    [InlineData("tokenizer_config.json", "{\"add_prefix_space\": true}", "add_prefix_space is true: a space before every text")]
    [InlineData("tokenizer_config.json", "{\"add_bos_token\": \"yes\"}", "add_bos_token is String; it can be true, false or null")]
    [InlineData("tokenizer_config.json", "{\"add_eos_token\": true}", "add_eos_token is true: an end after every prompt")]
    public void What_cannot_be_is_refused_by_file_field_and_value(string file, string json, string message)
    {
        Write(file, json);
        var told = Assert.Throws<InvalidDataException>(Read).Message;
        Assert.StartsWith(_folder.File(file) + ": ", told, StringComparison.Ordinal);
        Assert.Contains(message, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_begin_token_that_is_asked_for_must_be_there()
    {
        Write("tokenizer_config.json", "{\"add_bos_token\": true}");
        var characters = CharacterTokenizer.FromText("abc"u8);
        Assert.Contains("add_bos_token is true, but no file names a begin token",
            Assert.Throws<InvalidDataException>(() => SpecialTokens.Read(_folder.Path, characters, 3)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SpecialTokens.None.Prompt(characters, "", begin: false));
        Assert.Throws<ArgumentException>(() => SpecialTokens.None.Prompt(characters, "a", begin: true));
    }

    [Fact]
    public void What_the_tokenizer_has_and_the_model_has_not_is_no_end()
    {
        Write("tokenizer_config.json", "{\"eos_token\": \"</s>\"}");
        var told = Assert.Throws<InvalidDataException>(() => SpecialTokens.Read(_folder.Path, _tokenizer, 262)).Message;
        Assert.EndsWith("eos_token is '</s>', token 262, but the vocabulary has only 262 tokens", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_a_tokenizer_has_numbers_for_names()
    {
        Write("config.json", "{\"eos_token_id\": 3}");
        Write("tokenizer_config.json", "{\"eos_token\": \"</s>\"}"); // which word that is nobody can tell
        var tokenizer = Tokenizer.LoadOrNumbers(_folder.Path, 20);
        Assert.Equal([3], SpecialTokens.Read(_folder.Path, tokenizer, 20).Ends);
        Assert.Equal(("<17>", "<3><17>"), (tokenizer.Show(17), tokenizer.Decode([3, 17])));
        Assert.Contains("has no tokenizer",
            Assert.Throws<ArgumentException>(() => tokenizer.Encode("the")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_beyond_the_tokenizers_are_shown_as_numbers()
    {
        Assert.Equal("<2050>", _tokenizer.Show(2050));
        Assert.Equal("the<2050>", _tokenizer.Decode([_tokenizer.Encode("the").Single(), 2050]));
        Assert.Equal("<|im_end|>", _tokenizer.Show(261));
    }

    private SpecialTokens Read() => SpecialTokens.Read(_folder.Path, _tokenizer, Vocabulary);

    private void Write(string name, string? json)
    {
        if (json is not null)
            File.WriteAllText(_folder.File(name), json);
    }

    public void Dispose() => _folder.Dispose();
}
