using Microsoft.Extensions.AI;
using Pellucid.Extensions.AI;
using Pellucid.Generation;
using Pellucid.Tensors;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>A model as a service.</summary>
public static class PellucidServices
{
    /// <summary>
    /// Adds a model folder as <see cref="IChatClient"/> and <see cref="IEmbeddingGenerator{TInput,TEmbedding}"/>, and as
    /// <see cref="LanguageModel"/> for all else. It is loaded when first asked for, once, and goes with the container.
    /// </summary>
    /// <param name="services">The services of a program.</param>
    /// <param name="folder">The model folder; <c>tiny</c>, where no folder has that name, is the model that comes along.</param>
    /// <param name="weights">How weights are stored; fewer bits are read faster.</param>
    /// <param name="threads">Threads that compute; 0 for all cores.</param>
    /// <param name="options">How much is taken on at once.</param>
    public static IServiceCollection AddPellucid(this IServiceCollection services, string folder,
        ElementType weights = ElementType.PackedFloat32, int threads = 0, SchedulerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return services
            .AddSingleton(_ => LanguageModel.Load(folder, weights, threads, options))
            .AddSingleton(provider => provider.GetRequiredService<LanguageModel>().AsChatClient())
            .AddSingleton(provider => provider.GetRequiredService<LanguageModel>().AsEmbeddingGenerator());
    }
}
