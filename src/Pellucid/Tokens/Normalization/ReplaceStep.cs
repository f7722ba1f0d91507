using System.Text;
using System.Text.Json;

namespace Pellucid.Tokens.Normalization;

/// <summary>Puts one string in the place of another, wherever it stands.</summary>
internal sealed class ReplaceStep(string pattern, string content) : TextStep
{
    private readonly byte[] _pattern = Encoding.UTF8.GetBytes(pattern), _content = Encoding.UTF8.GetBytes(content);

    /// <summary>What is replaced.</summary>
    public string Pattern => pattern;

    /// <summary>What stands in its place.</summary>
    public string Content => content;

    public override bool KeepsParts =>
        !pattern.Contains('\n', StringComparison.Ordinal) && !content.Contains('\n', StringComparison.Ordinal);

    public override string Rule => $"{content} for {pattern}";

    public override ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, bool isFirst)
    {
        var count = text.Count(_pattern);
        if (count == 0)
            return text;
        var changed = new byte[text.Length + count * (_content.Length - _pattern.Length)];
        var rest = changed.AsSpan();
        while (text.IndexOf(_pattern) is >= 0 and var at)
        {
            text[..at].CopyTo(rest);
            _content.CopyTo(rest[at..]);
            text = text[(at + _pattern.Length)..];
            rest = rest[(at + _content.Length)..];
        }
        text.CopyTo(rest);
        return changed;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        json.WriteStartObject("pattern");
        json.WriteString("String", pattern);
        json.WriteEndObject();
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
