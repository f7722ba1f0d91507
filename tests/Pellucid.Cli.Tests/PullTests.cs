using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>Models are fetched from a hub of the test's own, on this machine.</summary>
public sealed class PullTests : IDisposable
{
    private readonly PellucidProcess _pellucid = new();
    private readonly LocalHub _hub = new();

    public PullTests()
    {
        Assert.Equal(0, _pellucid.Run("train", "--steps", "2", "--layers", "1", "--width", "16", "--heads", "2", "--context", "16",
            "--tokenizer", "bpe:300", "--eval-batches", "1", "--out", "made").Code);
        foreach (var name in (string[])["config.json", "model.safetensors", "vocab.json", "merges.txt", "generation_config.json"])
            _hub.Files[name] = File.ReadAllBytes(_pellucid.File($"made/{name}"));
        _hub.Files["chat_template.jinja"] = "{% for message in messages %}{{ message.content }}{% endfor %}"u8.ToArray();
        _hub.Files["tokenizer_config.json"] = "{\"eos_token\": \"<|endoftext|>\"}"u8.ToArray();
        _hub.Files["README.md"] = "not wanted"u8.ToArray();
    }

    [Fact]
    public void A_model_is_fetched_once_and_found_by_its_name()
    {
        var json = Pull("test/small", "--json").Json;
        Assert.Equal(LocalHub.Commit, json.GetProperty("commit").GetString());
        Assert.DoesNotContain(_hub.Asked, path => path.Contains("README", StringComparison.Ordinal));
        var made = _pellucid.Run("generate", "made", "The", "--temperature", "0", "--max-tokens", "5");
        Assert.Equal(made.Output, Run("generate", "test/small", "The", "--temperature", "0", "--max-tokens", "5").Output);
        var asked = _hub.Asked.Count;
        Assert.Equal(0, Pull("test/small").Code);
        Assert.Equal(asked + 1, _hub.Asked.Count); // what it holds is asked anew, nothing is fetched anew
        Assert.Equal(0,
            Run("train", "--init", "test/small", "--data", "micro-world", "--steps", "2", "--eval-batches", "1", "--out", "tuned").Code);
        Assert.All(_hub.Files.Keys.Where(name => name is not ("model.safetensors" or "README.md")),
            name => Assert.Equal(_hub.Files[name], File.ReadAllBytes(_pellucid.File($"tuned/{name}"))));
    }

    [Fact]
    public async Task A_fetched_model_is_served_under_its_name_and_its_commit()
    {
        Assert.Equal(0, Pull("test/small").Code);
        using var server = _pellucid.Start(["serve", "test/small", "--urls", "http://127.0.0.1:0"],
            ("PELLUCID_CACHE", _pellucid.File("cache")));
        var said = await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var address = Regex.Match(said!, @"^test/small listens on (http://127\.0\.0\.1:\d+);").Groups[1].Value;
        using var http = new HttpClient();
        foreach (var (name, status) in (ReadOnlySpan<(string, HttpStatusCode)>)[("test/small", HttpStatusCode.OK),
            (LocalHub.Commit, HttpStatusCode.OK), ("small", HttpStatusCode.NotFound)])
        {
            var request = new StringContent($$"""{"model":"{{name}}","prompt":"The","max_tokens":2}""", Encoding.UTF8, "application/json");
            using var answer = http.Send(new HttpRequestMessage(HttpMethod.Post, address + "/v1/completions") { Content = request },
                TestContext.Current.CancellationToken);
            Assert.Equal(status, answer.StatusCode);
        }
        PellucidProcess.Interrupt(server);
        Assert.Equal(0, PellucidProcess.Finish(server).Code);
    }

    [Fact]
    public void What_broke_off_goes_on()
    {
        _hub.BreakOffs = 2;
        Assert.Equal(0, Pull("test/small").Code);
        Assert.Contains(_hub.Asked, path => path.EndsWith("model.safetensors from 5000", StringComparison.Ordinal));
        Assert.Equal(_hub.Files["model.safetensors"],
            File.ReadAllBytes(Path.Combine(_pellucid.Folder, "cache", "models", "test--small", LocalHub.Commit, "model.safetensors")));
        _hub.BreakOffs = 100;
        Directory.Delete(_pellucid.File("cache"), recursive: true);
        TrainTests.AssertRefused(ErrorOnly(Pull("test/small")), 1, "fetch it again to go on");
        _hub.BreakOffs = 0;
        Assert.Equal(0, Pull("test/small").Code); // by hand
    }

    [Fact]
    public void What_is_not_what_was_promised_is_thrown_away()
    {
        _hub.Promised = new string('0', 64);
        TrainTests.AssertRefused(ErrorOnly(Pull("test/small")), 1,
            "its SHA-256 is not the one that the hub promised; it was thrown away, fetch it again");
        Assert.Empty(Directory.GetFiles(_pellucid.File("cache"), "model.safetensors*", SearchOption.AllDirectories));
        TrainTests.AssertRefused(Run("generate", "test/small", "The"), 1, "there is no model folder test/small");
        TrainTests.AssertRefused(Pull("test/other"), 1, "the hub has no public model test/other");
        TrainTests.AssertRefused(Pull("../x"), 2, "'../x' is no name of a model or revision");
        TrainTests.AssertRefused(_pellucid.Run("", ["model", "pull", "gpt2"], ("HF_ENDPOINT", "http://127.0.0.1:1")), 1,
            "the hub cannot be reached");
    }

    private Outcome Pull(string name, params string[] more) => Run(["model", "pull", name, .. more]);

    private Outcome Run(params string[] words) =>
        _pellucid.Run("", words, ("HF_ENDPOINT", _hub.Address), ("PELLUCID_CACHE", _pellucid.File("cache")));

    private static Outcome ErrorOnly(Outcome outcome) =>
        outcome with { Error = outcome.Error.Split('\n').Single(line => line.StartsWith("pellucid: ", StringComparison.Ordinal)) };

    public void Dispose()
    {
        _hub.Dispose();
        _pellucid.Dispose();
    }
}
