using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens.Formats;

/// <summary>Vocabularies and merges as JSON lists them, read from front to back.</summary>
internal static class VocabularyJson
{
    /// <summary>
    /// Reads an object of names and numbers. Together with added tokens, which may be among them, the numbers must leave
    /// no gap.
    /// </summary>
    /// <param name="json">At the object.</param>
    /// <param name="added">Added tokens.</param>
    /// <param name="ofCharacters">Whether names are text, and not bytes in GPT-2's characters.</param>
    /// <exception cref="InvalidDataException">Numbers or names are not as they must be.</exception>
    public static TokenBytes Read(ref Utf8JsonReader json, IReadOnlyList<AddedToken> added, bool ofCharacters)
    {
        var (count, bytes) = Measure(json);
        var names = new TokenBytes(count + added.Count, bytes);
        var addedByToken = added.ToDictionary(token => token.Token);
        var buffer = new byte[256];
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
        {
            var name = Name(ref json, ref buffer);
            json.Read();
            if (!json.TryGetInt32(out var token) || (uint)token >= (uint)names.Count || names.IsSet(token))
                throw new InvalidDataException($"the numbers of {count} tokens must be 0 to {count - 1}, each once; "
                    + $"'{Excerpt.Of(Encoding.UTF8.GetString(name))}' has {Excerpt.Of(Encoding.UTF8.GetString(json.ValueSpan))}");
            if (!ofCharacters && ByteCharacters.TryRead(name, out var length))
                name = name[..length];
            else if (!ofCharacters && !addedByToken.ContainsKey(token))
                throw new InvalidDataException($"token {token}, '{Excerpt.Of(Encoding.UTF8.GetString(name))}', is not written in GPT-2's byte characters");
            names.Set(token, name);
            if (!names.TryIndex(token) && !addedByToken.ContainsKey(token) && !addedByToken.ContainsKey(names.Find(name)))
                throw new InvalidDataException($"the token '{Excerpt.Of(Encoding.UTF8.GetString(name))}' is there twice, as {names.Find(name)} and {token}");
        }
        return Close(names, count, added, ofCharacters);
    }

    /// <summary>Reads merges: two tokens joined by a space, as older files have them, or listed, as newer ones do.</summary>
    /// <exception cref="InvalidDataException">One is not two tokens of the vocabulary.</exception>
    public static List<(int Left, int Right)> ReadMerges(ref Utf8JsonReader json, TokenBytes names, bool ofCharacters)
    {
        var (merges, buffer) = (new List<(int, int)>(), new byte[256]);
        json.Enter(JsonTokenType.StartArray);
        while (json.NextElement())
        {
            var merge = json.TokenType == JsonTokenType.String ? Merge(Name(ref json, ref buffer), names, ofCharacters) : Listed(ref json, ref buffer, names, ofCharacters);
            merges.Add(merge ?? throw new InvalidDataException($"merge {merges.Count + 1} is not two tokens of the vocabulary"));
        }
        return merges;
    }

    /// <summary>Two tokens with a space between; null if it is not that. The text is overwritten.</summary>
    public static (int Left, int Right)? Merge(Span<byte> text, TokenBytes names, bool ofCharacters)
    {
        var space = text.IndexOf((byte)' ');
        return space > 0 && Find(text[..space], names, ofCharacters) is >= 0 and var left && Find(text[(space + 1)..], names, ofCharacters) is >= 0 and var right
            ? (left, right) : null;
    }

    private static (int, int)? Listed(ref Utf8JsonReader json, ref byte[] buffer, TokenBytes names, bool ofCharacters)
    {
        json.Enter(JsonTokenType.StartArray);
        return json.NextElement() && Find(Name(ref json, ref buffer), names, ofCharacters) is >= 0 and var left
            && json.NextElement() && Find(Name(ref json, ref buffer), names, ofCharacters) is >= 0 and var right && !json.NextElement() ? (left, right) : null;
    }

    private static int Find(Span<byte> name, TokenBytes names, bool ofCharacters) =>
        ofCharacters ? names.Find(name) : ByteCharacters.TryRead(name, out var length) ? names.Find(name[..length]) : -1;

    private static Span<byte> Name(ref Utf8JsonReader json, ref byte[] buffer)
    {
        if (buffer.Length < json.ValueSpan.Length)
            buffer = new byte[json.ValueSpan.Length];
        return buffer.AsSpan(0, json.CopyString(buffer));
    }

    private static (int Count, int Bytes) Measure(Utf8JsonReader json)
    {
        var (count, bytes) = (0, 0);
        json.Enter(JsonTokenType.StartObject);
        for (; json.NextField(); count++)
        {
            bytes += json.ValueSpan.Length;
            json.Skip();
        }
        return (count, bytes);
    }

    private static TokenBytes Close(TokenBytes names, int count, IReadOnlyList<AddedToken> added, bool ofCharacters)
    {
        foreach (var (token, text, _) in added)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var name = ofCharacters || !ByteCharacters.TryRead(bytes, out var length) ? Encoding.UTF8.GetBytes(text) : bytes[..length];
            if ((uint)token >= (uint)names.Count || (names.IsSet(token) && !names[token].SequenceEqual(name)))
                throw new InvalidDataException($"the added token '{Excerpt.Of(text)}' has the number {token}, but in the vocabulary another");
            count += names.IsSet(token) ? 0 : 1;
            if (!names.IsSet(token))
                names.Set(token, name);
        }
        names.Truncate(count);
        return names.FirstUnset() is >= 0 and var gap ? throw new InvalidDataException($"the numbers of {count} tokens must be 0 to {count - 1}, each once; none has {gap}") : names;
    }
}
