using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace Pellucid.Tokens.Formats;

/// <summary>A walk through JSON of short texts and whole numbers. Whoever goes it is compiled once, at its best, with all of this
/// within.</summary>
internal ref struct QuickJson(ReadOnlySpan<byte> text)
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Lanes = 16, FirstPrintable = 0x20, MostDigits = 9;

    private readonly ReadOnlySpan<byte> _text = text;
    private Span<byte> _own = new byte[256], _unescaped;
    private int _at;

    /// <summary>Whether nothing is left.</summary>
    public readonly bool IsAtEnd => _at == _text.Length;

    /// <summary>Goes past a sign, if it is what comes next.</summary>
    [MethodImpl(Inline)]
    public bool Take(byte sign)
    {
        _at = AfterSpace(_text, _at);
        if ((uint)_at >= (uint)_text.Length || _text[_at] != sign)
            return false;
        _at++;
        return true;
    }

    /// <summary>A text, valid until the next one.</summary>
    [MethodImpl(Inline)]
    public bool TryText(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!Take((byte)'"') || EndOfText(_text, _at, out var isPlain) is not (>= 0 and var end))
            return false;
        text = isPlain ? _text[_at..end] : Unescaped(_text[(_at - 1)..(end + 1)]);
        _at = end + 1;
        return true;
    }

    /// <summary>A whole number of at most nine digits.</summary>
    [MethodImpl(Inline)]
    public bool TryNumber(out int number)
    {
        number = 0;
        var first = _at = AfterSpace(_text, _at);
        for (; (uint)_at < (uint)_text.Length && (uint)(_text[_at] - '0') <= 9; _at++)
            number = 10 * number + _text[_at] - '0';
        return _at - first is >= 1 and <= MostDigits && (_text[first] != '0' || _at - first == 1);
    }

    /// <summary>A copy that may be written to, behind so many bytes of copies before; valid until one takes its place.</summary>
    [MethodImpl(Inline)]
    public Span<byte> Own(ReadOnlySpan<byte> text, int behind = 0)
    {
        if (_own.Length < behind + text.Length)
            Lengthen(behind + text.Length);
        text.CopyTo(_own[behind..]);
        return _own.Slice(behind, text.Length);
    }

    /// <summary>So many bytes of copies.</summary>
    public readonly ReadOnlySpan<byte> Owned(int length) => _own[..length];

    private void Lengthen(int least)
    {
        var longer = new byte[2 * least];
        _own.CopyTo(longer);
        _own = longer;
    }

    /// <summary>Where the quotation mark stands that ends a text; −1 where none does, or what stands before it is no text.</summary>
    /// <param name="text">All.</param>
    /// <param name="at">Behind the mark that begins it.</param>
    /// <param name="isPlain">Whether it stands for itself, without escapes.</param>
    [MethodImpl(Inline)]
    public static int EndOfText(ReadOnlySpan<byte> text, int at, out bool isPlain)
    {
        isPlain = true;
        while (at < text.Length)
        {
            if (at <= text.Length - Lanes)
            {
                var lanes = Vector128.Create(text.Slice(at, Lanes));
                var ends = Vector128.Equals(lanes, Vector128.Create((byte)'"')) | Vector128.Equals(lanes, Vector128.Create((byte)'\\'))
                    | Vector128.LessThan(lanes, Vector128.Create((byte)FirstPrintable));
                var bits = ends.ExtractMostSignificantBits();
                if (bits == 0)
                {
                    at += Lanes;
                    continue;
                }
                at += BitOperations.TrailingZeroCount(bits);
            }
            var sign = text[at];
            if (sign == '"')
                return at;
            if (sign < FirstPrintable)
                return -1;
            isPlain &= sign != '\\';
            at += sign == '\\' ? 2 : 1;
        }
        return -1;
    }

    /// <summary>Where the value begins that a colon goes before; −1 if none comes next.</summary>
    [MethodImpl(Inline)]
    public static int ValueAfter(ReadOnlySpan<byte> text, int at)
    {
        at = AfterSpace(text, at);
        return at < text.Length && text[at] == ':' ? AfterSpace(text, at + 1) : -1;
    }

    /// <summary>Behind an object or a list; −1 if there is none, or it does not end.</summary>
    /// <param name="text">All.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="sign">What it begins with.</param>
    /// <param name="count">Lists and texts that stand in it, not further within.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int EndOfValue(ReadOnlySpan<byte> text, int at, byte sign, out int count)
    {
        count = 0;
        if (at >= text.Length || text[at] != sign)
            return -1;
        for (var depth = 0; at < text.Length; at++)
        {
            var next = text[at];
            if (next == '"')
            {
                count += depth == 1 ? 1 : 0;
                at = EndOfText(text, at + 1, out _);
                if (at < 0)
                    return -1;
            }
            else if (next is (byte)'{' or (byte)'[')
                count += depth++ == 1 ? 1 : 0;
            else if (next is (byte)'}' or (byte)']' && --depth == 0)
                return at + 1;
        }
        return -1;
    }

    [MethodImpl(Inline)]
    private static int AfterSpace(ReadOnlySpan<byte> text, int at)
    {
        while ((uint)at < (uint)text.Length && text[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            at++;
        return at;
    }

    // Few texts have escapes.
    private ReadOnlySpan<byte> Unescaped(ReadOnlySpan<byte> quoted)
    {
        if (_unescaped.Length < quoted.Length)
            _unescaped = new byte[2 * quoted.Length];
        var json = new Utf8JsonReader(quoted);
        json.Read();
        return _unescaped[..json.CopyString(_unescaped)];
    }
}
