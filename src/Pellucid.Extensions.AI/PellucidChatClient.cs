using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Pellucid.Constraints;
using Pellucid.Conversations;
using Pellucid.Generation;

namespace Pellucid.Extensions.AI;

/// <summary>Talks with a model in this process. Any number of conversations may run side by side.</summary>
/// <param name="model">The model; it stays its owner's.</param>
public sealed class PellucidChatClient(LanguageModel model) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("pellucid", defaultModelId: model.Name);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Options or messages hold what is not done here, such as images, or a form of
    /// answer that cannot be kept to: the message names it.</exception>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Options or messages hold what is not done here, such as images, or a form of
    /// answer that cannot be kept to: the message names it.</exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Understood.Check(options, model.Name);
        IEnumerable<ChatMessage> all = options?.Instructions is { Length: > 0 } instructions
            ? [new ChatMessage(ChatRole.System, instructions), .. messages] : messages;
        var conversation = new Conversation([.. all.SelectMany(Understood.Turns)])
        {
            Tools = ToolTurns.List(options),
            Choice = ToolTurns.Choice(options),
            ParallelCalls = options?.AllowMultipleToolCalls ?? true,
        };
        var request = Answer(conversation, options) with { Sampling = Sampling(options) };
        return Updates(request, options?.StopSequences ?? [], cancellationToken);
    }

    private GenerationRequest Answer(Conversation conversation, ChatOptions? options)
    {
        try
        {
            return model.Answer(conversation, options?.MaxOutputTokens, Constraint(options?.ResponseFormat));
        }
        catch (Exception error) when (error is ConversationException or ConstraintException)
        {
            throw new NotSupportedException(error.Message, error);
        }
    }

    private async IAsyncEnumerable<ChatResponseUpdate> Updates(GenerationRequest request, IEnumerable<string> stops,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (id, written) = (Guid.NewGuid().ToString("n"), 0);
        ChatResponseUpdate Update(AIContent content) =>
            new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, ModelId = model.Name, CreatedAt = DateTimeOffset.UtcNow };
        await foreach (var piece in model.WriteAsync(request, stops, cancellation))
        {
            written += piece.Token is null ? 0 : 1;
            if (piece.Thought.Length > 0)
                yield return Update(new TextReasoningContent(piece.Thought));
            if (piece.Text.Length > 0)
                yield return Update(new TextContent(piece.Text));
            foreach (var call in piece.Calls)
                yield return Update(ToolTurns.Content(call));
            if (piece.Finish is not { } finish)
                continue;
            var end = Update(new UsageContent(new UsageDetails
            {
                InputTokenCount = request.Prompt.Length,
                CachedInputTokenCount = piece.CachedTokens,
                OutputTokenCount = written,
                TotalTokenCount = request.Prompt.Length + written
            }));
            end.FinishReason = finish switch
            {
                FinishReason.Length or FinishReason.BrokenCall => ChatFinishReason.Length,
                FinishReason.ToolCalls => ChatFinishReason.ToolCalls,
                _ => ChatFinishReason.Stop,
            };
            yield return end;
        }
    }

    // Integers are written as .NET reads them: without a fraction.
    private OutputConstraint? Constraint(ChatResponseFormat? format)
    {
        var written = new JsonSchemaOptions { ZeroFractions = false };
        try
        {
            return format switch
            {
                null or ChatResponseFormatText => null,
                ChatResponseFormatJson { Schema: { } schema } => model.Constraints.JsonSchema(schema.GetRawText(), written),
                ChatResponseFormatJson => model.Constraints.JsonSchema("""{"type":"object"}""", written),
                _ => throw new NotSupportedException($"answers of the form {format.GetType().Name} are not supported"),
            };
        }
        catch (ConstraintException error)
        {
            throw new NotSupportedException($"ResponseFormat: {error.Message}", error);
        }
    }

    private SamplingOptions Sampling(ChatOptions? options) =>
        model.Sampling.Options(options?.Temperature, options?.TopK, options?.TopP) with
        {
            PresencePenalty = options?.PresencePenalty ?? 0,
            FrequencyPenalty = options?.FrequencyPenalty ?? 0,
            Seed = unchecked((ulong)(options?.Seed ?? Random.Shared.NextInt64())),
        };

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(model) ? model
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Does nothing: the model is its owner's.</summary>
    public void Dispose()
    {
    }
}
