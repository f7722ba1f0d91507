using System.Text.Json;
using Pellucid.Looking;

namespace Pellucid.Cli.Look;

/// <summary>
/// Means as fields of a result: each under its name, in snake case, and its standard error, where there is one, under the same name
/// with <c>_standard_error</c> behind it. A mean of nothing is left out.
/// </summary>
internal static class Means
{
    /// <summary>The fields of those that are there.</summary>
    public static Dictionary<string, object?> Of(params ReadOnlySpan<(string Name, Estimate? Value)> estimates)
    {
        var fields = new Dictionary<string, object?>();
        foreach (var (property, estimate) in estimates)
        {
            if (estimate is not { Count: > 0 } value)
                continue;
            var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property);
            fields[name] = double.IsFinite(value.Mean) ? value.Mean : null;
            if (double.IsFinite(value.StandardError))
                fields[name + "_standard_error"] = value.StandardError;
        }
        return fields;
    }
}
