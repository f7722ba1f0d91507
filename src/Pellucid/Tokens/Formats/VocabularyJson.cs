using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens.Formats;

/// <summary>Vocabularies and merges as JSON lists them, read from front to back.</summary>
internal static class VocabularyJson
{
    // A token needs about as much of a file: a name in quotation marks, a colon, a number and a comma.
    internal const int LeastBytes = 5;

    /// <summary>
    /// Reads an object of names and numbers. Together with added tokens, which may be among them, the numbers must leave
    /// no gap.
    /// </summary>
    /// <param name="json">At the object.</param>
    /// <param name="file">Bytes of the file, which bound what it can hold.</param>
    /// <param name="added">Added tokens.</param>
    /// <param name="ofCharacters">Whether names are text, and not bytes in GPT-2's characters.</param>
    /// <exception cref="InvalidDataException">Numbers or names are not as they must be.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as a vocabulary is read when nothing has run often yet
    public static TokenBytes Read(ref Utf8JsonReader json, int file, IReadOnlyList<AddedToken> added, bool ofCharacters)
    {
        var (names, count, buffer) = (TokenBytes.Empty(file / 48, file / 6), 0, new byte[256]);
        var addedByToken = added.ToDictionary(token => token.Token);
        json.Enter(JsonTokenType.StartObject);
        for (; json.NextField(); count++)
        {
            var name = Name(ref json, ref buffer);
            json.Read();
            if (!json.TryGetInt32(out var token) || (uint)token > (uint)(file / LeastBytes) || names.IsSet(token))
                throw new InvalidDataException($"the token '{Excerpt.Of(Encoding.UTF8.GetString(name))}' has the number "
                    + $"{Excerpt.Of(Encoding.UTF8.GetString(json.ValueSpan))}, which is taken, or more than the file can hold");
            if (!ofCharacters && ByteCharacters.TryRead(name, out var length))
                name = name[..length];
            else if (!ofCharacters && !addedByToken.ContainsKey(token))
                throw new InvalidDataException(
                    $"token {token}, '{Excerpt.Of(Encoding.UTF8.GetString(name))}', is not written in GPT-2's byte characters");
            names.Set(token, name);
        }
        return Close(names, count, added, ofCharacters);
    }

    /// <summary>Reads merges: two tokens joined by a space, as older files have them, or listed, as newer ones do.</summary>
    /// <exception cref="InvalidDataException">One is not two tokens of the vocabulary.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static List<(int Left, int Right)> ReadMerges(ref Utf8JsonReader json, TokenBytes names, bool ofCharacters)
    {
        var (merges, buffer) = (new List<(int, int)>(2 * names.Count), new byte[256]);
        json.Enter(JsonTokenType.StartArray);
        while (json.NextElement())
        {
            var merge = json.TokenType == JsonTokenType.String ? Merge(Name(ref json, ref buffer), names, ofCharacters)
                : Listed(ref json, ref buffer, names, ofCharacters);
            merges.Add(merge ?? throw new InvalidDataException($"merge {merges.Count + 1} is not two tokens of the vocabulary"));
        }
        return merges;
    }

    /// <summary>Two tokens with a space between; null if it is not that. The text is overwritten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (int Left, int Right)? Merge(Span<byte> text, TokenBytes names, bool ofCharacters)
    {
        var space = text.IndexOf((byte)' ');
        return space > 0 && Find(text[..space], names, ofCharacters) is >= 0 and var left
            && Find(text[(space + 1)..], names, ofCharacters) is >= 0 and var right
            ? (left, right) : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int, int)? Listed(ref Utf8JsonReader json, ref byte[] buffer, TokenBytes names, bool ofCharacters)
    {
        json.Enter(JsonTokenType.StartArray);
        return json.NextElement() && Find(Name(ref json, ref buffer), names, ofCharacters) is >= 0 and var left
            && json.NextElement() && Find(Name(ref json, ref buffer), names, ofCharacters) is >= 0 and var right && !json.NextElement()
            ? (left, right) : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Find(Span<byte> name, TokenBytes names, bool ofCharacters) =>
        ofCharacters ? names.Find(name) : ByteCharacters.TryRead(name, out var length) ? names.Find(name[..length]) : -1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Span<byte> Name(ref Utf8JsonReader json, ref byte[] buffer)
    {
        if (buffer.Length < json.ValueSpan.Length)
            buffer = new byte[json.ValueSpan.Length];
        return buffer.AsSpan(0, json.CopyString(buffer));
    }

    /// <summary>What has been read, so that it can be found, and with those added tokens that were not among it.</summary>
    /// <param name="names">What has been read.</param>
    /// <param name="count">How many.</param>
    /// <param name="added">Added tokens.</param>
    /// <param name="ofCharacters">Whether names are text.</param>
    /// <exception cref="InvalidDataException">Two have one name, one has two numbers, or numbers leave a gap.</exception>
    public static TokenBytes Close(TokenBytes names, int count, IReadOnlyList<AddedToken> added, bool ofCharacters)
    {
        Index(names, added);
        foreach (var (token, text, _) in added)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var name = ofCharacters || !ByteCharacters.TryRead(bytes, out var length) ? Encoding.UTF8.GetBytes(text) : bytes[..length];
            if ((uint)token >= (uint)(names.Count + added.Count) || (names.IsSet(token) && !names[token].SequenceEqual(name)))
                throw new InvalidDataException(
                    $"the added token '{Excerpt.Of(text)}' has the number {token}, but in the vocabulary another");
            count += names.IsSet(token) ? 0 : 1;
            if (!names.IsSet(token))
                names.Set(token, name);
        }
        return names.FirstUnset() is >= 0 and var gap
            ? throw new InvalidDataException($"the numbers of {count} tokens must be 0 to {count - 1}, each once; none has {gap}") : names;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Index(TokenBytes names, IReadOnlyList<AddedToken> added)
    {
        for (var token = 0; token < names.Count; token++)
            if (names.IsSet(token) && !names.TryIndex(token))
                RefuseTwice(token);

        void RefuseTwice(int token)
        {
            var other = names.Find(names[token]);
            if (!added.Any(one => one.Token == token || one.Token == other))
                throw new InvalidDataException(
                    $"the token '{Excerpt.Of(Encoding.UTF8.GetString(names[token]))}' is there twice, as {other} and {token}");
        }
    }
}
