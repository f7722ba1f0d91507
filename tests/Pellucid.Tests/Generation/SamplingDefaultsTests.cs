using Pellucid.Generation;

namespace Pellucid.Tests.Generation;

public sealed class SamplingDefaultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void What_the_makers_say_is_used_where_nobody_says_otherwise()
    {
        Write("""
            {"bos_token_id": 1, "eos_token_id": [2, 3], "pad_token_id": 0, "do_sample": true, "temperature": 0.6, "top_k": 20,
            "top_p": 0.95, "min_p": 0.05, "repetition_penalty": 1.05, "max_new_tokens": 2048, "num_beams": 1, "typical_p": 1.0,
            "no_repeat_ngram_size": 0, "guidance_scale": null, "unheard_of": null, "transformers_version": "4.51.0"}
            """);
        var defaults = SamplingDefaults.Read(_folder.Path);
        Assert.Equal("temperature 0.6, top-k 20, top-p 0.95, min-p 0.05, repetition penalty 1.05", defaults.ToString());
        Assert.Equal(
            new SamplingOptions { Temperature = 0.6f, TopK = 20, TopP = 0.95f, MinP = 0.05f, RepetitionPenalty = 1.05f },
            defaults.Options());
        Assert.Equal(new SamplingOptions { Temperature = 2, TopK = 0, TopP = 1, MinP = 0, RepetitionPenalty = 1 },
            defaults.Options(2, 0, 1, 0, 1));
        Assert.Throws<ArgumentException>(() => defaults.Options(topP: 2));
    }

    [Fact]
    public void Makers_who_want_no_chance_get_the_most_likely_token()
    {
        Write("{\"do_sample\": false, \"temperature\": 0.6, \"top_p\": 0.9}");
        Assert.Equal(0, SamplingDefaults.Read(_folder.Path).Options().Temperature);
        Assert.Equal(0.5f, SamplingDefaults.Read(_folder.Path).Options(0.5f).Temperature);
    }

    [Fact]
    public void Where_no_file_says_anything_all_is_as_learned()
    {
        Assert.Same(SamplingDefaults.None, SamplingDefaults.Read(_folder.Path));
        Write("{\"eos_token_id\": 2}");
        Assert.Equal((new SamplingOptions(), ""),
            (SamplingDefaults.Read(_folder.Path).Options(), SamplingDefaults.Read(_folder.Path).ToString()));
    }

    [Theory]
    [InlineData("{\"no_repeat_ngram_size\": 3}", "'no_repeat_ngram_size' is 3")]
    [InlineData("{\"num_beams\": 4}", "'num_beams' is 4, where 1 is needed")]
    [InlineData("{\"typical_p\": 0.9}", "'typical_p' is 0.9, where 1 is needed")]
    [InlineData("{\"suppress_tokens\": [1, 2]}", "'suppress_tokens' is [1, 2]")]
    [InlineData("{\"stop_strings\": [\"x\"]}", "'stop_strings' is [\"x\"]")]
    [InlineData("{\"mirostat\": 2}", "'mirostat' is 2; such a field of sampling is not known")]
    [InlineData("{\"temperature\": \"0.6\"}", "'temperature' is \"0.6\", where a number is needed")]
    [InlineData("{\"temperature\": -1}", "the temperature cannot be negative")]
    [InlineData("{\"top_k\": 2.5}", "'top_k' is 2.5, where a whole number is needed")]
    [InlineData("{\"top_p\": 0}", "top-p must be above 0 and at most 1")]
    [InlineData("{\"do_sample\": 1}", "'do_sample' is 1, where true or false is needed")]
    [InlineData("{\"top_k\": 1, \"top_k\": 2}", "'top_k' is there twice")]
    [InlineData("[]", "an object is needed")]
    [InlineData("{", "")]
    public void What_is_not_done_or_makes_no_sense_is_refused_by_its_name(string file, string message)
    {
        Write(file);
        var error = Assert.Throws<InvalidDataException>(() => SamplingDefaults.Read(_folder.Path));
        Assert.StartsWith($"{_folder.File("generation_config.json")}: {message}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private void Write(string file) => File.WriteAllText(_folder.File("generation_config.json"), file);

    public void Dispose() => _folder.Dispose();
}
