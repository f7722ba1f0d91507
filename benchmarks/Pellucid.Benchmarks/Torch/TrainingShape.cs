using Pellucid.Models;

namespace Pellucid.Benchmarks.Torch;

/// <summary>A model and what it sees in one step.</summary>
internal sealed record TrainingShape(string Name, GptConfig Config, int Batch, int Context)
{
    /// <summary>GPT-2 124M at two lengths, and nanoGPT's two models of Shakespeare's characters.</summary>
    public static IReadOnlyList<TrainingShape> All { get; } =
    [
        new("gpt2-64", GptPresets.Find("gpt2")!, Batch: 4, Context: 64),
        new("gpt2-256", GptPresets.Find("gpt2")!, Batch: 4, Context: 256),
        new("shakespeare-small", new GptConfig { Layers = 4, Heads = 4, Width = 128, Context = 64, VocabularySize = 65 }, Batch: 12, Context: 64),
        new("shakespeare", new GptConfig { Layers = 6, Heads = 6, Width = 384, Context = 256, VocabularySize = 65 }, Batch: 64, Context: 256),
    ];
}
