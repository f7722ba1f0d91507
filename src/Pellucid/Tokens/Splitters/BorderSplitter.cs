using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Pellucid.Tokens.Splitters;

/// <summary>
/// Cuts before SentencePiece's mark of a space, ▁, wherever the byte before it stands before that mark in no token of the
/// vocabulary: no merge can cross such a place, so the tokens are those of the whole, and words are met again and again.
/// </summary>
internal sealed class BorderSplitter : Splitter
{
    /// <summary>What stands for a space.</summary>
    public const string Mark = "\u2581";

    private static ReadOnlySpan<byte> MarkBytes => "\u2581"u8;

    private readonly bool[] _joins = new bool[256]; // bytes that stand before a mark in some token

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as a vocabulary is read when nothing has run often yet
    private BorderSplitter(TokenBytes names)
    {
        for (var token = 0; token < names.Count; token++)
        {
            var name = names[token];
            for (var at = 1; at < name.Length && name[at..].IndexOf(MarkBytes) is >= 0 and var next; at += next + MarkBytes.Length)
                _joins[name[at + next - 1]] = true;
        }
    }

    /// <summary>For a vocabulary of characters; null where a place between two tokens may matter.</summary>
    public static BorderSplitter? Of(TokenBytes names, BpeRules rules) =>
        rules.IsOfCharacters && !rules.IgnoresMerges && names.Find(MarkBytes) >= 0 ? new BorderSplitter(names) : null;

    /// <summary>It changes no token, so it says nothing.</summary>
    public override string Rule => "";

    public override int PieceLength(ReadOnlySpan<byte> text)
    {
        for (var at = 1; at < text.Length && text[at..].IndexOf(MarkBytes) is >= 0 and var next; at += next + 1)
            if (!_joins[text[at + next - 1]])
                return at + next;
        return text.Length;
    }

    public override void Write(Utf8JsonWriter json)
    {
    }
}
