using System.Text;

namespace Pellucid.Cli.Tests;

/// <summary>Repositories of GGUF files, and those that not everybody may read.</summary>
public sealed class PullGgufTests : IDisposable
{
    private readonly PellucidProcess _pellucid = new();
    private readonly LocalHub _hub = new();

    public PullGgufTests()
    {
        foreach (var name in (string[])["README.md", "model-Q4_K_M.gguf", "model-q8_0.gguf", "model-UD-Q8_0.gguf", "mmproj-model-F16.gguf",
            "BF16/model-BF16-00001-of-00002.gguf", "BF16/model-BF16-00002-of-00002.gguf", "model-F32-00002-of-00002.gguf"])
            _hub.Files[name] = Encoding.UTF8.GetBytes(new string(name[^6], 20_000) + name);
    }

    [Fact]
    public void A_type_chooses_the_file_and_its_shards()
    {
        var usual = Pull(_hub, "test/small", "--json").Json; // without a type the usual one
        Assert.Equal(("Q4_K_M", 20_000 + "model-Q4_K_M.gguf".Length), (usual.GetProperty("type").GetString(),
            usual.GetProperty("bytes").GetInt32()));
        Assert.Equal(_hub.Files["model-Q4_K_M.gguf"], File.ReadAllBytes(usual.GetProperty("file").GetString()!));
        Assert.Equal(2, _hub.Asked.Count);
        Assert.Equal(usual.GetProperty("file").GetString(), Pull(_hub, "test/small:q4_k_m", "--json").Json.GetProperty("file").GetString());
        Assert.Equal(3, _hub.Asked.Count); // it was there
        Assert.EndsWith("/model-q8_0.gguf", Pull(_hub, "test/small:Q8_0", "--json").Json.GetProperty("file").GetString(),
            StringComparison.Ordinal);
        Assert.EndsWith("/model-UD-Q8_0.gguf", Pull(_hub, "test/small:UD-Q8_0", "--json").Json.GetProperty("file").GetString(),
            StringComparison.Ordinal);
        var sharded = Pull(_hub, "test/small:BF16", "--json").Json.GetProperty("file").GetString()!;
        Assert.EndsWith("/BF16/model-BF16-00001-of-00002.gguf", sharded, StringComparison.Ordinal);
        Assert.Equal(_hub.Files["BF16/model-BF16-00002-of-00002.gguf"],
            File.ReadAllBytes(sharded.Replace("00001-of", "00002-of", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_type_that_is_not_there_is_refused_and_those_that_are_are_named()
    {
        TrainTests.AssertRefused(Pull(_hub, "test/small:Q2_K"), 1, "there is no Q2_K: BF16, F32, Q4_K_M, UD-Q8_0, q8_0");
        TrainTests.AssertRefused(Pull(_hub, "test/small:F16"), 1, "there is no F16"); // what sees pictures is no model by itself
        TrainTests.AssertRefused(Pull(_hub, "test/small:F32"), 1, "of model-F32 there are 1 of 2 files");
        TrainTests.AssertRefused(Pull(_hub, "test/small:../x"), 2, "'test/small:../x' is no name of a model or revision");
        _hub.Files.Remove("model-Q4_K_M.gguf");
        TrainTests.AssertRefused(Pull(_hub, "test/small"), 1,
            "there are several GGUF files; say which by a colon and one of their types: BF16, F32, UD-Q8_0, q8_0");
        _hub.Files["other-Q8_0.gguf"] = [1];
        TrainTests.AssertRefused(Pull(_hub, "test/small:Q8_0"), 1, "of type Q8_0 there are several files: model-q8_0, other-Q8_0");
        _hub.Files.Clear();
        TrainTests.AssertRefused(Pull(_hub, "test/small:Q8_0"), 1, "the repository has no GGUF files, and so none of type Q8_0");
        TrainTests.AssertRefused(Pull(_hub, "test/small"), 1, "has neither config.json with weights as safetensors nor GGUF files");
    }

    [Fact]
    public void What_broke_off_goes_on_and_what_is_not_what_was_promised_is_thrown_away()
    {
        _hub.BreakOffs = 2;
        Assert.Equal(0, Pull(_hub, "test/small:Q8_0").Code);
        Assert.Contains(_hub.Asked, path => path.EndsWith("model-q8_0.gguf from 5000", StringComparison.Ordinal));
        _hub.Promised = new string('0', 64);
        var refused = Pull(_hub, "test/small:BF16");
        Assert.Equal(1, refused.Code);
        Assert.Contains("its SHA-256 is not the one that the hub promised", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_pellucid.File("cache"), "*BF16*gguf*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_token_opens_what_not_everybody_may_read_and_goes_to_nobody_else()
    {
        using var storage = new LocalHub();
        using var gated = new LocalHub { Token = "hf_secret", Storage = storage };
        gated.Files["model-Q8_0.gguf"] = storage.Files["model-Q8_0.gguf"] = [1, 2, 3];
        TrainTests.AssertRefused(Pull(gated, "test/small"), 1, "put a token that may into HF_TOKEN");
        TrainTests.AssertRefused(PullAs("hf_wrong", gated, "test/small"), 1, "the token in HF_TOKEN may not read this");
        TrainTests.AssertRefused(PullAs("no token", gated, "test/small"), 2, "HF_TOKEN holds what no token can be");
        Assert.Equal([1, 2, 3],
            File.ReadAllBytes(PullAs(" hf_secret\n", gated, "test/small", "--json").Json.GetProperty("file").GetString()!));
        Assert.Contains("Bearer hf_secret", gated.Shown);
        Assert.Equal([null], storage.Shown);
    }

    private Outcome Pull(LocalHub hub, string name, params string[] more) => PullAs("", hub, name, more);

    private Outcome PullAs(string token, LocalHub hub, string name, params string[] more) => _pellucid.Run("",
        ["model", "pull", name, .. more], ("HF_ENDPOINT", hub.Address), ("PELLUCID_CACHE", _pellucid.File("cache")), ("HF_TOKEN", token));

    public void Dispose()
    {
        _hub.Dispose();
        _pellucid.Dispose();
    }
}
