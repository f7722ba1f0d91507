using System.Text.Json;
using Pellucid.Files;
using Pellucid.Tokens.Normalization;

namespace Pellucid.Tokens.Formats;

/// <summary>The <c>normalizer</c> of <c>tokenizer.json</c>.</summary>
internal static class NormalizerJson
{
    /// <summary>Its steps; none where there is no normalizer.</summary>
    /// <exception cref="InvalidDataException">It has something that is not understood.</exception>
    public static List<TextStep> Read(JsonElement? element)
    {
        var steps = new List<TextStep>();
        if (element is { } given)
            Add(given, "normalizer", steps);
        return steps;
    }

    private static void Add(JsonElement element, string where, List<TextStep> steps)
    {
        var fields = new JsonFields(element, where);
        var type = fields.NeededText("type");
        switch (type)
        {
            case "Sequence":
                foreach (var (part, place) in fields.List("normalizers"))
                    Add(part, place, steps);
                break;
            case "NFC" or "NFD" or "NFKC" or "NFKD":
                steps.Add(new UnicodeStep(type));
                break;
            case "Lowercase":
                steps.Add(new LowercaseStep());
                break;
            case "Strip":
                steps.Add(new StripStep(fields.Truth("strip_left", true), fields.Truth("strip_right", true)));
                break;
            case "Prepend":
                steps.Add(new PrependStep(fields.NeededText("prepend")));
                break;
            case "Replace":
                steps.Add(new ReplaceStep(String(fields), fields.NeededText("content")));
                break;
            default:
                throw new InvalidDataException($"the {where} is of the type '{Excerpt.Of(type)}', which is not supported");
        }
        fields.End();
    }

    /// <summary>The string of a field <c>pattern</c>.</summary>
    /// <exception cref="InvalidDataException">It is not a string, or empty.</exception>
    public static string String(JsonFields fields)
    {
        var pattern = new JsonFields(fields.Take("pattern") ?? throw fields.Wrong("pattern", "there"), $"{fields.Where}.pattern");
        if (pattern.Text("Regex") is { } expression)
            throw new InvalidDataException(
                $"{fields.Where} has the regular expression '{Excerpt.Of(expression)}', where only a string is supported");
        var text = pattern.NeededText("String");
        pattern.End();
        return text.Length > 0 ? text : throw new InvalidDataException($"{fields.Where}.pattern is empty");
    }
}
