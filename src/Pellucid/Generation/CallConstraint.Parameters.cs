using System.Text.Json;
using Pellucid.Constraints;
using Pellucid.Constraints.Grammars;
using Pellucid.Conversations;
using Pellucid.Conversations.Calls;

namespace Pellucid.Generation;

// Arguments that stand between marks of their own: texts as they are, everything else as JSON.
internal static partial class CallConstraint
{
    private static readonly string[] Told = ["type", "properties", "required", "additionalProperties", "title", "description", "$schema"];
    private static readonly string[] ToldOfTexts = ["type", "enum", "const", "title", "description", "default", "examples"];
    private static readonly string[] Plain = ["integer", "number", "boolean", "array", "object", "null"];

    private static Symbol[] MarkedArguments(ConstraintBuilder builder, TokenVocabulary vocabulary, Tool tool, ParameterShape marks)
    {
        var all = tool.Parameters ?? NoArguments;
        Only(all, Told, "arguments");
        if (Field(all, "type", JsonValueKind.String) is { } type && !type.ValueEquals("object"))
            throw new ConstraintException($"{tool.Name}: arguments are an object");
        (string Key, JsonElement Schema)[] properties = Field(all, "properties", JsonValueKind.Object) is { } named
            ? [.. named.EnumerateObject().Select(one => (one.Name, one.Value))] : [];
        HashSet<string> required = Field(all, "required", JsonValueKind.Array) is { } list
            ? [.. list.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.String ? one.GetString()! : $"{one}")] : [];
        if (required.Except(properties.Select(one => one.Key)).FirstOrDefault() is { } missing)
            throw new ConstraintException($"{tool.Name}: '{missing}' is required, but properties do not tell what it is");
        // In the order of the schema, those that are not required or not: from the last one on, so that each knows what may follow.
        Symbol[] first = marks.None.Length > 0 ? [Literal(marks.None)] : [], later = [];
        for (var index = properties.Length - 1; index >= 0; index--)
        {
            var (key, schema) = properties[index];
            Symbol[] rest = [Value(key, schema), Literal(marks.End), .. later];
            (first, later) = (From(marks.First, first), From(marks.Next, later));

            Symbol[] From(string before, Symbol[] without)
            {
                Symbol[] taken = [Literal(before + key + marks.Middle), .. rest];
                return [required.Contains(key) ? builder.Either(taken) : builder.Either(taken, without)];
            }
        }
        return first;

        Symbol Value(string key, JsonElement schema)
        {
            var kind = schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var one)
                && one.ValueKind == JsonValueKind.String ? one.GetString() : null;
            if (kind == "string")
            {
                Only(schema, ToldOfTexts, key);
                var values = schema.TryGetProperty("const", out var single) ? [single]
                    : Field(schema, "enum", JsonValueKind.Array)?.EnumerateArray().ToArray();
                if (values is null)
                    return builder.AnyTextWithout(marks.Mark);
                var texts = values.Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)
                    .Where(value => !value.Contains(marks.Mark, StringComparison.Ordinal)).ToArray();
                return texts.Length > 0 ? builder.Either([.. texts.Select(text => (Symbol[])[Literal(text)])])
                    : throw new ConstraintException($"{tool.Name}: no text is allowed for '{key}'");
            }
            return Plain.Contains(kind) && !schema.GetRawText().Contains("\"$ref\"", StringComparison.Ordinal) ? builder.Json([schema])
                : throw new ConstraintException($"{tool.Name}: this model's template writes arguments between marks, where only texts, or "
                    + $"values of one other type without $ref, can be kept to a schema; '{key}' is neither");
        }

        Symbol Literal(string text) => builder.Literal(vocabulary.Written(text));

        void Only(JsonElement schema, string[] words, string where)
        {
            foreach (var word in schema.EnumerateObject())
                if (!words.Contains(word.Name))
                    throw new ConstraintException($"{tool.Name}: this model's template writes arguments between marks, where "
                        + $"{word.Name} of {where} cannot be kept to");
        }

        JsonElement? Field(JsonElement schema, string name, JsonValueKind kind) => !schema.TryGetProperty(name, out var value) ? null
            : value.ValueKind == kind ? value : throw new ConstraintException($"{tool.Name}: {name} has a value of a type not asked for");
    }
}
