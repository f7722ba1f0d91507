using Pellucid.Generation;
using Pellucid.Models.Weights.Gguf;

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

    [Fact]
    public void A_GGUF_file_says_the_same_by_its_own_keys()
    {
        var defaults = SamplingDefaults.Read(Gguf(file =>
        {
            file.Add("general.sampling.temp", 0.6f);
            file.Add("general.sampling.top_k", 20);
            file.Add("general.sampling.top_p", 0.95f);
            file.Add("general.sampling.penalty_repeat", 1.05f);
            file.Add("general.sampling.penalty_last_n", -1);
            file.Add("general.sampling.mirostat", 0);
            file.Add("general.sampling.mirostat_tau", 5f);
        }));
        Assert.Equal(("temperature 0.6, top-k 20, top-p 0.95, repetition penalty 1.05", "model.gguf"),
            (defaults.ToString(), defaults.Source));
        Assert.Equal(0, SamplingDefaults.Read(Gguf(file => file.Add("general.sampling.temp", -1f))).Options().Temperature);
        Assert.Same(SamplingDefaults.None, SamplingDefaults.Read(Gguf(_ => { })));
        AssertRefused("general.sampling.mirostat is 2", file => file.Add("general.sampling.mirostat", 2));
        AssertRefused("general.sampling.sequence is 'kt'", file => file.Add("general.sampling.sequence", "kt"));
        AssertRefused("general.sampling.dry is 1", file => file.Add("general.sampling.dry", 1f));
        AssertRefused("general.sampling.*: top-p must be above 0", file => file.Add("general.sampling.top_p", 0f));
        AssertRefused("general.sampling.penalty_last_n is 64", file =>
        {
            file.Add("general.sampling.penalty_repeat", 1.1f);
            file.Add("general.sampling.penalty_last_n", 64);
        });
    }

    private void AssertRefused(string message, Action<GgufWriter> keys) => Assert.StartsWith($"{_folder.File("model.gguf")}: {message}",
        Assert.Throws<InvalidDataException>(() => SamplingDefaults.Read(Gguf(keys))).Message, StringComparison.Ordinal);

    private string Gguf(Action<GgufWriter> keys)
    {
        var file = new GgufWriter();
        file.Add("general.architecture", "llama");
        keys(file);
        file.AddTensor("token_embd.weight", "f32", [1, 32], (_, values) => values.Clear());
        file.Write(_folder.File("model.gguf"));
        return _folder.File("model.gguf");
    }

    private void Write(string file) => File.WriteAllText(_folder.File("generation_config.json"), file);

    public void Dispose() => _folder.Dispose();
}
