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
        foreach (var tool in options.Tools ?? [])
            Refuse(tool is not AIFunctionDeclaration, $"{nameof(options.Tools)}: {tool.GetType().Name}");
        Refuse(options.ToolMode is RequiredChatToolMode && options.Tools is not { Count: > 0 },
            $"{nameof(options.ToolMode)} without tools");
        Refuse(options.ConversationId is not null, nameof(options.ConversationId));
        Refuse(options.Reasoning is not null, nameof(options.Reasoning));
        Refuse(options.AllowBackgroundResponses is true, nameof(options.AllowBackgroundResponses));
        Refuse(options.ContinuationToken is not null, nameof(options.ContinuationToken));
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

    /// <summary>A message as templates see it; one of tools' results is as many as there are results.</summary>
    public static IEnumerable<ChatTurn> Turns(ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        foreach (var content in message.Contents)
            Refuse(content is not (TextContent or UsageContent or TextReasoningContent or FunctionCallContent or FunctionResultContent),
                content.GetType().Name);
        var results = message.Contents.OfType<FunctionResultContent>().ToArray();
        if (results.Length == 0 || message.Text.Length > 0)
            yield return Turn(message);
        foreach (var result in results)
            yield return ToolTurns.Result(result);
    }

    private static ChatTurn Turn(ChatMessage message)
    {
        var calls = message.Contents.OfType<FunctionCallContent>().ToArray();
        var thought = string.Concat(message.Contents.OfType<TextReasoningContent>().Select(one => one.Text));
        return calls.Length == 0 && thought.Length == 0 ? new ChatTurn(message.Role.Value, message.Text)
            : ToolTurns.Calls(message.Role.Value, message.Text, thought, calls);
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
