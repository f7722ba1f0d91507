using System.Text;
using System.Text.Json;

namespace Pellucid.Tokens.Normalization;

/// <summary>Before which texts a string is put.</summary>
internal enum PrependTo
{
    /// <summary>Before every one.</summary>
    All,

    /// <summary>Before those that do not begin with it.</summary>
    Missing,

    /// <summary>Before those that do not begin with it and have nothing before them.</summary>
    MissingFirst,
}

/// <summary>Puts a string before a text.</summary>
internal sealed class PrependStep(string prefix, PrependTo to = PrependTo.All) : TextStep
{
    private readonly byte[] _prefix = Encoding.UTF8.GetBytes(prefix);

    /// <summary>What is put before.</summary>
    public string Prefix => prefix;

    public override bool KeepsParts => false;

    public override string Rule => $"{prefix} before {to}";

    public override ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, bool isFirst)
    {
        if (to != PrependTo.All && (text.StartsWith(_prefix) || (to == PrependTo.MissingFirst && !isFirst)))
            return text;
        var changed = new byte[_prefix.Length + text.Length];
        _prefix.CopyTo(changed, 0);
        text.CopyTo(changed.AsSpan(_prefix.Length));
        return changed;
    }

    /// <summary>As a normalizer; where it depends on the text, a pre-tokenizer says it.</summary>
    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Prepend");
        json.WriteString("prepend", prefix);
        json.WriteEndObject();
    }
}
