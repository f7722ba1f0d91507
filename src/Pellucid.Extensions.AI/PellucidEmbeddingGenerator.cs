using Microsoft.Extensions.AI;
using Pellucid.Generation;

namespace Pellucid.Extensions.AI;

/// <summary>Texts as vectors of length 1: the mean of the final states of their tokens.
/// See <see cref="LanguageModel.EmbedAsync"/>.</summary>
/// <param name="model">The model; it stays its owner's.</param>
public sealed class PellucidEmbeddingGenerator(LanguageModel model) : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly EmbeddingGeneratorMetadata _metadata = new("pellucid", defaultModelId: model.Name,
        defaultModelDimensions: model.Gpt.Config.Width);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The options ask for another model, another number of dimensions than the model's width,
    /// or what is not known here.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values,
        EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Understood.CheckModel(options?.ModelId, model.Name);
        Understood.CheckMore(options?.AdditionalProperties);
        if (options?.Dimensions is { } dimensions && dimensions != model.Gpt.Config.Width)
            throw new NotSupportedException($"this model's embeddings have {model.Gpt.Config.Width} dimensions, not {dimensions}");
        var (embeddings, read) = (new GeneratedEmbeddings<Embedding<float>>(), 0);
        foreach (var value in values)
        {
            var tokens = model.Encode(value ?? throw new ArgumentException("one of the texts is null", nameof(values)));
            embeddings.Add(new Embedding<float>(await model.EmbedAsync(tokens, cancellationToken))
            {
                ModelId = model.Name,
                CreatedAt = DateTimeOffset.UtcNow
            });
            read += tokens.Length;
        }
        embeddings.Usage = new UsageDetails { InputTokenCount = read, TotalTokenCount = read };
        return embeddings;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(model) ? model
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Does nothing: the model is its owner's.</summary>
    public void Dispose()
    {
    }
}
