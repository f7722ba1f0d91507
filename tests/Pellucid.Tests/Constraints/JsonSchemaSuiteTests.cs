using System.Text.Json;
using Pellucid.Constraints;
using Pellucid.Constraints.Schemas;

namespace Pellucid.Tests.Constraints;

/// <summary>The public JSON Schema Test Suite, and real schemas of MaskBench.</summary>
public sealed class JsonSchemaSuiteTests
{
    private const string Keywords = "additionalProperties allOf anchor anyOf boolean_schema const contains content default "
        + "dependentRequired dependentSchemas enum exclusiveMaximum exclusiveMinimum if-then-else infinite-loop-detection items "
        + "maxContains maximum maxItems "
        + "maxLength maxProperties minContains minimum minItems minLength minProperties multipleOf not oneOf pattern patternProperties "
        + "prefixItems properties propertyNames ref required type uniqueItems";

    [Fact]
    public void Valid_instances_are_admitted_and_invalid_ones_refused()
    {
        var (right, wrong, refused) = (0, new List<string>(), 0);
        foreach (var keyword in Keywords.Split(' '))
        {
            using var file = JsonDocument.Parse(File.ReadAllText(SharedData.Path($"json-schema/tests/draft2020-12/{keyword}.json")));
            foreach (var group in file.RootElement.EnumerateArray())
            {
                OutputConstraint? constraint = null;
                try
                {
                    constraint = OutputConstraint.JsonSchema(group.GetProperty("schema").GetRawText());
                }
                catch (ConstraintException error) when (!error.Message.StartsWith("no text", StringComparison.Ordinal))
                {
                    Assert.StartsWith("#/", error.Message, StringComparison.Ordinal); // the place, by its name
                    refused++;
                    continue;
                }
                catch (ConstraintException)
                {
                    // nothing is valid
                }
                foreach (var test in group.GetProperty("tests").EnumerateArray())
                    if ((constraint?.Admits(Compact(test.GetProperty("data"))) ?? false) == test.GetProperty("valid").GetBoolean())
                        right++;
                    else
                        wrong.Add($"{keyword}: {group.GetProperty("description")}: {test.GetProperty("description")}");
            }
        }
        // properties in another order than the schema's are not written
        Assert.All(wrong, name => Assert.Contains((string[])["dependentRequired", "different property order", "allOf: allOf"],
            known => name.Contains(known, StringComparison.Ordinal)));
        Assert.InRange(wrong.Count, 0, 8);
        Assert.True(right >= 800 && refused <= 15, $"{right} right, {refused} refused");
    }

    [Fact]
    public void Real_schemas_compile_and_are_right_about_their_instances()
    {
        var (schemas, passing, admitted) = (0, 0, 0);
        foreach (var line in File.ReadLines(SharedData.Path("json-schema/real-schemas.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            schemas++;
            try
            {
                var constraint = OutputConstraint.JsonSchema(document.RootElement.GetProperty("schema").GetRawText());
                var wrong = document.RootElement.GetProperty("tests").EnumerateArray().Where(test =>
                    constraint.Admits(Compact(test.GetProperty("data"))) != test.GetProperty("valid").GetBoolean()).ToArray();
                passing += wrong.Length == 0 ? 1 : 0;
                admitted += wrong.Count(test => !test.GetProperty("valid").GetBoolean());
            }
            catch (ConstraintException)
            {
                // refused by name
            }
        }
        Assert.Equal(0, admitted);
        // instances are written as they stand there; bench masks puts their properties in order, and passes more
        Assert.True(passing >= 0.85 * schemas, $"{passing} of {schemas} pass");
    }

    private static string Compact(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', value.EnumerateObject()
            .Select(property => $"\"{JsonTerms.Spelled(property.Name)}\":{Compact(property.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(',', value.EnumerateArray().Select(Compact)) + "]",
        JsonValueKind.String => $"\"{JsonTerms.Spelled(value.GetString()!)}\"",
        _ => value.GetRawText(),
    };
}
