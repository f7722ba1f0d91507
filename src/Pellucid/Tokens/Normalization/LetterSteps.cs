using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pellucid.Tokens.Normalization;

/// <summary>Makes letters small, each by itself.</summary>
internal sealed class LowercaseStep : TextStep
{
    public override string Rule => "small letters";

    public override ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, bool isFirst)
    {
        var changed = new ArrayBufferWriter<byte>(text.Length + 4);
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(text, out var character, out var length) != OperationStatus.Done)
                changed.Write(text[..length]);
            else if (character.Value == 0x130) // the only letter that becomes two
                changed.Write("i\u0307"u8);
            else
                changed.Advance(Rune.ToLowerInvariant(character).EncodeToUtf8(changed.GetSpan(4)));
            text = text[length..];
        }
        return changed.WrittenSpan;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Lowercase");
        json.WriteEndObject();
    }
}

/// <summary>Takes white space off the ends.</summary>
internal sealed class StripStep(bool left, bool right) : TextStep
{
    public override bool KeepsParts => false;

    public override string Rule => $"no space {left} {right}";

    public override ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> text, bool isFirst)
    {
        while (left && Rune.DecodeFromUtf8(text, out var first, out var length) == OperationStatus.Done && Rune.IsWhiteSpace(first))
            text = text[length..];
        while (right && Rune.DecodeLastFromUtf8(text, out var last, out var length) == OperationStatus.Done && Rune.IsWhiteSpace(last))
            text = text[..^length];
        return text;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Strip");
        json.WriteBoolean("strip_left", left);
        json.WriteBoolean("strip_right", right);
        json.WriteEndObject();
    }
}
