using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Pellucid.Tokens;

/// <summary>
/// Byte-level byte-pair encoding as in GPT-2 (Sennrich et al. 2016; Radford et al. 2019): each piece of text starts as
/// bytes, and the earliest learned merge that applies is done until none does. Every string of bytes comes back whole.
/// </summary>
public sealed class BpeTokenizer : Tokenizer
{
    /// <summary>How the token that ends a document is written.</summary>
    public const string EndOfTextName = "<|endoftext|>";

    // Beyond this a piece's tokens are computed in memory of their own.
    private const int StackTokens = 256;

    private readonly byte[][] _bytes;
    private readonly IReadOnlyList<(int Left, int Right)> _merges;
    private readonly IReadOnlyList<AddedToken> _added;
    private readonly Dictionary<int, AddedToken> _addedByToken;
    private readonly AddedTokens? _finder;
    private readonly BpeMerger _merger;
    private PieceCache? _cache;

    /// <summary>From the bytes of every token, the merges in order, and the tokens that are found as they are written.</summary>
    /// <param name="bytes">One a token; those of added tokens are not looked at.</param>
    /// <param name="merges">Pairs of tokens; the bytes of both together must be a token's.</param>
    /// <param name="added">Added tokens.</param>
    /// <exception cref="InvalidDataException">A byte has no token, a merge gives none, or something is there twice.</exception>
    internal BpeTokenizer(byte[][] bytes, IReadOnlyList<(int Left, int Right)> merges, IReadOnlyList<AddedToken> added)
    {
        (_bytes, _merges, _added) = (bytes, merges, added);
        _addedByToken = added.ToDictionary(token => token.Token);
        foreach (var (token, text, isSpecial) in added)
            _bytes[token] = isSpecial ? [] : Encoding.UTF8.GetBytes(text);
        _finder = added.Count > 0 ? new AddedTokens(added) : null;
        var numbers = NumberBytes();
        var lookup = numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
        Span<int> byteTokens = stackalloc int[256];
        for (var value = 0; value < 256; value++)
            byteTokens[value] = lookup.TryGetValue([(byte)value], out var token) ? token : throw new InvalidDataException($"byte {value} has no token");
        var (table, joined) = (new MergeTable(merges.Count), new byte[2 * bytes.Max(token => token.Length)]);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            bytes[left].CopyTo(joined, 0);
            bytes[right].CopyTo(joined, bytes[left].Length);
            if (!lookup.TryGetValue(joined.AsSpan(0, bytes[left].Length + bytes[right].Length), out var token))
                throw new InvalidDataException($"merge {rank + 1} of tokens {left} and {right} gives no token");
            if (!table.TryAdd(left, right, rank, token))
                throw new InvalidDataException($"merge {rank + 1} of tokens {left} and {right} is there twice");
        }
        _merger = new BpeMerger(byteTokens, table);
        EndOfText = added.FirstOrDefault(token => token is { Text: EndOfTextName, IsSpecial: true }) is { Text: not null } end ? end.Token : null;
    }

    /// <inheritdoc/>
    public override int VocabularySize => _bytes.Length;

    /// <inheritdoc/>
    public override int? EndOfText { get; }

    /// <summary>Pairs of tokens in the order they were learned.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges => _merges;

    internal IReadOnlyList<AddedToken> Added => _added;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Bytes(int token) => _bytes[token];

    /// <inheritdoc/>
    public override string? SpecialName(int token) => _addedByToken.TryGetValue(token, out var added) && added.IsSpecial ? added.Text : null;

    /// <summary>Cuts text; special tokens such as <c>&lt;|endoftext|&gt;</c> are found in it as they are written.</summary>
    public override void Encode(ReadOnlySpan<byte> text, List<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var cache = Interlocked.Exchange(ref _cache, null) ?? new PieceCache();
        while (!text.IsEmpty)
        {
            var (start, end, token) = _finder?.Find(text) ?? (text.Length, text.Length, -1);
            EncodeDocument(text[..start], cache, tokens);
            if (token >= 0)
                tokens.Add(token);
            text = text[end..];
        }
        _cache = cache;
    }

    /// <inheritdoc/>
    public override int LastCut(ReadOnlySpan<byte> text) => _finder?.SpanLines == true ? 0 : GptSplitter.LastCut(text);

    /// <summary>Writes <c>vocab.json</c> and <c>merges.txt</c>, or <c>tokenizer.json</c> where these two cannot hold all of it.</summary>
    public override void Save(string folder) =>
        Save(folder, _added.All(token => token is { Text: EndOfTextName, IsSpecial: true }) ? TokenizerFormat.VocabularyAndMerges : TokenizerFormat.TokenizerJson);

    /// <summary>Writes one of the formats into a folder.</summary>
    /// <exception cref="NotSupportedException">The format cannot say all that this tokenizer does.</exception>
    public void Save(string folder, TokenizerFormat format)
    {
        if (format == TokenizerFormat.VocabularyAndMerges)
            VocabularyAndMerges.Write(this, folder);
        else if (format == TokenizerFormat.TokenizerJson)
            TokenizerJson.Write(this, Path.Combine(folder, TokenizerJson.FileName));
        else
            TiktokenRanks.Write(this, Path.Combine(folder, TiktokenRanks.FileName));
    }

    /// <summary>Reads a vocabulary and merges in GPT-2's format.</summary>
    /// <exception cref="InvalidDataException">A file is damaged or they disagree; the message names file and line or entry.</exception>
    public static BpeTokenizer Read(string vocabularyPath, string mergesPath) => VocabularyAndMerges.Read(vocabularyPath, mergesPath);

    internal override void AppendRules(IncrementalHash hash)
    {
        hash.AppendData("bytes, pieces of GPT-2, merges\n"u8);
        foreach (var (left, right) in _merges)
            hash.AppendData(MemoryMarshal.AsBytes<int>([left, right]));
    }

    /// <summary>How a token stands in vocabulary files: its text if it was added, else its bytes as GPT-2 writes them.</summary>
    internal string FileName(int token) => _addedByToken.TryGetValue(token, out var added) ? added.Text : ByteCharacters.Write(_bytes[token]);

    /// <summary>The first token, if any, that its own bytes do not become when merges alone decide.</summary>
    internal int? FirstUnreachable()
    {
        var tokens = new int[_bytes.Max(bytes => bytes.Length)];
        for (var token = 0; token < _bytes.Length; token++)
            if (!_addedByToken.ContainsKey(token) && (_merger.Merge(_bytes[token], tokens) != 1 || tokens[0] != token))
                return token;
        return null;
    }

    private Dictionary<byte[], int> NumberBytes()
    {
        var numbers = new Dictionary<byte[], int>(_bytes.Length, ByteComparer.Instance);
        for (var token = 0; token < _bytes.Length; token++)
            if (!_addedByToken.ContainsKey(token) && !numbers.TryAdd(_bytes[token], token))
                throw new InvalidDataException($"token {token} has the same bytes as token {numbers[_bytes[token]]}");
        return numbers;
    }

    private void EncodeDocument(ReadOnlySpan<byte> text, PieceCache cache, List<int> tokens)
    {
        Span<int> merged = stackalloc int[StackTokens];
        while (!text.IsEmpty)
        {
            var length = GptSplitter.PieceLength(text);
            if (length > PieceCache.LongestPiece)
            {
                var many = length <= StackTokens ? merged : new int[length];
                Append(many[.._merger.Merge(text[..length], many)], tokens);
            }
            else
            {
                ref var entry = ref cache.Place(text, length, out var key);
                if (entry.Holds(key))
                {
                    Append(entry.Tokens, tokens);
                }
                else
                {
                    var few = merged[.._merger.Merge(text[..length], merged)];
                    Append(few, tokens);
                    if (few.Length <= PieceCache.MostTokens)
                        entry.Set(key, few);
                }
            }
            text = text[length..];
        }
    }

    private static void Append(ReadOnlySpan<int> few, List<int> tokens)
    {
        var count = tokens.Count;
        CollectionsMarshal.SetCount(tokens, count + few.Length);
        few.CopyTo(CollectionsMarshal.AsSpan(tokens)[count..]);
    }
}
