using System.Text.Json.Nodes;
using Json.Schema;
using Pellucid.Constraints;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tests.Hostile;
using Pellucid.Tokens;

namespace Pellucid.Tests.Constraints;

/// <summary>Random schemas by which a random model writes at temperature 2; JsonSchema.Net judges what it has written.</summary>
internal static class RandomSchemas
{
    private const uint Purpose = 0x73636865;
    private const int Deepest = 3, MostTokens = 600;

    private static readonly string[] Names = ["a", "b", "name", "größe", "x y", "\"q\""];
    private static readonly string[] Patterns = ["^[a-c]{1,4}$", "x", "^(yes|no)$", @"^\d{2}-\d{2}$"];

    private static readonly EvaluationOptions Judging = new() { OutputFormat = OutputFormat.Flag, RequireFormatValidation = true };

    /// <summary>How many texts came to their end, how many schemas admit none, and what is wrong with the first text that is not valid;
    /// null if none is.</summary>
    public static async Task<(int Written, int Empty, string? Problem)> RunAsync(ulong seed, int schemas, int first = 0)
    {
        using var backend = CpuBackend.Create(1);
        var tokenizer = CharacterTokenizer.FromText(System.Text.Encoding.UTF8.GetBytes(
            "\n" + string.Concat(Enumerable.Range(' ', 95).Select(code => (char)code)) + "éößü猫"));
        var gpt = new Gpt(new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 4096, Layers = 1, Heads = 1, Width = 16 },
            backend);
        gpt.Initialize(seed);
        await using var model = new LanguageModel("random", gpt, tokenizer);
        var (written, empty) = (0, 0);
        for (var number = first; number < first + schemas; number++)
        {
            var random = new CaseRandom(seed, Purpose, (ulong)number);
            var root = Schema(ref random, 0);
            root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
            root["$defs"] = new JsonObject { ["part"] = Schema(ref random, Deepest) };
            var schema = root.ToJsonString();
            string text;
            try
            {
                var request = new GenerationRequest([1])
                {
                    Constraint = OutputConstraint.JsonSchema(schema), MaxTokens = MostTokens,
                    Sampling = new SamplingOptions { Temperature = 2, Seed = (ulong)number },
                };
                (text, var finish) = ("", FinishReason.Length);
                await foreach (var piece in model.WriteAsync(request))
                    (text, finish) = (text + piece.Text, piece.Finish ?? finish);
                if (finish == FinishReason.Length)
                    continue;
            }
            catch (ConstraintException error) when (error.Message.Contains("no text at all", StringComparison.Ordinal))
            {
                empty++; // nothing is valid
                continue;
            }
            catch (Exception error)
            {
                return (written, empty, $"schema {number}: {schema}\n{error}");
            }
            written++;
            if (!JsonSchema.FromText(schema).Evaluate(JsonNode.Parse(text), Judging).IsValid)
                return (written, empty, $"schema {number}: {schema}\nadmits {text}");
        }
        return (written, empty, null);
    }

    private static JsonObject Schema(ref CaseRandom random, int depth)
    {
        switch (random.Below(depth < Deepest ? 11 : 6))
        {
            case 0:
                return Text(ref random);
            case 1:
                return Number(ref random);
            case 2:
                return new JsonObject { ["enum"] = new JsonArray("red", 5, null, true,
                    new JsonArray(1, "é"), new JsonObject { ["k"] = 1.5 }) };
            case 3:
                return new JsonObject { ["type"] = new JsonArray("boolean", "null") };
            case 4:
                return new JsonObject { ["const"] = Names[random.Below(Names.Length)] };
            case 5:
                return new JsonObject { ["type"] = new JsonArray("string", "integer"), ["maxLength"] = 6, ["minimum"] = 0, ["maximum"] = 99,
                    ["not"] = new JsonObject { ["enum"] = new JsonArray("", "a", 0, 7) } };
            case 6:
                return Array(ref random, depth);
            case 7:
                return new JsonObject { [random.Below(2) == 0 ? "anyOf" : "oneOf"] =
                    new JsonArray(Schema(ref random, depth + 1), Schema(ref random, depth + 1)) };
            case 8:
                return new JsonObject { ["$ref"] = "#/$defs/part" };
            case 9:
                return Conditional(ref random, depth);
            default:
                return Object(ref random, depth);
        }
    }

    private static JsonObject Number(ref CaseRandom random)
    {
        var least = random.Below(200) - 100;
        return random.Below(4) switch
        {
            0 => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = least + random.Below(1000) },
            1 => new JsonObject { ["type"] = "number", ["minimum"] = least, ["maximum"] = least + random.Below(1000) },
            2 => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = least + 500,
                ["multipleOf"] = 2 + random.Below(20) },
            _ => new JsonObject { ["type"] = "number", ["exclusiveMinimum"] = least / 8m, ["exclusiveMaximum"] = (least + 5) / 8m },
        };
    }

    private static JsonObject Array(ref CaseRandom random, int depth) => random.Below(3) switch
    {
        0 => new JsonObject { ["type"] = "array", ["prefixItems"] = new JsonArray(Schema(ref random, depth + 1),
            Schema(ref random, depth + 1)), ["items"] = false, ["minItems"] = random.Below(3) },
        1 => new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["enum"] = new JsonArray(1, 5, "x") },
            ["contains"] = new JsonObject { ["const"] = 5 }, ["maxItems"] = 4 },
        _ => new JsonObject { ["type"] = "array", ["items"] = Schema(ref random, depth + 1), ["minItems"] = random.Below(2),
            ["maxItems"] = 1 + random.Below(3) },
    };

    // What one property says of the others.
    private static JsonObject Conditional(ref CaseRandom random, int depth)
    {
        var properties = new JsonObject { ["a"] = new JsonObject { ["type"] = "boolean" }, ["b"] = Schema(ref random, depth + 1),
            ["name"] = new JsonObject { ["type"] = "null" } };
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (random.Below(2) == 0)
        {
            schema["if"] = new JsonObject { ["properties"] = new JsonObject { ["a"] = new JsonObject { ["const"] = true } },
                ["required"] = new JsonArray("a") };
            schema["then"] = new JsonObject { ["required"] = new JsonArray("b") };
            schema["else"] = new JsonObject { ["maxProperties"] = 2, ["minProperties"] = 1 };
        }
        else
        {
            schema["dependentRequired"] = new JsonObject { ["a"] = new JsonArray("name") };
            schema["allOf"] = new JsonArray(new JsonObject { ["required"] = new JsonArray("a") }, new JsonObject { ["maxProperties"] = 2 });
        }
        return schema;
    }

    private static JsonObject Text(ref CaseRandom random) => random.Below(3) switch
    {
        0 => new JsonObject { ["type"] = "string", ["pattern"] = Patterns[random.Below(Patterns.Length)], ["maxLength"] = 12 },
        1 => new JsonObject { ["type"] = "string", ["format"] = random.Below(2) == 0 ? "date" : "uuid" },
        _ => new JsonObject { ["type"] = "string", ["minLength"] = random.Below(3), ["maxLength"] = 3 + random.Below(8) },
    };

    private static JsonObject Object(ref CaseRandom random, int depth)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        for (var i = random.Below(4); i >= 0; i--)
        {
            var name = Names[random.Below(Names.Length)];
            if (properties.ContainsKey(name))
                continue;
            properties[name] = Schema(ref random, depth + 1);
            if (random.Below(2) == 0)
                required.Add(name);
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required };
        schema["additionalProperties"] = random.Below(3) > 0 ? false : Text(ref random);
        if (!schema["additionalProperties"]!.GetValueKind().Equals(System.Text.Json.JsonValueKind.False))
            schema["maxProperties"] = properties.Count + 1;
        return schema;
    }
}
