using Microsoft.Extensions.AI;
using Pellucid.Conversations;

namespace Pellucid.Extensions.AI;

/// <summary>What of options and messages is understood here; all else is refused by its name.</summary>
internal static class Understood
{
    /// <summary>Refuses options that would have to be ignored.</summary>
    public static void Check(ChatOptions? options, string model)
    {
        if (options is null)
            return;
        CheckModel(options.ModelId, model);
        CheckMore(options.AdditionalProperties);
        Refuse(options.Tools is { Count: > 0 }, nameof(options.Tools));
        Refuse(options.ToolMode is RequiredChatToolMode, nameof(options.ToolMode));
        Refuse(options.ConversationId is not null, nameof(options.ConversationId));
        Refuse(options.RawRepresentationFactory is not null, nameof(options.RawRepresentationFactory));
        CheckPenalty(options.PresencePenalty, nameof(options.PresencePenalty));
        CheckPenalty(options.FrequencyPenalty, nameof(options.FrequencyPenalty));
        if (options.MaxOutputTokens is < 1)
            throw new ArgumentOutOfRangeException(nameof(options), options.MaxOutputTokens, "MaxOutputTokens must be at least 1");
    }

    /// <summary>Refuses another model than the one there is.</summary>
    public static void CheckModel(string? asked, string model)
    {
        if (asked is not null && asked != model)
            throw new NotSupportedException($"ModelId is '{asked}', but this is '{model}'");
    }

    /// <summary>Refuses properties of other providers.</summary>
    public static void CheckMore(AdditionalPropertiesDictionary? properties)
    {
        foreach (var (name, value) in properties ?? [])
            Refuse(value is not null, $"AdditionalProperties['{name}']");
    }

    /// <summary>A message as a template sees it.</summary>
    public static ChatTurn Turn(ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        foreach (var content in message.Contents)
            Refuse(content is not (TextContent or UsageContent), content.GetType().Name);
        return new ChatTurn(message.Role.Value, message.Text);
    }

    private static void CheckPenalty(float? penalty, string name)
    {
        if (penalty is not (null or (>= -2 and <= 2)))
            throw new ArgumentOutOfRangeException(name, penalty, $"{name} must lie between -2 and 2");
    }

    private static void Refuse(bool isThere, string name)
    {
        if (isThere)
            throw new NotSupportedException($"{name} is not supported by this model");
    }
}
