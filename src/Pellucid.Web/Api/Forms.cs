using System.Text.Json;
using Pellucid.Constraints;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>Which form a request asks its texts to have.</summary>
internal static class Forms
{
    /// <summary>The constraint; null where any text will do.</summary>
    /// <exception cref="ApiException">A form is damaged, not supported, or one of two; the message names the field.</exception>
    public static OutputConstraint? Of(GenerationFields request, LanguageModel model)
    {
        var asked = new List<(string Field, Func<OutputConstraint?> Compile)>();
        if (request.ResponseFormat is { ValueKind: not JsonValueKind.Null } format)
            asked.Add(("response_format", () => Format(format, model)));
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
        try
        {
            return asked.Count == 0 ? null : asked[0].Compile();
        }
        catch (ConstraintException error)
        {
            throw ApiException.Invalid($"{asked[0].Field}: {error.Message}", asked[0].Field, "unsupported");
        }
    }

    private static OutputConstraint? Format(JsonElement format, LanguageModel model)
    {
        if (format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out var type)
            || type.ValueKind != JsonValueKind.String)
            throw new ConstraintException("it must be an object with a type");
        if (type.ValueEquals("text"))
            return null;
        if (type.ValueEquals("json_object"))
            return model.Constraints.JsonSchema("""{"type":"object"}""");
        if (!type.ValueEquals("json_schema"))
            throw new ConstraintException($"the type {type.GetRawText()} is not supported; text, json_object and json_schema are");
        return format.TryGetProperty("json_schema", out var told) && told.ValueKind == JsonValueKind.Object
            && told.TryGetProperty("schema", out var schema) ? model.Constraints.JsonSchema(schema.GetRawText())
            : throw new ConstraintException("json_schema must be an object with a schema");
    }

    private static string Text(JsonElement schema) => schema.ValueKind == JsonValueKind.String ? schema.GetString()! : schema.GetRawText();
}
