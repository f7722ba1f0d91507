using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens.Formats;

/// <summary>The <c>post_processor</c> of <c>tokenizer.json</c>: tokens that are put around a text.</summary>
internal sealed class PostProcessorJson
{
    private readonly List<int> _front = [], _back = [];

    /// <summary>Tokens before a text.</summary>
    public IReadOnlyList<int> Front => _front;

    /// <summary>Tokens after a text.</summary>
    public IReadOnlyList<int> Back => _back;

    /// <summary>Reads it; a file need not have one.</summary>
    /// <exception cref="InvalidDataException">It has something that is not understood.</exception>
    public static PostProcessorJson Read(JsonElement? element)
    {
        var all = new PostProcessorJson();
        if (element is { } given)
            all.Add(given, "post_processor");
        return all;
    }

    private void Add(JsonElement element, string where)
    {
        var fields = new JsonFields(element, where);
        var type = fields.NeededText("type");
        switch (type)
        {
            case "Sequence":
                foreach (var (part, place) in fields.List("processors"))
                    Add(part, place);
                break;
            case "ByteLevel":
                // of places in the text, and of other uses of the same object
                fields.PassOver("add_prefix_space", "trim_offsets", "use_regex");
                break;
            case "TemplateProcessing":
                AddTemplate(fields);
                break;
            default:
                throw new InvalidDataException($"the {where} is of the type '{Excerpt.Of(type)}', which is not supported");
        }
        fields.End();
    }

    private void AddTemplate(JsonFields fields)
    {
        fields.PassOver("pair"); // of two texts at once, which nothing here makes
        var tokens = new JsonFields(fields.Take("special_tokens") ?? throw fields.Wrong("special_tokens", "there"),
            $"{fields.Where}.special_tokens");
        var (hasText, front, back) = (false, new List<int>(), new List<int>());
        foreach (var (part, where) in fields.List("single"))
        {
            var piece = new JsonFields(part, where);
            if (piece.Take("Sequence") is { } text)
            {
                var sequence = new JsonFields(text, $"{where}.Sequence");
                if (sequence.NeededText("id") != "A" || hasText)
                    throw new InvalidDataException($"{fields.Where}.single does not have the text once");
                sequence.PassOver("type_id");
                sequence.End();
                hasText = true;
            }
            else
            {
                var special = new JsonFields(
                    piece.Take("SpecialToken") ?? throw new InvalidDataException($"{where} is neither a text nor a token"), where);
                (hasText ? back : front).AddRange(Ids(tokens, special.NeededText("id")));
                special.PassOver("type_id");
                special.End();
            }
            piece.End();
        }
        if (!hasText)
            throw new InvalidDataException($"{fields.Where}.single does not have the text once");
        _front.InsertRange(0, front);
        _back.AddRange(back);
    }

    private static List<int> Ids(JsonFields tokens, string name)
    {
        var token = new JsonFields(tokens.Peek(name) ?? throw new InvalidDataException($"{tokens.Where} lacks '{Excerpt.Of(name)}'"),
            $"{tokens.Where}.{name}");
        var ids = new List<int>();
        foreach (var (id, where) in token.List("ids"))
            ids.Add(id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) ? number
                : throw new InvalidDataException($"{where} is not a whole number"));
        token.PassOver("id", "tokens");
        token.End();
        return ids;
    }
}
