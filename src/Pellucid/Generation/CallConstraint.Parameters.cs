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
        var properties = Properties(tool);
        var required = tool.Parameters is { } given && given.TryGetProperty("required", out var list)
            && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(one => one.GetString()).ToHashSet() : [];
        var rules = new Dictionary<(int, bool), Symbol[]>();
        return Rest(0, isFirst: true);

        // In the order of the schema, those that are not required or not.
        Symbol[] Rest(int index, bool isFirst)
        {
            if (index == properties.Count)
                return isFirst && marks.None.Length > 0 ? [Literal(marks.None)] : [];
            if (rules.TryGetValue((index, isFirst), out var known))
                return known;
            var (key, schema) = properties[index];
            Symbol[] taken = [Literal((isFirst ? marks.First : marks.Next) + key + marks.Middle), Value(key, schema), Literal(marks.End),
                .. Rest(index + 1, isFirst: false)];
            return rules[(index, isFirst)] = required.Contains(key) ? [builder.Either(taken)]
                : [builder.Either(taken, Rest(index + 1, isFirst))];
        }

        Symbol Value(string key, JsonElement schema)
        {
            var type = schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var one)
                && one.ValueKind == JsonValueKind.String ? one.GetString() : null;
            if (type == "string")
            {
                Only(schema, ToldOfTexts, key);
                var values = schema.TryGetProperty("const", out var single) ? [single]
                    : schema.TryGetProperty("enum", out var some) && some.ValueKind == JsonValueKind.Array ? some.EnumerateArray().ToArray()
                    : null;
                if (values is null)
                    return builder.AnyTextWithout(marks.Mark);
                var texts = values.Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)
                    .Where(value => !value.Contains(marks.Mark, StringComparison.Ordinal)).ToArray();
                return texts.Length > 0 ? builder.Either([.. texts.Select(text => (Symbol[])[Literal(text)])])
                    : throw new ConstraintException($"{tool.Name}: no text is allowed for '{key}'");
            }
            return Plain.Contains(type) && !schema.GetRawText().Contains("\"$ref\"", StringComparison.Ordinal) ? builder.Json([schema])
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

        IReadOnlyList<(string Key, JsonElement Schema)> Properties(Tool tool)
        {
            if (tool.Parameters is not { } all)
                return [];
            Only(all, Told, "arguments");
            return all.TryGetProperty("properties", out var named) && named.ValueKind == JsonValueKind.Object
                ? [.. named.EnumerateObject().Select(one => (one.Name, one.Value))] : [];
        }
    }
}
