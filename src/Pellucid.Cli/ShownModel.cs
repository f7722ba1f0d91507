using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary>A model's shape, what it takes to run, and what it takes to train on so many tokens.</summary>
internal sealed record ShownModel(int KeyValueHeads, int HeadWidth, string? PassedOver, int Layers, int Heads, int Width,
    int FeedForwardWidth, int VocabularySize, int Context, IReadOnlyList<int> Ends, int? Begin, int? Separator, bool Bos, long Parameters,
    long ActiveParameters, int Experts, int ActiveExperts, long NonEmbeddingParameters, double FeedForwardShare, string Family,
    IReadOnlyList<int> Windows, string Nonlinearity, bool TiedOutput, long BytesToRun, long BytesToTrain, double TrainingTokens,
    double TrainingFlops)
{
    public static ShownModel Of(GptConfig config, SpecialTokens specials, MemoryPlan plan, double tokens) => new(config.KeyValueHeads,
        config.HeadWidth, config.Family.PassedOver, config.Layers, config.Heads, config.Width, config.FeedForwardWidth,
        config.VocabularySize, config.Context, [.. specials.Ends], specials.Begin, specials.Separator, specials.AddsBegin,
        config.Parameters, config.ActiveParameters, config.Experts?.Count ?? 0, config.Experts?.Active ?? 0,
        config.NonEmbeddingParameters, config.FeedForwardShare, config.Family.Name,
        [.. Enumerable.Range(0, config.Layers).Select(layer => config.Windows[layer])], $"{config.Nonlinearity}", config.TiedOutput,
        plan.ToRun, plan.ToTrain, tokens, 6.0 * config.ActiveParameters * tokens);
}
