using Pellucid.Models;

namespace Pellucid.Benchmarks.Torch;

/// <summary>A model and what it sees in one step.</summary>
/// <param name="Name">What the command calls it.</param>
/// <param name="Config">Its shape.</param>
/// <param name="Batch">Sequences in a step.</param>
/// <param name="Context">Tokens in a sequence.</param>
/// <param name="StepsInTurn">
/// Steps that follow one another before the peer's turn, as they do in a training. A short step would else be timed with the
/// caches as the other program left them, and with threads that have gone to sleep.
/// </param>
internal sealed record TrainingShape(string Name, GptConfig Config, int Batch, int Context, int StepsInTurn = 1)
{
    /// <summary>GPT-2 124M at two lengths, and nanoGPT's two models of Shakespeare's characters.</summary>
    public static IReadOnlyList<TrainingShape> All { get; } =
    [
        new("gpt2-64", GptPresets.Find("gpt2")!, Batch: 4, Context: 64),
        new("gpt2-256", GptPresets.Find("gpt2")!, Batch: 4, Context: 256),
        new("shakespeare-small", new GptConfig { Layers = 4, Heads = 4, Width = 128, Context = 64, VocabularySize = 65 },
            Batch: 12, Context: 64, StepsInTurn: 20),
        new("shakespeare", new GptConfig { Layers = 6, Heads = 6, Width = 384, Context = 256, VocabularySize = 65 },
            Batch: 64, Context: 256),
    ];
}
