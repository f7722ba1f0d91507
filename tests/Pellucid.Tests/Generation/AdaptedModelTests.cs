using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tests.Models.Adapters;

namespace Pellucid.Tests.Generation;

/// <summary>Several models over the same weights, each with an adapter.</summary>
public sealed class AdaptedModelTests
{
    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Q8_0)]
    public async Task Texts_written_side_by_side_have_the_bits_that_each_model_alone_gives(ElementType weights)
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        string[] paths = [WriteAdapter(folder.File("one"), backend, 1), WriteAdapter(folder.File("two.gguf"), backend, 2)];
        using var model = LanguageModel.Load(BuiltInModel.Folder, backend, weights);
        LanguageModel[] together = [model, model.WithAdapter(paths[0]), model.WithAdapter(paths[1])];
        Assert.All(together, each => Assert.Same(model.Gpt, each.Gpt));
        Assert.Equal(["tiny", "tiny+one", "tiny+two"], together.Select(each => each.Name));
        var written = await Task.WhenAll(together.SelectMany(each => new[] { Write(each, 1), Write(each, 2) }));
        for (var i = 0; i < 3; i++)
        {
            using var alone = LanguageModel.Load(BuiltInModel.Folder, backend, weights, adapter: i == 0 ? null : paths[i - 1]);
            for (var seed = 1; seed <= 2; seed++)
                Assert.Equal(await Write(alone, (ulong)seed), written[2 * i + seed - 1]);
            var cancellation = TestContext.Current.CancellationToken;
            Assert.Equal(await alone.EmbedAsync([5, 6, 7], cancellation), await together[i].EmbedAsync([5, 6, 7], cancellation));
        }
        Assert.Equal(3, written.Chunk(2).Select(texts => string.Join(' ', texts[0])).Distinct().Count());
    }

    [Fact]
    public async Task A_look_inside_one_of_them_is_one_at_weights_with_its_adapter_in_them()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        var path = WriteAdapter(folder.File("one"), backend, 1);
        using var model = LanguageModel.Load(BuiltInModel.Folder, backend);
        using var tuned = model.WithAdapter(path);
        using var other = new LanguageModel("merged", AdapterMerge.Merge(model.Gpt, tuned.Adapter!), model.Tokenizer);
        using var reading = await tuned.ReadAsync([5, 6, 7], cancellation: TestContext.Current.CancellationToken);
        using var expected = await other.ReadAsync([5, 6, 7], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(expected.Logits.ToArray(), reading.Logits.ToArray());
    }

    [Fact]
    public void One_goes_with_the_model_below_or_before_it_and_a_reward_model_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("reference");
        var path = WriteAdapter(folder.File("one"), backend, 1);
        var model = LanguageModel.Load(BuiltInModel.Folder, backend);
        var (first, second) = (model.WithAdapter(path), model.WithAdapter(path, "other"));
        Assert.Same(model, second.Base);
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Read([1]));
        using (var reward = new Adapter(model.Gpt, new AdapterConfig { HasHead = true }))
        {
            reward.Initialize(1);
            AdapterFolder.Write(folder.File("reward"), reward, model.Gpt);
        }
        Assert.Contains("is a reward model's adapter", Assert.Throws<NotSupportedException>(() =>
            model.WithAdapter(folder.File("reward"))).Message);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => second.Read([1]));
    }

    private static string WriteAdapter(string path, Backend backend, ulong seed)
    {
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        using var adapter = new Adapter(gpt, new AdapterConfig { Rank = 2, Targets = ModuleNames.Of(["c_attn", "c_fc", "wte"]) });
        AdapterTests.Randomise(adapter, 0.05f, seed);
        AdapterFolder.Write(path, adapter, gpt);
        return path;
    }

    private static async Task<(int, double)[]> Write(LanguageModel model, ulong seed)
    {
        var request = new GenerationRequest(model.Encode("Anna gave the ring to"))
        {
            MaxTokens = 20, Alternatives = 0, Sampling = new SamplingOptions { Seed = seed },
        };
        var tokens = new List<(int, double)>();
        await foreach (var piece in model.WriteAsync(request, cancellation: TestContext.Current.CancellationToken))
            if (piece.Token is { } token)
                tokens.Add((token.Token, token.LogProbability!.Value));
        return [.. tokens];
    }
}
