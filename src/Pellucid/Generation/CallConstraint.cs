using System.Text.Json;
using Pellucid.Constraints;
using Pellucid.Constraints.Grammars;
using Pellucid.Conversations;
using Pellucid.Conversations.Calls;

namespace Pellucid.Generation;

/// <summary>What an answer must look like where a function has to be called, or where what is said has a form.</summary>
internal static partial class CallConstraint
{
    private static readonly JsonElement Object = Parse("""{"type": "object"}""");
    private static readonly JsonElement NoArguments = Parse("""{"type": "object", "properties": {}, "additionalProperties": false}""");

    /// <summary>The constraint of an answer; null where it may be anything.</summary>
    /// <param name="model">Its tokens, and the constraints that it keeps.</param>
    /// <param name="conversation">What may or must be called.</param>
    /// <param name="tools">The functions that may be called; none where none may.</param>
    /// <param name="format">How calls are written.</param>
    /// <param name="form">The form of what is said; null for any.</param>
    /// <param name="beginsInThought">Whether the prompt ends where the model is thinking.</param>
    /// <exception cref="ConstraintException">A schema is not supported.</exception>
    public static OutputConstraint? Of(LanguageModel model, Conversation conversation, IReadOnlyList<Tool> tools, AnswerFormat format,
        OutputConstraint? form, bool beginsInThought)
    {
        var isRequired = conversation.Choice.IsRequired && tools.Count > 0;
        if (!isRequired && (form is null || tools.Count == 0 && format.IsPlain))
            return form;
        if (form is { Schema: null } && !isRequired)
            throw new ConstraintException(tools.Count > 0 ? "beside tools, what is said can have a form by a JSON schema alone"
                : "this model's answers can have a form by a JSON schema alone");
        var several = conversation.ParallelCalls && format.Calls?.Between is not null;
        var called = string.Join(' ', tools.Select(tool => $"{tool.Name} {tool.Parameters?.GetRawText()}"));
        var key = $"calls {isRequired} {several} {beginsInThought} {format} {called} {(isRequired ? "" : form!.Schema)}";
        return model.Constraints.Of(key, () => Compile(model.Vocabulary, tools, format, several,
            isRequired ? null : form!.Schema, beginsInThought));
    }

    private static OutputConstraint Compile(TokenVocabulary vocabulary, IReadOnlyList<Tool> tools, AnswerFormat format, bool several,
        string? schema, bool beginsInThought)
    {
        var builder = new ConstraintBuilder(new JsonSchemaOptions { ZeroFractions = false });
        var ways = new List<Symbol[]>();
        if (tools.Count > 0)
            ways.Add([.. Calls(builder, vocabulary, tools, format.Calls!, several)]);
        if (schema is not null)
            ways.Add(format.HasChannels ? [Literal("<|channel|>final<|message|>"), builder.Json(Parse(schema))]
                : [builder.Json(Parse(schema))]);
        return builder.Build([.. Thought(), builder.Either([.. ways])]);

        // A model that thinks may do so first.
        IEnumerable<Symbol> Thought()
        {
            if (format.HasChannels)
                return [builder.Either([], [Literal("<|channel|>analysis<|message|>"), builder.AnyText(),
                    Literal("<|end|><|start|>assistant")])];
            if (format.ThoughtEnd.Length == 0)
                return [];
            Symbol[] thought = [builder.AnyTextWithout(format.ThoughtEnd), Literal(format.ThoughtEnd), builder.LineEnds()];
            return beginsInThought ? thought : [builder.Either([], [Literal(format.ThoughtBegin), .. thought])];
        }

        Symbol Literal(string text) => builder.Literal(vocabulary.Written(text));
    }

    private static IEnumerable<Symbol> Calls(ConstraintBuilder builder, TokenVocabulary vocabulary, IReadOnlyList<Tool> tools,
        CallShape shape, bool several)
    {
        var call = builder.Either([.. tools.Select(tool => (Symbol[])
            [Literal(Name(tool.Name)), .. shape.Parameters is { } marks ? MarkedArguments(builder, vocabulary, tool, marks)
                : [.. Texts(shape.Middle), builder.Json(tool.Parameters is { } given ? [given, Object] : [NoArguments])]])]);
        return [.. Texts(shape.Before), call, .. several ? [builder.AnyTimes([.. Texts(shape.Between!), call])] : Array.Empty<Symbol>(),
            .. Texts(shape.After)];

        string Name(string name) => shape.IsObject ? JsonEncodedText.Encode(name).ToString() : name;

        Symbol Literal(string text) => builder.Literal(vocabulary.Written(text));

        // The template's own words, and any ids where it wrote ours.
        IEnumerable<Symbol> Texts(string text)
        {
            var parts = text.Split([CallShape.Id, CallShape.NextId], StringSplitOptions.None);
            for (var i = 0; i < parts.Length; i++)
            {
                if (i > 0)
                    yield return builder.LettersAndDigits(CallShape.Id.Length);
                if (parts[i].Length > 0)
                    yield return Literal(parts[i]);
            }
        }
    }

    private static JsonElement Parse(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        return document.RootElement.Clone();
    }
}
