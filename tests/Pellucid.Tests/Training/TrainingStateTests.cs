using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Tests.Training;

/// <summary>What a run leaves to be resumed from, under the names that runs under way have on disk.</summary>
public sealed class TrainingStateTests
{
    private static readonly GptConfig Shape = new() { VocabularySize = 23, Context = 8, Layers = 1, Heads = 2, Width = 32 };

    private static readonly TrainingOptions Options = new() { Steps = 8, Batch = 4, MicroBatches = 2, Dropout = 0.1f, EvaluateBatches = 1 };

    private static readonly string[] StoredNames =
    [
        "wte.weight", "wpe.weight", "h.0.ln_1.weight", "h.0.ln_1.bias", "h.0.attn.c_attn.weight", "h.0.attn.c_attn.bias",
        "h.0.attn.c_proj.weight", "h.0.attn.c_proj.bias", "h.0.ln_2.weight", "h.0.ln_2.bias", "h.0.mlp.c_fc.weight", "h.0.mlp.c_fc.bias",
        "h.0.mlp.c_proj.weight", "h.0.mlp.c_proj.bias", "ln_f.weight", "ln_f.bias",
    ];

    [Fact]
    public void A_file_written_by_hand_under_those_names_is_resumed_to_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File(TrainingState.FileName);
        using var backend = TestBackends.Create("Vector128");
        using var whole = NewGpt(backend);
        using (var trainer = new Trainer(whole, NewStream(), Options))
            for (var step = 1; step <= Options.Steps; step++)
            {
                trainer.TrainStep();
                if (step == 3)
                    WriteByHand(path, whole);
            }

        using var resumed = new Gpt(Shape, backend);
        Assert.Equal((3, 2.5), TrainingState.Load(path, resumed));
        using (var trainer = new Trainer(resumed, NewStream(), Options))
        {
            trainer.Resume(3, 2.5, []);
            while (trainer.Step < Options.Steps)
                trainer.TrainStep();
        }
        for (var index = 0; index < whole.Parameters.Count; index++)
            Assert.Equal(Values(whole, index), Values(resumed, index));
    }

    [Fact]
    public void What_is_saved_has_those_names_and_only_what_trains()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File(TrainingState.FileName);
        using var backend = TestBackends.Create("reference");
        string[] Saved(ElementType? weights)
        {
            using var gpt = NewGpt(backend, weights);
            gpt.Parameters.PrepareTraining();
            TrainingState.Save(path, gpt, 7, 1.25);
            Assert.Equal((7, 1.25), TrainingState.Load(path, gpt));
            using var reader = new SafetensorsReader(path);
            return [.. reader.Names];
        }
        string[] kinds = ["weight.", "first_moment.", "second_moment."];
        Assert.Equal(kinds.SelectMany(kind => StoredNames.Select(name => kind + name)), Saved(null));
        var trained = StoredNames.Where(name => name.Contains("ln_", StringComparison.Ordinal)
            || name.EndsWith("bias", StringComparison.Ordinal) || name == "wpe.weight");
        Assert.Equal(kinds.SelectMany(kind => trained.Select(name => kind + name)), Saved(ElementType.Q8_0));
    }

    // As a run of the version before left it.
    private static void WriteByHand(string path, Gpt gpt)
    {
        var tensors = new List<(string, Tensor)>();
        tensors.AddRange(StoredNames.Select((name, index) => ("weight." + name, gpt.Parameters[index])));
        tensors.AddRange(StoredNames.Select((name, index) => ("first_moment." + name, gpt.Parameters.FirstMoment(index))));
        tensors.AddRange(StoredNames.Select((name, index) => ("second_moment." + name, gpt.Parameters.SecondMoment(index))));
        var metadata = new Dictionary<string, string> { ["step"] = "3", ["best_val_loss"] = "2.5" };
        SafetensorsWriter.Write(path, tensors, gpt.Backend, metadata: metadata);
    }

    private static float[] Values(Gpt gpt, int index)
    {
        var values = new float[gpt.Parameters[index].Count];
        gpt.Parameters.Read(index, values);
        return values;
    }

    private static TokenStream NewStream() => new([.. Enumerable.Range(0, 600).Select(i => i * i % 23)], 8);

    private static Gpt NewGpt(Backend backend, ElementType? weights = null)
    {
        var gpt = new Gpt(Shape, backend, weights: weights);
        gpt.Initialize(1);
        return gpt;
    }
}
