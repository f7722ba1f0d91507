using System.Buffers.Binary;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using Pellucid.Files;
using Pellucid.Tokens;

namespace Pellucid.Training;

/// <summary>
/// Tokens of a text, documents with the end of text between them. Those of a long text are kept in a file that is named
/// by what text and tokenizer hold, so that the same text is cut only once.
/// </summary>
public static class TokenCache
{
    /// <summary>A text below this is cut anew each time, which takes a second, and kept in memory.</summary>
    public const long ShortText = 16 << 20;

    private const int PartsAThread = 8;
    private const int Largest16Bit = 1 << 16;

    /// <summary>The tokens, from the cache if they are there.</summary>
    /// <param name="source">The text.</param>
    /// <param name="tokenizer">Cuts it.</param>
    /// <param name="fingerprint">What <see cref="TextSource.Fingerprint"/> said of it.</param>
    /// <param name="folder">Where files of tokens are kept.</param>
    /// <param name="threads">Threads that cut; all cores when 0. The tokens do not depend on it.</param>
    /// <param name="progress">Told the bytes that have been cut.</param>
    /// <param name="shortText">Bytes up to which tokens stay in memory.</param>
    /// <param name="cancellation">Ends it early, leaving no file.</param>
    /// <exception cref="InvalidDataException">The text holds something that no token stands for; the message says where.</exception>
    public static TokenStore Encode(TextSource source, Tokenizer tokenizer, string fingerprint, string folder, int threads = 0, Action<long>? progress = null, long shortText = ShortText, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (source.Bytes <= shortText)
        {
            var all = new List<int>();
            foreach (var part in Parts(source, tokenizer, threads, progress, cancellation))
                all.AddRange(part);
            return new TokenStore([.. all]);
        }
        var wide = tokenizer.VocabularySize > Largest16Bit;
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{fingerprint} {tokenizer.Fingerprint()}")));
        var path = Path.Combine(folder, key + (wide ? ".u32" : ".u16"));
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(folder);
            SafeFile.Write(path, stream =>
            {
                foreach (var part in Parts(source, tokenizer, threads, progress, cancellation))
                    Write(stream, part, wide);
            });
        }
        return TokenStore.Open([path], tokenizer.VocabularySize);
    }

    // A few parts at a time, on all threads, in the order of the text. A list is valid until the next one is asked for.
    private static IEnumerable<List<int>> Parts(TextSource source, Tokenizer tokenizer, int threads, Action<long>? progress, CancellationToken cancellation)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads };
        var tokens = Enumerable.Range(0, PartsAThread * options.MaxDegreeOfParallelism).Select(_ => new List<int>()).ToArray();
        List<int> end = tokenizer.EndOfText is { } token ? [token] : [];
        var (done, isFirst) = (0L, true);
        foreach (var parts in source.Read(tokenizer.LastCut).Chunk(tokens.Length))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                Parallel.For(0, parts.Length, options, index => Encode(parts[index], tokenizer, tokens[index]));
            }
            catch (AggregateException error) when (error.InnerException is { } first)
            {
                ExceptionDispatchInfo.Throw(first);
            }
            for (var i = 0; i < parts.Length; i++)
            {
                if (parts[i].BeginsDocument && !isFirst)
                    yield return end;
                isFirst = false;
                yield return tokens[i];
                done += parts[i].Bytes.Length;
            }
            progress?.Invoke(done);
        }
    }

    private static void Encode(TextPart part, Tokenizer tokenizer, List<int> tokens)
    {
        try
        {
            tokens.Clear();
            tokenizer.EncodeWithSpecialTokens(part.Bytes.Span, tokens);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{part.Where}: {error.Message}", error);
        }
    }

    private static void Write(Stream stream, List<int> tokens, bool wide)
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
