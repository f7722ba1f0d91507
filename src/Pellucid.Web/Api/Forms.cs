using System.Text.Json;
using Pellucid.Constraints;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>Which form a request asks its texts to have.</summary>
internal static class Forms
{
    /// <summary>A schema of any object.</summary>
    public const string AnyObject = """{"type":"object"}""";

    /// <summary>The constraint; null where any text will do.</summary>
    /// <exception cref="ApiException">A form is damaged, not supported, or one of two; the message names the field.</exception>
    public static OutputConstraint? Of(GenerationFields request, LanguageModel model)
    {
        var asked = new List<(string Field, Func<OutputConstraint?> Compile)>();
        if (request.ResponseFormat is { ValueKind: not JsonValueKind.Null } format)
            asked.Add(("response_format", () => Format(format, model)));
        if (request.StructuredOutputs is { ValueKind: not JsonValueKind.Null } structured)
            asked.Add(("structured_outputs", () => Structured(structured, model)));
        if (request.Regex is { } whole)
            asked.Add(("regex", () => model.Constraints.Regex(whole)));
        if (request.GuidedJson is { ValueKind: not JsonValueKind.Null } schema)
            asked.Add(("guided_json", () => model.Constraints.JsonSchema(Text(schema))));
        if (request.GuidedRegex is { } expression)
            asked.Add(("guided_regex", () => model.Constraints.Regex(expression)));
        if (request.GuidedChoice is { } choices)
            asked.Add(("guided_choice", () => OutputConstraint.Choice(choices)));
        if (request.GuidedGrammar is { } grammar)
            asked.Add(("guided_grammar", () => model.Constraints.Grammar(grammar)));
        if (asked.Count > 1)
            throw ApiException.Invalid($"{asked[0].Field} and {asked[1].Field} cannot both be kept to", asked[1].Field);
        return asked.Count == 0 ? null : Compiled(asked[0].Field, asked[0].Compile);
    }

    /// <summary>The constraint of one field.</summary>
    /// <exception cref="ApiException">The form is damaged or not supported; the message names the field.</exception>
    public static OutputConstraint? Of(JsonElement? format, string field, LanguageModel model) =>
        format is not { ValueKind: not JsonValueKind.Null } given ? null : Compiled(field, () => Format(given, model));

    /// <summary>Texts that are valid by a schema.</summary>
    /// <exception cref="ApiException">It is damaged or not supported; the message names the field.</exception>
    public static OutputConstraint? OfSchema(string schema, string field, LanguageModel model) =>
        Compiled(field, () => model.Constraints.JsonSchema(schema));

    private static OutputConstraint? Compiled(string field, Func<OutputConstraint?> compile)
    {
        try
        {
            return compile();
        }
        catch (ConstraintException error)
        {
            throw ApiException.Invalid($"{field}: {error.Message}", field, "unsupported");
        }
    }

    // As vLLM has it: one way to say what a text looks like.
    private static OutputConstraint Structured(JsonElement structured, LanguageModel model)
    {
        if (structured.ValueKind != JsonValueKind.Object || structured.EnumerateObject().Where(one => one.Value.ValueKind
            is not (JsonValueKind.Null or JsonValueKind.False)).ToArray() is not [var way])
            throw new ConstraintException("it must be an object with one form");
        return (way.Name, way.Value.ValueKind) switch
        {
            ("json", _) => model.Constraints.JsonSchema(Text(way.Value)),
            ("json_object", JsonValueKind.True) => model.Constraints.JsonSchema(AnyObject),
            ("regex", JsonValueKind.String) => model.Constraints.Regex(way.Value.GetString()!),
            ("grammar", JsonValueKind.String) => model.Constraints.Grammar(way.Value.GetString()!),
            ("choice", JsonValueKind.Array) => OutputConstraint.Choice([.. way.Value.EnumerateArray().Select(choice =>
                choice.ValueKind == JsonValueKind.String ? choice.GetString()!
                    : throw new ConstraintException("a choice must be a text"))]),
            _ => throw new ConstraintException($"{way.Name} is not a form that is understood here"),
        };
    }

    private static OutputConstraint? Format(JsonElement format, LanguageModel model)
    {
        if (format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out var type)
            || type.ValueKind != JsonValueKind.String)
            throw new ConstraintException("it must be an object with a type");
        if (type.ValueEquals("text"))
            return null;
        if (type.ValueEquals("json_object"))
            return model.Constraints.JsonSchema(AnyObject);
        if (!type.ValueEquals("json_schema"))
            throw new ConstraintException($"the type {type.GetRawText()} is not supported; text, json_object and json_schema are");
        // of chats within an object of its own, of responses not
        var told = format.TryGetProperty("json_schema", out var inner) ? inner : format;
        return told.ValueKind == JsonValueKind.Object && told.TryGetProperty("schema", out var schema)
            && schema.ValueKind != JsonValueKind.Null ? model.Constraints.JsonSchema(schema.GetRawText())
            : throw new ConstraintException("json_schema must be an object with a schema");
    }

    private static string Text(JsonElement schema) => schema.ValueKind == JsonValueKind.String ? schema.GetString()! : schema.GetRawText();
}
