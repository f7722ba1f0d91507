using System.Text.Json;
using Pellucid.Conversations.Calls;
using Pellucid.Conversations.Jinja;
using Pellucid.Conversations.Jinja.Values;
using Pellucid.Files;
using Pellucid.Tokens;

namespace Pellucid.Conversations;

/// <summary>
/// Writes a conversation as the text that a model reads, by the model's own template: Jinja, as the library transformers
/// sets it up. A template computes within limits of steps, depth and length, and reaches nothing but what it is given.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>The template that is used where none has been asked for.</summary>
    internal const string DefaultName = "default";

    /// <summary>The template that is used where there are tools.</summary>
    internal const string ToolName = "tool_use";

    private const int LongestSource = 1 << 20;

    private readonly Dictionary<string, (string Source, Template Template)> _templates = [];
    private readonly IReadOnlyDictionary<string, string> _specialTokens;

    private readonly TemplateLimits _limits;
    private AnswerFormat? _format;

    internal ChatTemplate(IReadOnlyDictionary<string, string> sources, IReadOnlyDictionary<string, string> specialTokens,
        TemplateLimits? limits = null)
    {
        (_specialTokens, _limits) = (specialTokens, limits ?? new TemplateLimits());
        foreach (var (name, source) in sources)
            _templates[name] = (source, Read(name, source));
    }

    /// <summary>The template, as it is written; null where there is none.</summary>
    public string? Source => _templates.TryGetValue(DefaultName, out var one) ? one.Source : null;

    /// <summary>The templates by their names, as they are written.</summary>
    internal IReadOnlyDictionary<string, string> Sources => _templates.ToDictionary(one => one.Key, one => one.Value.Source);

    /// <summary>Special tokens that the template may write.</summary>
    internal IEnumerable<string> SpecialTokens => _specialTokens.Values;

    /// <summary>How answers to what the template writes are to be read; found out when first asked for.</summary>
    internal AnswerFormat Format => LazyInitializer.EnsureInitialized(ref _format,
        () => _templates.Count == 0 ? AnswerFormat.Plain : new FormatProbe(this).Find());

    /// <summary>For models that know no conversations: what was said, a line each, and the model continues the last one.</summary>
    public static ChatTemplate Plain { get; } = new(new Dictionary<string, string>(), new Dictionary<string, string>());

    /// <summary>
    /// The template of a model folder, as transformers finds it: <c>chat_template.jinja</c> with those in
    /// <c>additional_chat_templates</c>, or <c>chat_template</c> of <c>tokenizer_config.json</c>, which may be a list of
    /// templates with names; <see cref="Plain"/> where there is none.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is damaged, or a template cannot be read.</exception>
    public static ChatTemplate Load(string folder) => TemplateFolder.Load(folder);

    /// <summary>A template from its text.</summary>
    /// <param name="source">The template.</param>
    /// <param name="specialTokens">Tokens by the names of their variables, such as <c>bos_token</c>.</param>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static ChatTemplate Parse(string source, IReadOnlyDictionary<string, string>? specialTokens = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new ChatTemplate(new Dictionary<string, string> { [DefaultName] = source },
            specialTokens ?? new Dictionary<string, string>());
    }

    private static Template Read(string name, string source)
    {
        var what = name == DefaultName ? "the chat template" : $"the chat template '{Excerpt.Of(name)}'";
        if (source.Length > LongestSource)
            throw new InvalidDataException($"{what} is longer than {LongestSource} characters");
        try
        {
            return Template.Parse(source);
        }
        catch (TemplateSyntaxError error)
        {
            throw new InvalidDataException($"{what} cannot be read: line {error.Line}: {Excerpt.Of(error)}", error);
        }
        catch (TemplateError error)
        {
            throw new InvalidDataException($"{what} cannot be read: {Excerpt.Of(error)}", error);
        }
    }

    /// <summary>The text of what was said, up to where the assistant begins to speak.</summary>
    /// <exception cref="ArgumentException">The template refuses this conversation; the message is its own.</exception>
    /// <exception cref="InvalidDataException">The template fails, or takes too much.</exception>
    public string Render(params IReadOnlyList<ChatTurn> turns) => Render(new Conversation(turns)).Text;

    /// <summary>The text of a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="now">The local time that the template may tell; that of the call if left out.</param>
    /// <exception cref="ArgumentException">The template refuses this conversation, and the message is its own;
    /// or the conversation makes no sense.</exception>
    /// <exception cref="InvalidDataException">The template fails, or takes too much.</exception>
    public RenderedConversation Render(Conversation conversation, DateTime? now = null)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        if (_templates.Count == 0)
            return conversation is { Tools: null or { ValueKind: JsonValueKind.Null } }
                ? new RenderedConversation(string.Join('\n', conversation.Turns.Select(turn => turn.Text)), [])
                : throw new ArgumentException("this model has no chat template, and so no tools");
        var hasTools = conversation.Tools is { ValueKind: not JsonValueKind.Null };
        var (source, template) = Chosen(hasTools);
        return Render(template, now, run => Variables(conversation, source, run));
    }

    /// <summary>
    /// Tokens of a conversation. What is said in it is ordinary text, whatever it looks like: only the template's own special
    /// tokens are meant.
    /// </summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="now">The local time that the template may tell; that of the call if left out.</param>
    /// <exception cref="ArgumentException">The template refuses this conversation, and the message is its own; or it holds what
    /// no token stands for.</exception>
    /// <exception cref="InvalidDataException">The template fails, or takes too much.</exception>
    public int[] Encode(Tokenizer tokenizer, Conversation conversation, DateTime? now = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(conversation);
        return tokenizer.EncodeRendered(Render(conversation.Shielded(tokenizer.Shield), now).Text);
    }

    /// <summary>The text of a template that is given nothing but variables: neither turns nor special tokens.</summary>
    /// <param name="variables">An object of JSON; none if left out.</param>
    /// <param name="now">The local time that the template may tell; that of the call if left out.</param>
    /// <exception cref="ArgumentException">The template refuses, and the message is its own; or the variables are no object.</exception>
    /// <exception cref="InvalidDataException">The template fails, or takes too much; or there is none.</exception>
    public RenderedConversation RenderVariables(JsonElement? variables = null, DateTime? now = null) => _templates.Count == 0
        ? throw new InvalidDataException("there is no chat template")
        : Render(Chosen(hasTools: false).Template, now, run => (Given(variables, run), default));

    private (string Source, Template Template) Chosen(bool hasTools) =>
        hasTools && _templates.TryGetValue(ToolName, out var chosen) || _templates.TryGetValue(DefaultName, out chosen) ? chosen
            : throw new InvalidDataException(
                $"the model has the chat templates {string.Join(", ", _templates.Keys.Order())}, but none is the default");

    private RenderedConversation Render(Template template, DateTime? now, Func<Run, (List<(string, object)>, Continuation?)> prepare)
    {
        var run = new Run(new Budget(_limits), now ?? DateTime.Now);
        try
        {
            var (variables, continuation) = Prepared(prepare, run);
            template.Render(run, variables);
            return new RenderedConversation(continuation?.End(run.Output) ?? run.Output, run.Generated);
        }
        catch (TemplateRefusal refusal)
        {
            throw new ArgumentException(refusal.Message, refusal);
        }
        catch (TemplateError error)
        {
            throw new InvalidDataException($"the chat template fails in line {run.Line}: {Excerpt.Of(error)}", error);
        }
    }

    private static (List<(string, object)>, Continuation?) Prepared(Func<Run, (List<(string, object)>, Continuation?)> prepare, Run run)
    {
        try
        {
            return prepare(run);
        }
        catch (InvalidOperationException) // of JSON
        {
            throw new TemplateRefusal("the conversation, or what goes with it, holds half of a character");
        }
    }

    private (List<(string, object)>, Continuation?) Variables(Conversation conversation, string source, Run run)
    {
        var turns = conversation.Turns.Select(turn => turn.Value(run)).ToList();
        var continuation = conversation.ContinuedField is { } field ? Continuation.Begin(field, turns, source) : null;
        var variables = new List<(string, object)>();
        foreach (var (name, token) in _specialTokens)
            variables.Add((name, token));
        variables.AddRange(Given(conversation.Variables, run));
        variables.Add(("messages", new ListValue(turns)));
        variables.Add(("tools", Listed("tools", conversation.Tools, run)));
        variables.Add(("documents", Listed("documents", conversation.Documents, run)));
        variables.Add(("add_generation_prompt", conversation.AddGenerationPrompt));
        return (variables, continuation);
    }

    private static object Listed(string name, JsonElement? list, Run run) => list switch
    {
        null or { ValueKind: JsonValueKind.Null } => None.Value,
        { ValueKind: JsonValueKind.Array } => JsonValues.Of(list.Value, run),
        _ => throw new TemplateRefusal($"{name} must be a list, not {list.Value.ValueKind}"),
    };

    private static List<(string, object)> Given(JsonElement? variables, Run run) => variables switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.Object } =>
            [.. variables.Value.EnumerateObject().Select(field => (field.Name, JsonValues.Of(field.Value, run)))],
        _ => throw new TemplateRefusal($"variables must be an object, not {variables.Value.ValueKind}"),
    };
}
