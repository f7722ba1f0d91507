using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

public sealed class ActivationCacheTests
{
    [Fact]
    public void Every_activation_is_kept_under_its_name_with_its_shape_and_can_be_saved()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        using var folder = new TemporaryFolder();
        var prompts = new Prompts([SmallGpt.Tokens(5), SmallGpt.Tokens(7, 1)]);
        using var cache = ActivationCache.Record(model.Gpt, prompts);
        var shapes = cache.Entries.ToDictionary(entry => entry.Name, entry => entry.Tensor.Shape.ToString());
        Assert.Equal(2 * 15 + 1, shapes.Count);
        Assert.Equal(("(12, 24)", "(3, 12, 7)", "(12, 96)", "(12, 24)"),
            (shapes["blocks.0.q"], shapes["blocks.1.pattern"], shapes["blocks.1.mlp_post"], shapes["ln_final"]));

        var path = folder.File("cache.safetensors");
        cache.Save(path);
        using var reader = new SafetensorsReader(path);
        Assert.Equal(shapes.Keys, reader.Names);
        Assert.Equal(cache.Row(Activation.V, 1, 1, 3), reader.ReadFloat32("blocks.1.v").AsSpan((5 + 3) * 24, 24));
        Assert.Equal(model.Logits(rows => rows.Add(prompts[1])).Length, prompts[1].Length);
    }

    [Fact]
    public void Prompts_of_unequal_lengths_are_named()
    {
        var prompts = new Prompts([[1, 2, 3], [4, 5, 6], [7, 8]]);
        Assert.Equal("positions must align, but prompt 1 has 3 tokens and prompt 3 has 2",
            Assert.Throws<ArgumentException>(prompts.RequireOneLength).Message);
        Assert.Equal("positions must align, but prompt 3 has 2 tokens and its counterpart 3",
            Assert.Throws<ArgumentException>(() => prompts.RequireSameLengths(new Prompts([[1, 2, 3], [4, 5, 6], [7, 8, 9]]))).Message);
        Assert.Throws<ArgumentException>(() => new Prompts([[1], []]));
    }
}
