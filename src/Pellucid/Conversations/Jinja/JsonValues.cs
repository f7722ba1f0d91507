using System.Globalization;
using System.Text.Json;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja;

/// <summary>JSON as values of a template: keys keep their order, and a number with a point or an exponent is a float.</summary>
internal static class JsonValues
{
    /// <summary>A value of JSON.</summary>
    /// <exception cref="InvalidOperationException">A text holds half of a character.</exception>
    public static object Of(JsonElement json, Run run)
    {
        run.Budget.Step();
        Budget.CheckStack();
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                return json.GetString()!;
            case JsonValueKind.Number:
                return Number(json.GetRawText(), run.Budget);
            case JsonValueKind.True or JsonValueKind.False:
                return json.ValueKind == JsonValueKind.True;
            case JsonValueKind.Array:
                var items = new List<object>();
                foreach (var item in json.EnumerateArray())
                    items.Add(Of(item, run));
                return new ListValue(items);
            case JsonValueKind.Object:
                var dictionary = run.NewDictionary();
                foreach (var field in json.EnumerateObject())
                    dictionary.Set(field.Name, Of(field.Value, run));
                return dictionary;
            default:
                return None.Value;
        }
    }

    private static object Number(string text, Budget budget) => text.AsSpan().IndexOfAny(".eE") < 0
        ? Integers.Parse(text, 10, budget)! : double.Parse(text, CultureInfo.InvariantCulture);
}
