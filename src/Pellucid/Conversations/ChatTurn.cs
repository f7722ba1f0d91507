using System.Text.Json;
using Pellucid.Conversations.Jinja;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations;

/// <summary>One turn of a conversation, as a chat template sees it: a role, what is said, and whatever else a message has.</summary>
public sealed class ChatTurn
{
    private const string RoleField = "role", ContentField = "content";

    // Where templates look for what a model thought before it spoke.
    private static readonly string[] Thoughts = ["reasoning_content", "reasoning", "thinking"];

    private readonly JsonElement? _message;

    /// <summary>A turn that only says something.</summary>
    /// <param name="role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>.</param>
    /// <param name="content">What is said.</param>
    public ChatTurn(string role, string content)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(content);
        (Role, Text) = (role, content);
    }

    private ChatTurn(JsonElement message)
    {
        _message = message.Clone();
        Role = message.GetProperty(RoleField).GetString()!;
        Text = message.TryGetProperty(ContentField, out var content) ? TextOf(content) : "";
    }

    /// <summary>
    /// A message as chat APIs have it: an object with a <c>role</c>, mostly with a <c>content</c> that is a text or a list of
    /// parts, perhaps with <c>tool_calls</c>, <c>reasoning_content</c> and others. All its fields go to the template, in their order.
    /// </summary>
    /// <exception cref="ArgumentException">It is not an object with a role.</exception>
    public static ChatTurn Parse(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw new ArgumentException($"a message must be an object, not {message.ValueKind}");
        try
        {
            return message.TryGetProperty(RoleField, out var role) && role.ValueKind == JsonValueKind.String ? new ChatTurn(message)
                : throw new ArgumentException("a message needs a role, which is a text");
        }
        catch (InvalidOperationException error)
        {
            throw new ArgumentException("a message holds half of a character", error);
        }
    }

    /// <summary>Messages of a list.</summary>
    /// <exception cref="ArgumentException">It is not a list of objects with roles.</exception>
    public static IReadOnlyList<ChatTurn> ParseAll(JsonElement messages) => messages.ValueKind == JsonValueKind.Array
        ? [.. messages.EnumerateArray().Select(Parse)] : throw new ArgumentException($"messages must be a list, not {messages.ValueKind}");

    /// <summary>The whole message, where there is more than a role and a text.</summary>
    internal JsonElement? Message => _message;

    /// <summary>Who speaks.</summary>
    public string Role { get; }

    /// <summary>What is said: the content, or the texts among its parts.</summary>
    public string Text { get; }

    /// <summary>Writes the message as chat APIs have it: all that <see cref="Parse"/> read, or role and content.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (_message is { } message)
        {
            message.WriteTo(json);
            return;
        }
        json.WriteStartObject();
        json.WriteString(RoleField, Role);
        json.WriteString(ContentField, Text);
        json.WriteEndObject();
    }

    /// <summary>The turn with every text of it put through a function.</summary>
    internal ChatTurn Shielded(Func<string, string> shield) => _message is { } message
        ? new ChatTurn(ShieldedJson.Of(message, shield)) : new ChatTurn(Role, shield(Text));

    private static string TextOf(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part =>
            part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
                ? text.GetString() : "")),
        _ => "",
    };

    /// <summary>The turn as a value. What was thought stands under the two names that templates ask for, as transformers has it.</summary>
    internal DictionaryValue Value(Run run)
    {
        var fields = run.NewDictionary();
        if (_message is not { } message)
        {
            fields.Set(RoleField, Role);
            fields.Set(ContentField, Text);
            return fields;
        }
        var thought = Thoughts.Select(name =>
            message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null)
            .FirstOrDefault(one => one is not null);
        if (thought is not null)
            fields.Set("thinking", thought);
        foreach (var field in message.EnumerateObject())
            fields.Set(field.Name, JsonValues.Of(field.Value, run));
        if (thought is not null && fields.Find("reasoning_content") is null)
            fields.Set("reasoning_content", thought);
        return fields;
    }
}
