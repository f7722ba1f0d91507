using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Pellucid.Files;
using Pellucid.Tokens.Splitters;

namespace Pellucid.Tokens.Formats;

/// <summary>
/// tiktoken's format: a line a token, its bytes in base 64 and its rank. There are no merges in it: of two neighbours
/// those join first whose bytes together have the lowest rank. That is the same as merging in order whenever every token
/// comes out of its own bytes: nothing crosses the borders of an occurrence before it is whole, so within them the same
/// steps are taken as alone, and the last of them joins the same two tokens.
/// </summary>
internal static class TiktokenRanks
{
    // GPT-2's longest token has 128 bytes; recovering the merge of a long one takes time by the square of its length.
    private const int LongestToken = 1024;

    public const string Extension = ".tiktoken", FileName = "ranks.tiktoken";

    /// <summary>Reads a file; merges are recovered, and the end of text is the number after the last.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or made with other pieces than GPT-2's.</exception>
    public static BpeTokenizer Read(string path)
    {
        try
        {
            var bytes = ReadTokens(path);
            return new BpeTokenizer((byte[][])[.. bytes, []], RecoverMerges(bytes), [new(bytes.Length, BpeTokenizer.EndOfTextName, true)])
                .WithAllBytes();
        }
        catch (InvalidDataException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="NotSupportedException">The format cannot say what this tokenizer does.</exception>
    public static void Write(BpeTokenizer tokenizer, string path)
    {
        var count = tokenizer.VocabularySize - tokenizer.Added.Count;
        if (tokenizer.Added.FirstOrDefault(token => token.Token < count || token.Text != BpeTokenizer.EndOfTextName)
            is { Text: { } text } added)
            throw new NotSupportedException($"tiktoken's ranks have no place for the added token '{Excerpt.Of(text)}' at {added.Token}");
        if (!tokenizer.Rules.AreGpt2s)
            throw new NotSupportedException("tiktoken's ranks do not tell how text is cut, and are taken here to be GPT-2's");
        for (var rank = 0; rank < tokenizer.Merges.Count; rank++)
        {
            var (left, right) = tokenizer.Merges[rank];
            if (256 + rank >= count || !tokenizer.Bytes(256 + rank).SequenceEqual([.. tokenizer.Bytes(left), .. tokenizer.Bytes(right)]))
                throw new NotSupportedException(
                    $"in tiktoken's ranks tokens stand in the order of merges, but merge {rank + 1} does not give token {256 + rank}");
        }
        if (tokenizer.FirstUnreachable() is { } token)
            throw new NotSupportedException($"tiktoken takes whole pieces before merges, and token {token} is one that merges do not give");
        SafeFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            for (var rank = 0; rank < count; rank++)
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Convert.ToBase64String(tokenizer.Bytes(rank))} {rank}"));
        });
    }

    private static byte[][] ReadTokens(string path)
    {
        var (tokens, decoded) = (new List<byte[]>(), new byte[256]);
        foreach (var whole in Lines.Of(path))
        {
            var line = whole.Span;
            if (line.IsEmpty)
                continue;
            var space = line.IndexOf((byte)' ');
            if (space < 1 || !int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var rank)
                || rank != tokens.Count)
                throw new InvalidDataException($"{path}: line {tokens.Count + 1} is not a token in base 64 and the rank {tokens.Count}");
            if (decoded.Length < space)
                decoded = new byte[space];
            if (Base64.DecodeFromUtf8(line[..space], decoded, out _, out var length) != OperationStatus.Done || length == 0)
                throw new InvalidDataException($"{path}: line {tokens.Count + 1} does not begin with base 64");
            tokens.Add(decoded[..length]);
        }
        return [.. tokens];
    }

    // What a token's bytes become by the tokens of lower rank must be two tokens: those are its merge.
    private static List<(int, int)> RecoverMerges(byte[][] tokens)
    {
        var ranks = new Dictionary<byte[], int>(tokens.Length, ByteComparer.Instance);
        var lookup = ranks.GetAlternateLookup<ReadOnlySpan<byte>>();
        var merges = new List<(int, int)>();
        for (var rank = 0; rank < tokens.Length; rank++)
        {
            var bytes = tokens[rank];
            if (!ranks.TryAdd(bytes, rank))
                throw new InvalidDataException($"rank {rank} has the same bytes as rank {ranks[bytes]}");
            if (bytes.Length == 1)
                continue;
            if (bytes.Length > LongestToken)
                throw new InvalidDataException($"rank {rank} has {bytes.Length} bytes; at most {LongestToken} can be read");
            if (IsText(bytes) && new Gpt2Splitter().PieceLength(bytes) != bytes.Length)
                throw new InvalidDataException($"rank {rank}, '{Excerpt.Of(Encoding.UTF8.GetString(bytes))}', spans two of GPT-2's pieces: "
                    + "these ranks belong to another way of cutting text, which the file does not tell");
            merges.Add(Halves(bytes, rank, lookup));
        }
        return merges;
    }

    private static (int, int) Halves(byte[] bytes, int rank, Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> ranks)
    {
        Span<int> starts = stackalloc int[LongestToken + 1];
        var count = bytes.Length + 1;
        for (var i = 0; i < count; i++)
            starts[i] = i;
        while (count > 3)
        {
            var (best, at) = (rank, -1);
            for (var i = 0; i + 2 < count; i++)
                if (ranks.TryGetValue(bytes.AsSpan(starts[i]..starts[i + 2]), out var other) && other < best)
                    (best, at) = (other, i);
            if (at < 0)
                break;
            starts[(at + 2)..count].CopyTo(starts[(at + 1)..]);
            count--;
        }
        return count == 3 && ranks.TryGetValue(bytes.AsSpan(0, starts[1]), out var left)
            && ranks.TryGetValue(bytes.AsSpan(starts[1]), out var right)
            ? (left, right)
            : throw new InvalidDataException($"rank {rank} is not two tokens of lower rank joined, so merges cannot give it");
    }

    private static bool IsText(byte[] bytes) => System.Text.Unicode.Utf8.IsValid(bytes);
}
