using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pellucid.Constraints;
using Pellucid.Conversations;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>Answers in conversations, and what of a conversation cannot be answered.</summary>
internal static class Answers
{
    /// <summary>Told of a conversation that does not fit the context.</summary>
    public const string TooLong = "context_length_exceeded";

    private const string Effort = "reasoning_effort";

    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

    /// <summary>Variables of a template, and how much the model shall think, which some templates ask for.</summary>
    /// <param name="given">An object; none if null.</param>
    /// <param name="effort">A word; null for none.</param>
    /// <param name="field">The field in which it stands.</param>
    public static JsonElement? Variables(JsonElement? given, string? effort, string field)
    {
        if (effort is null || given?.TryGetProperty(Effort, out _) == true)
            return given;
        if (!Efforts.Contains(effort))
            throw ApiException.Invalid($"{field} is one of {string.Join(", ", Efforts)}", field);
        var all = given is { } variables ? JsonNode.Parse(variables.GetRawText())!.AsObject() : [];
        all[Effort] = effort;
        return JsonSerializer.SerializeToElement(all, ApiJson.Of<JsonObject>());
    }

    /// <summary>What is to be written.</summary>
    /// <param name="model">Who answers.</param>
    /// <param name="conversation">What was said.</param>
    /// <param name="maxTokens">Tokens of the answer at most; as many as the context still holds if left out.</param>
    /// <param name="form">The form of what is said; null for any.</param>
    /// <param name="field">The field of the request in which the conversation stands.</param>
    public static GenerationRequest Begin(LanguageModel model, Conversation conversation, int? maxTokens, OutputConstraint? form,
        string field)
    {
        try
        {
            return model.Answer(conversation, maxTokens, form);
        }
        catch (ConversationTooLongException error)
        {
            throw ApiException.Invalid(error.Message, field, TooLong);
        }
        catch (ConversationException error)
        {
            throw ApiException.Invalid(error.Message,
                field != "messages" && error.Place.StartsWith("messages", StringComparison.Ordinal) ? field : error.Place, "unsupported");
        }
        catch (ConstraintException error)
        {
            throw ApiException.Invalid($"tools: {error.Message}", "tools", "unsupported");
        }
        catch (ArgumentException error)
        {
            throw ApiException.Invalid(error.Message, field);
        }
        catch (InvalidDataException error)
        {
            throw new ApiException(StatusCodes.Status500InternalServerError, error.Message, "chat_template");
        }
    }
}
