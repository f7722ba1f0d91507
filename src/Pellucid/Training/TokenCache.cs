using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Pellucid.Files;
using Pellucid.Tokens;

namespace Pellucid.Training;

/// <summary>
/// Tokens of a text, with a separator before every document of a list and between files.
/// Those of a long text are kept in a file that is named
/// by what text and tokenizer hold, so that the same text is cut only once.
/// </summary>
public static class TokenCache
{
    /// <summary>A text below this is cut anew each time, which takes a second, and kept in memory.</summary>
    public const long ShortText = 16 << 20;

    private const int Largest16Bit = 1 << 16;

    /// <summary>The tokens, from the cache if they are there.</summary>
    /// <param name="source">The text.</param>
    /// <param name="tokenizer">Cuts it.</param>
    /// <param name="separator">What stands between documents; nothing if null.</param>
    /// <param name="fingerprint">What <see cref="TextSource.Fingerprint"/> said of it.</param>
    /// <param name="folder">Where files of tokens are kept.</param>
    /// <param name="threads">Threads that cut; all cores when 0. The tokens do not depend on it.</param>
    /// <param name="progress">Told the bytes that have been cut.</param>
    /// <param name="shortText">Bytes up to which tokens stay in memory.</param>
    /// <param name="cancellation">Ends it early, leaving no file.</param>
    /// <exception cref="InvalidDataException">The text holds something that no token stands for; the message says where.</exception>
    public static TokenStore Encode(TextSource source, Tokenizer tokenizer, int? separator, string fingerprint, string folder,
        int threads = 0, Action<long>? progress = null,
        long shortText = ShortText, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var parts = DocumentTokens.Of(source, tokenizer, separator, threads, progress, cancellation);
        if (source.Bytes <= shortText)
            return new TokenStore([.. parts.SelectMany(part => part)]);
        var wide = tokenizer.VocabularySize > Largest16Bit;
        var key = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{fingerprint} {tokenizer.Fingerprint()} begun by {separator}")));
        var path = Path.Combine(folder, key + (wide ? ".u32" : ".u16"));
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(folder);
            SafeFile.Write(path, stream =>
            {
                foreach (var part in parts)
                    Write(stream, part, wide);
            });
        }
        return TokenStore.Open([path], tokenizer.VocabularySize);
    }

    private static void Write(Stream stream, IReadOnlyList<int> tokens, bool wide)
    {
        var bytes = new byte[tokens.Count * (wide ? 4 : 2)];
        for (var i = 0; i < tokens.Count; i++)
            if (wide)
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), tokens[i]);
            else
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)tokens[i]);
        stream.Write(bytes);
    }
}
