using System.Net.Http.Json;
using System.Text.Json;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.Web.Tests;

/// <summary>Several models behind one address.</summary>
public sealed class ModelRegistryTests
{
    private readonly List<string> _loaded = [];

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Models_are_loaded_when_asked_for_and_the_least_recently_used_goes_first()
    {
        using var backend = CpuBackend.Create(1);
        await using var models = new ModelRegistry([Source("a"), Source("b"), Source("c")], memory: 20);
        foreach (var name in (string?[])[null, "b", "a", "c", "a", "other b", "b"])
            using (var lease = await models.UseAsync(name, Ended))
                Assert.NotNull(lease.Model.Encode("a"));
        // c takes the place of b, then b that of c
        Assert.Equal(["a", "b", "c", "b"], _loaded);
        Assert.Equal(["a", "b"], models.All.Where(one => one.Model is not null).Select(one => one.Source.Name));
        ModelSource Source(string name) => Small(name, backend);
    }

    [Fact]
    public async Task A_model_in_use_stays_and_who_needs_its_place_waits()
    {
        using var backend = CpuBackend.Create(1);
        await using var models = new ModelRegistry([Small("a", backend), Small("b", backend)], memory: 15);
        Task<ModelLease> waiting;
        using (var lease = await models.UseAsync("a", Ended))
        {
            waiting = models.UseAsync("b", Ended);
            await Task.Delay(50, Ended);
            Assert.False(waiting.IsCompleted);
            using (var again = await models.UseAsync("a", Ended))
                Assert.Same(lease.Model, again.Model);
            Assert.Equal(4, (await lease.Model.EmbedAsync(lease.Model.Encode("a"), Ended)).Length);
        }
        using (var lease = await waiting)
            Assert.Equal("b", lease.Model.Name);
        Assert.Equal(["a", "b"], _loaded);
        using var hurried = new CancellationTokenSource(50);
        using var kept = await models.UseAsync("b", Ended);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => models.UseAsync("a", hurried.Token));
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_leaves_the_others_as_they_are()
    {
        using var backend = CpuBackend.Create(1);
        await using var models = new ModelRegistry([Small("a", backend),
            new ModelSource("bad", () => throw new InvalidDataException("config.json: hidden_size is 0"))]);
        await Assert.ThrowsAsync<InvalidDataException>(() => models.UseAsync("bad", Ended));
        using var lease = await models.UseAsync("a", Ended);
        Assert.Equal("a", lease.Model.Name);
        Assert.Contains("'other x'",
            Assert.Throws<ArgumentException>(() => new ModelRegistry([Small("x", backend), Small("x", backend)])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_answers_for_each_of_its_models()
    {
        using var backend = CpuBackend.Create(1);
        await using var models = new ModelRegistry([Small("a", backend), Small("b", backend)]);
        await using var application = PellucidHost.Create(models, new HostOptions { Urls = "http://127.0.0.1:0" });
        await application.StartAsync(Ended);
        using var http = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };
        foreach (var (asked, name) in ((string, string)[])[("a", "a"), ("b", "b"), ("other b", "b")])
        {
            using var response = await http.PostAsJsonAsync("/v1/completions", new { model = asked, prompt = "a", max_tokens = 2 }, Ended);
            Assert.Equal(name, (await response.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("model").GetString());
        }
        using var unknown = await http.PostAsJsonAsync("/v1/completions", new { model = "d", prompt = "a" }, Ended);
        Assert.Equal(404, (int)unknown.StatusCode);
        var list = await http.GetFromJsonAsync<JsonElement>("/v1/models", Ended);
        Assert.Equal(["a True", "b True"], list.GetProperty("data").EnumerateArray()
            .Select(one => $"{one.GetProperty("id")} {one.GetProperty("loaded")}"));
    }

    [Fact]
    public async Task Who_waits_for_a_model_longer_than_is_allowed_is_told_so()
    {
        using var backend = CpuBackend.Create(1);
        await using var models = new ModelRegistry([Small("a", backend), Small("b", backend)], memory: 15);
        await using var application = PellucidHost.Create(models,
            new HostOptions { Urls = "http://127.0.0.1:0", RequestTime = TimeSpan.FromMilliseconds(100) });
        await application.StartAsync(Ended);
        using var http = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };
        using var lease = await models.UseAsync("a", Ended);
        using var late = await http.PostAsJsonAsync("/v1/completions", new { model = "b", prompt = "a" }, Ended);
        Assert.Equal(408, (int)late.StatusCode);
    }

    private ModelSource Small(string name, CpuBackend backend) => new(name, () =>
    {
        _loaded.Add(name);
        var tokenizer = new CharacterTokenizer("ab".EnumerateRunes());
        var config = new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 8, Layers = 1, Heads = 1, Width = 4 };
        return new LanguageModel(name, ServedModel.NewGpt(config, backend), tokenizer);
    })
    {
        Aliases = [$"other {name}"], Bytes = 10,
    };
}
