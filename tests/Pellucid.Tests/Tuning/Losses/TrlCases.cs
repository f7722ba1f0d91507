using System.Text.Json;

namespace Pellucid.Tests.Tuning.Losses;

/// <summary>What TRL computed, in double precision: batches, log-probabilities, losses and gradients.</summary>
internal static class TrlCases
{
    /// <summary>The cases of pairs that are computed.</summary>
    public static TheoryData<string> Pairs { get; } =
    [
        "sigmoid", "sigmoid-beta", "sigmoid-label-smoothing", "hinge", "ipo", "robust", "swapped", "cut-start", "cut-end",
        "exo_pair", "nca_pair", "bco_pair", "sppo_hard", "apo_zero", "apo_down", "discopop", "sigmoid_norm", "lora", "lora-ipo"
    ];

    /// <summary>A file of cases.</summary>
    public static JsonElement Open(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Path($"golden/trl/{name}.json")));
        return document.RootElement.Clone();
    }

    /// <summary>A case of a file.</summary>
    public static JsonElement Case(JsonElement file, string name) =>
        file.GetProperty("cases").EnumerateArray().Single(each => each.GetProperty("name").GetString() == name);

    /// <summary>Where a case leaves something to an earlier one, that one's.</summary>
    public static JsonElement Own(this JsonElement each, string field, JsonElement other) =>
        each.TryGetProperty(field, out var own) ? own : other.GetProperty(field);

    public static double Number(this JsonElement element, string field) => element.GetProperty(field).GetDouble();

    /// <summary>A number, or another where the field is null.</summary>
    public static double Number(this JsonElement element, string field, double otherwise) =>
        element.GetProperty(field) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : otherwise;

    public static bool Truth(this JsonElement element, string field) => element.GetProperty(field).GetBoolean();

    public static string Text(this JsonElement element, string field) => element.GetProperty(field).GetString()!;

    /// <summary>Numbers; null is not a number.</summary>
    public static double[] Numbers(this JsonElement element) =>
        [.. element.EnumerateArray().Select(each => each.ValueKind == JsonValueKind.Null ? double.NaN : each.GetDouble())];

    public static double[] Numbers(this JsonElement element, string field) => element.GetProperty(field).Numbers();

    public static double[][] Rows(this JsonElement element, string field) =>
        [.. element.GetProperty(field).EnumerateArray().Select(row => row.Numbers())];

    public static int[] Integers(this JsonElement element) => [.. element.EnumerateArray().Select(each => each.GetInt32())];

    public static int[][] IntegerRows(this JsonElement element, string field) =>
        [.. element.GetProperty(field).EnumerateArray().Select(row => row.Integers())];
}
