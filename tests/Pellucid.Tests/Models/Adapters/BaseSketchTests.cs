using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Models.Adapters;

/// <summary>What an adapter's folder remembers of the model that it was learned over.</summary>
public sealed class BaseSketchTests
{
    private static readonly GptConfig Config = new() { VocabularySize = 37, Context = 40, Layers = 2, Heads = 2, Width = 64 };

    [Theory]
    [InlineData("adapter")]
    [InlineData("adapter.gguf")]
    public void An_adapter_is_read_over_its_own_model_in_any_type_and_over_no_other_one(string name)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File(name);
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var own = New(backend, ElementType.Float32, seed: 1);
        using (var adapter = new Adapter(own, new AdapterConfig()))
        {
            adapter.Initialize(1);
            AdapterFolder.Write(path, adapter, own);
        }
        foreach (var type in (ElementType[])[ElementType.Float32, ElementType.BFloat16, ElementType.Q8_0, ElementType.Q4_0])
        {
            using var stored = New(backend, type, seed: 1);
            AdapterFolder.Read(path, stored).Dispose();
        }
        using var other = New(backend, ElementType.Float32, seed: 2);
        Assert.EndsWith("the adapter was learned over another model than this one, whose weights differ",
            Assert.Throws<InvalidDataException>(() => AdapterFolder.Read(path, other)).Message, StringComparison.Ordinal);
        Assert.InRange(BaseSketch.Distance(other, BaseSketch.Of(own))!.Value, 1.1, 1.8); // of unlike ones √2
        Assert.Null(BaseSketch.Distance(own, "1 2 3"));
    }

    [Fact]
    public void The_assistant_that_comes_along_is_of_the_model_that_comes_along()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var own = Checkpoint.Load(BuiltInModel.Folder, backend);
        AdapterFolder.Read(BuiltInModel.AssistantFolder, own).Dispose();
        using var other = new Gpt(own.Config, backend);
        other.Initialize(1);
        Assert.Throws<InvalidDataException>(() => AdapterFolder.Read(BuiltInModel.AssistantFolder, other));
    }

    private static Gpt New(Backend backend, ElementType type, ulong seed)
    {
        var gpt = new Gpt(Config, backend, weights: type);
        gpt.Initialize(seed);
        return gpt;
    }
}
