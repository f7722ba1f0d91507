using System.Text.Json;
using Pellucid.Constraints.Grammars;

namespace Pellucid.Constraints.Schemas;

/// <summary>Makes a grammar of a JSON schema.</summary>
internal static class SchemaCompiler
{
    private const int LongestSchema = 4_000_000, DeepestSchema = 200;

    /// <exception cref="ConstraintException">A keyword is not supported, or nothing is valid.</exception>
    public static Grammar Compile(string schema, JsonSchemaOptions options)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.Length > LongestSchema)
            throw new ConstraintException($"a schema of {schema.Length} characters is longer than {LongestSchema}");
        try
        {
            using var document = JsonDocument.Parse(schema, new JsonDocumentOptions { MaxDepth = DeepestSchema });
            return Compile(document.RootElement, options);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException and not ConstraintException)
        {
            throw new ConstraintException($"the schema is not JSON: {error.Message}"); // half of a pair of surrogates, too
        }
    }

    private static Grammar Compile(JsonElement schema, JsonSchemaOptions options)
    {
        var grammar = new Grammar();
        var json = new JsonTerms(grammar.Terms, options);
        var formulas = new Formulas(json);
        var rules = new ValueRules(grammar, json, formulas);
        return rules.Close(new SchemaReader(schema, json, formulas, rules.Alternatives).Root());
    }
}
