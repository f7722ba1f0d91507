using System.Runtime.CompilerServices;
using System.Text;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens.Formats;

/// <summary>What tokens stand for, by their names.</summary>
internal static class TokenText
{
    /// <summary>Bytes of every token; none of special ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as a vocabulary is read when nothing has run often yet
    public static TokenBytes Of(TokenBytes names, IReadOnlyList<AddedToken> added, BpeRules rules)
    {
        var bytes = new TokenBytes(names.Count, names.Bytes);
        var addedAt = new int[names.Count]; // which of them a token is, plus one
        for (var i = 0; i < added.Count; i++)
            addedAt[added[i].Token] = i + 1;
        var mark = Encoding.UTF8.GetBytes(BorderSplitter.Mark);
        var buffer = new byte[names.Longest];
        for (var token = 0; token < names.Count; token++)
        {
            var at = addedAt[token];
            if (at > 0 && added[at - 1].IsSpecial)
                bytes.Set(token, []);
            else if (!rules.IsOfCharacters)
                bytes.Set(token, at > 0 ? Encoding.UTF8.GetBytes(added[at - 1].Text) : names[token]);
            else if (rules.FallsBackToBytes && ByteNames.Read(names[token]) is { } value)
                bytes.Set(token, [value]);
            else
                bytes.Set(token, WithSpaces(names[token], mark, buffer));
        }
        return bytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ReadOnlySpan<byte> WithSpaces(ReadOnlySpan<byte> name, ReadOnlySpan<byte> mark, byte[] buffer)
    {
        if (name.IndexOf(mark) < 0)
            return name;
        var length = 0;
        for (; name.IndexOf(mark) is >= 0 and var at; name = name[(at + mark.Length)..])
        {
            name[..at].CopyTo(buffer.AsSpan(length));
            buffer[length + at] = (byte)' ';
            length += at + 1;
        }
        name.CopyTo(buffer.AsSpan(length));
        return buffer.AsSpan(0, length + name.Length);
    }
}
