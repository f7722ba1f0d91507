using Microsoft.Extensions.AI;
using Pellucid.Generation;

namespace Pellucid.Extensions.AI;

/// <summary>A loaded model behind .NET's own interfaces, in one line each. The model stays its owner's.</summary>
public static class PellucidExtensions
{
    /// <summary>Talks with a model by its own chat template.</summary>
    public static IChatClient AsChatClient(this LanguageModel model) => new PellucidChatClient(model);

    /// <summary>Turns texts into vectors.</summary>
    public static IEmbeddingGenerator<string, Embedding<float>> AsEmbeddingGenerator(this LanguageModel model) =>
        new PellucidEmbeddingGenerator(model);
}
