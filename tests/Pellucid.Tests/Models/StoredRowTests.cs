using Pellucid.Conversations;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Tests.Models;

/// <summary>Weights in files, of sixteen bits and of more, which are taken row by row where they stay as they are.</summary>
public sealed class StoredRowTests
{
    [Theory]
    [InlineData(ElementType.BFloat16, "model")]
    [InlineData(ElementType.BFloat16, "model.gguf")]
    [InlineData(ElementType.Float16, "model.gguf")]
    [InlineData(ElementType.Float32, "model.gguf")]
    public void What_stays_as_it_is_stored_is_what_all_numbers_together_become(ElementType type, string name)
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var gpt = Checkpoint.Load(BuiltInModel.Folder, backend);
        var (path, tokenizer) = (folder.File(name), Tokenizer.Load(BuiltInModel.Folder));
        if (name == "model")
            Checkpoint.Save(path, gpt, type);
        else
            Checkpoint.SaveGguf(path, gpt, type.Name(), tokenizer, SpecialTokens.Of(tokenizer), ChatTemplate.Plain);
        using var stored = Checkpoint.Load(path, backend, ElementType.Mixed);
        using var rounded = Checkpoint.Load(path, backend, type);
        for (var index = 0; index < gpt.Layout.Count; index++)
        {
            var isWeight = gpt.Layout[index].Form != WeightForm.None;
            Assert.Equal(isWeight ? type.Name() : "f32", stored.Parameters.StorageOf(index));
            Assert.Equal(Values(rounded, index), Values(stored, index));
        }
    }

    [Fact]
    public void A_table_of_singles_is_never_in_memory_twice_while_it_is_read()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using (var gpt = new Gpt(SmallGpt.Config with { VocabularySize = 100_000 }, backend))
        {
            gpt.Initialize(1);
            Checkpoint.Save(folder.File("model"), gpt);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var stored = Checkpoint.Load(folder.File("model"), backend, ElementType.Mixed);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000 * SmallGpt.Config.Width * sizeof(float) / 2);
        using var plain = Checkpoint.Load(folder.File("model"), backend);
        for (var index = 0; index < plain.Layout.Count; index++)
            Assert.Equal(Values(plain, index), Values(stored, index));
    }

    private static float[] Values(Gpt gpt, int index)
    {
        var values = new float[gpt.Layout[index].Shape.Count];
        gpt.Parameters.Read(index, values);
        return values;
    }
}
