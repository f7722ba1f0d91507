using System.Text.Json;
using Pellucid.Files;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens.Formats;

/// <summary>The <c>decoder</c> of <c>tokenizer.json</c>: how tokens become text again. It must undo what was done to the text.</summary>
internal sealed class DecoderJson
{
    private bool _isFused;

    /// <summary>Whether tokens are bytes in GPT-2's characters.</summary>
    public bool IsByteLevel { get; private set; }

    /// <summary>Whether SentencePiece's mark becomes a space.</summary>
    public bool HasSpaces { get; private set; }

    /// <summary>Whether tokens such as <c>&lt;0x0A&gt;</c> are bytes.</summary>
    public bool HasBytes { get; private set; }

    /// <summary>Whether a space that a text begins with is taken off.</summary>
    public bool StripsFirstSpace { get; private set; }

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">There is none, or it has something that is not understood.</exception>
    public static DecoderJson Read(JsonElement? element)
    {
        var decoder = new DecoderJson();
        decoder.Add(element ?? throw new InvalidDataException("it has no decoder, so that tokens would stand apart, with spaces between"),
            "decoder");
        return decoder;
    }

    private void Add(JsonElement element, string where)
    {
        var fields = new JsonFields(element, where);
        var type = fields.NeededText("type");
        switch (type)
        {
            case "Sequence":
                foreach (var (part, place) in fields.List("decoders"))
                    Add(part, place);
                break;
            case "ByteLevel":
                IsByteLevel = true;
                fields.PassOver("add_prefix_space", "trim_offsets", "use_regex"); // of other uses of the same object
                break;
            case "ByteFallback":
                HasBytes = true;
                break;
            case "Fuse":
                _isFused = true;
                break;
            case "Replace":
                if (NormalizerJson.String(fields) != BorderSplitter.Mark || fields.NeededText("content") != " ")
                    throw new InvalidDataException(
                        $"the {where} replaces something other than '{BorderSplitter.Mark}' by a space, which is not supported");
                HasSpaces = true;
                break;
            case "Strip":
                AddStrip(fields);
                break;
            case "Metaspace":
                if ((fields.Text("replacement") ?? BorderSplitter.Mark) != BorderSplitter.Mark)
                    throw fields.Wrong("replacement", $"'{BorderSplitter.Mark}'");
                HasSpaces = true;
                StripsFirstSpace =
                    (fields.Text("prepend_scheme") ?? (fields.Truth("add_prefix_space", true) ? "always" : "never")) != "never";
                fields.PassOver("add_prefix_space", "str_rep", "split");
                break;
            default:
                throw new InvalidDataException($"the {where} is of the type '{Excerpt.Of(type)}', which is not supported");
        }
        fields.End();
    }

    private void AddStrip(JsonFields fields)
    {
        var (content, start, stop) = (fields.NeededText("content"), fields.Number("start") ?? 0, fields.Number("stop") ?? 0);
        if (content != " " || start is < 0 or > 1 || stop != 0 || !_isFused)
            throw new InvalidDataException(
                $"{fields.Where} takes off something other than one space before the whole text, which is not supported");
        StripsFirstSpace = start == 1;
    }
}
