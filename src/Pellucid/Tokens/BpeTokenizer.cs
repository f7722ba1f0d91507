using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pellucid.Tokens.Formats;
using Pellucid.Tokens.Normalization;
using Pellucid.Tokens.Splitters;
using Pellucid.Tokens.Splitters.Patterns;

namespace Pellucid.Tokens;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016): each piece of text starts as bytes, as in GPT-2 (Radford et al. 2019), or as
/// characters, as with SentencePiece (Kudo and Richardson 2018), and the earliest learned merge that applies is done until
/// none does. How text is prepared and cut into pieces before is its file's to say.
/// </summary>
public sealed class BpeTokenizer : Tokenizer
{
    /// <summary>How the token that ends a document is written, where no file says otherwise.</summary>
    public const string EndOfTextName = "<|endoftext|>";

    // Beyond this a piece's tokens are computed in memory of their own.
    private const int StackTokens = 256;

    private readonly TokenBytes _names, _bytes;
    private readonly Dictionary<int, AddedToken> _addedByToken;
    private readonly HashSet<int> _special;
    private readonly AddedTokens? _asWritten, _asNormalized;
    private readonly SpecialTokenShield? _shield;
    private readonly Splitter[] _splitters;
    private readonly BpeMerger _merger;
    private PieceCache? _cache;

    /// <summary>From a vocabulary of names and the merges in order.</summary>
    /// <param name="names">What merging works on: the bytes of each token, or its characters;
    /// those that can be merged can be found.</param>
    /// <param name="bytes">What each token stands for; nothing for a special token.</param>
    /// <param name="merges">Pairs of tokens; both together must be a token.</param>
    /// <param name="added">Tokens that are found as they are written.</param>
    /// <param name="rules">How text is prepared.</param>
    /// <param name="scored">Merges by score, where they have no order of their own.</param>
    /// <param name="table">Where merges are found; made of them if left out.</param>
    /// <exception cref="InvalidDataException">A byte has no token, a merge gives none, or something is there twice.</exception>
    internal BpeTokenizer(TokenBytes names, TokenBytes bytes, IReadOnlyList<(int Left, int Right)> merges,
        IReadOnlyList<AddedToken> added, BpeRules rules,
        ScoredMerges? scored = null, MergeTable? table = null)
    {
        (_names, _bytes, Merges, Added, Rules) = (names, bytes, merges, added, rules);
        _addedByToken = added.ToDictionary(token => token.Token);
        _special = [.. added.Where(token => token.IsSpecial).Select(token => token.Token)];
        _asWritten = Finder(added.Where(token => !token.IsNormalized), null);
        _asNormalized = Finder(added.Where(token => token.IsNormalized),
            text => TextStep.Apply(rules.Normalizer, text, isFirst: true).ToArray());
        _shield = _special.Count > 0 ? new SpecialTokenShield(added, rules.Normalizer) : null;
        RefuseSpecialLetters();
        _merger = new BpeMerger(rules.IsOfCharacters ? Characters(scored) : new ByteAlphabet(names),
            scored?.Table ?? table ?? RankedMerges.Of(names, merges, _special));
        _splitters = BorderSplitter.Of(names, rules) is { } borders ? [.. rules.Splitters, borders] : rules.Splitters;
        EndOfText = added.FirstOrDefault(token => token is { Text: EndOfTextName, IsSpecial: true }) is { Text: not null } end ? end.Token
            : null;
    }

    /// <summary>Byte-level tokens, cut as GPT-2 does.</summary>
    internal BpeTokenizer(IReadOnlyList<byte[]> bytes, IReadOnlyList<(int Left, int Right)> merges,
        IReadOnlyList<AddedToken> added, BpeRules? rules = null)
        : this(Index(bytes, added), Show(bytes, added), merges, added, rules ?? BpeRules.Gpt2)
    {
    }

    /// <inheritdoc/>
    public override int VocabularySize => _bytes.Count;

    /// <inheritdoc/>
    public override int? EndOfText { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> Front => Rules.Front;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Back => Rules.Back;

    /// <summary>Pairs of tokens in the order they are merged.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges { get; }

    /// <summary>The scores that merges follow from, where they do.</summary>
    internal float[]? Scores { get; init; }

    internal IReadOnlyList<AddedToken> Added { get; }

    internal BpeRules Rules { get; }

    internal override bool StripsFirstSpace => Rules.StripsFirstSpace;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Bytes(int token) => _bytes[token];

    /// <inheritdoc/>
    public override string? SpecialName(int token) =>
        _addedByToken.TryGetValue(token, out var added) && added.IsSpecial ? added.Text : null;

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> text, List<int> tokens) => Encode(text, special: false, tokens);

    /// <inheritdoc/>
    public override void EncodeWithSpecialTokens(ReadOnlySpan<byte> text, List<int> tokens) => Encode(text, special: true, tokens);

    /// <inheritdoc/>
    public override string Shield(string words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return _shield?.Apply(words) ?? words;
    }

    /// <inheritdoc/>
    public override int[] EncodeRendered(string rendered)
    {
        ArgumentNullException.ThrowIfNull(rendered);
        var tokens = new List<int>();
        Encode(Encoding.UTF8.GetBytes(rendered), special: true, tokens, isShielded: true);
        return [.. tokens];
    }

    /// <inheritdoc/>
    public override int LastCut(ReadOnlySpan<byte> text) =>
        _splitters.Length == 1 && _asWritten?.KeepsParts != false && _asNormalized?.KeepsParts != false
            && Rules.Normalizer.All(step => step.KeepsParts) && Rules.Preparation.All(step => step.KeepsParts)
            ? _splitters[0].LastCut(text) : 0;

    /// <summary>Writes <c>tokenizer.json</c>, and beside it, where tokens are made of bytes,
    /// <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    public override void Save(string folder)
    {
        if (!Rules.IsOfCharacters)
            VocabularyAndMerges.Write(this, folder);
        Save(folder, TokenizerFormat.TokenizerJson);
    }

    /// <summary>Writes one of the formats into a folder.</summary>
    /// <exception cref="NotSupportedException">The format cannot say all that this tokenizer does.</exception>
    public void Save(string folder, TokenizerFormat format)
    {
        if (format == TokenizerFormat.VocabularyAndMerges)
            VocabularyAndMerges.WriteAlone(this, folder);
        else if (format == TokenizerFormat.TokenizerJson)
            TokenizerJsonWriter.Write(this, Path.Combine(folder, TokenizerJson.FileName));
        else
            TiktokenRanks.Write(this, Path.Combine(folder, TiktokenRanks.FileName));
    }

    /// <summary>Reads a vocabulary and merges in GPT-2's format.</summary>
    /// <exception cref="InvalidDataException">A file is damaged or they disagree; the message names file and line or entry.</exception>
    public static BpeTokenizer Read(string vocabularyPath, string mergesPath) => VocabularyAndMerges.Read(vocabularyPath, mergesPath);

    internal override void AppendRules(IncrementalHash hash)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(Rules.Describe()));
        foreach (var (left, right) in Merges)
            hash.AppendData(MemoryMarshal.AsBytes<int>([left, right]));
        foreach (var added in Added.Where(added =>
            !added.IsSpecial || added.IsNormalized || added.IsSingleWord || added.StripsLeft || added.StripsRight))
            hash.AppendData(Encoding.UTF8.GetBytes($"{added}\n"));
    }

    /// <summary>How a token stands in vocabulary files:
    /// its text if it was added, else its bytes as GPT-2 writes them, or its characters.</summary>
    internal string FileName(int token) => _addedByToken.TryGetValue(token, out var added) ? added.Text
        : Rules.IsOfCharacters ? Encoding.UTF8.GetString(_names[token])
        : ByteCharacters.Write(_names[token]);

    /// <summary>The first token, if any, that its own bytes do not become when merges alone decide.</summary>
    internal int? FirstUnreachable()
    {
        var tokens = new int[_names.Longest];
        for (var token = 0; token < _names.Count; token++)
            if (!_addedByToken.ContainsKey(token) && (_merger.Merge(_names[token], tokens) != 1 || tokens[0] != token))
                return token;
        return null;
    }

    private void Encode(ReadOnlySpan<byte> text, bool special, List<int> tokens, bool isShielded = false)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var cache = Interlocked.Exchange(ref _cache, null) ?? new PieceCache();
        for (var at = 0; at < text.Length;)
        {
            var (start, end, token) = _asWritten?.Find(text, at, special) ?? (text.Length, text.Length, -1);
            if (start > at)
                EncodeBetween(text[at..start], at == 0, special, isShielded, cache, tokens);
            if (token >= 0)
                tokens.Add(token);
            at = end;
        }
        _cache = cache;
    }

    // What is left between tokens that are sought as they are written: normalized, it may hold others.
    private void EncodeBetween(ReadOnlySpan<byte> given, bool isFirst, bool special, bool isShielded, PieceCache cache, List<int> tokens)
    {
        var text = TextStep.Apply(Rules.Normalizer, given, isFirst);
        for (var at = 0; at < text.Length;)
        {
            var (start, end, token) = _asNormalized?.Find(text, at, special) ?? (text.Length, text.Length, -1);
            var between = isShielded ? SpecialTokenShield.TakeOff(text[at..start]) : text[at..start];
            if (!between.IsEmpty)
                EncodePieces(TextStep.Apply(Rules.Preparation, between, isFirst && at == 0), cache, tokens);
            if (token >= 0)
                tokens.Add(token);
            at = end;
        }
    }

    private void EncodePieces(ReadOnlySpan<byte> text, PieceCache cache, List<int> tokens)
    {
        Span<int> merged = stackalloc int[StackTokens];
        if (_splitters is [var splitter])
        {
            while (!text.IsEmpty)
            {
                var length = splitter.PieceLength(text);
                EncodePiece(text, length, cache, merged, tokens);
                text = text[length..];
            }
            return;
        }
        var pieces = new Pieces(text, _splitters, stackalloc int[_splitters.Length]);
        for (var rest = pieces.Rest; pieces.Next() is > 0 and var length; rest = pieces.Rest)
            EncodePiece(rest, length, cache, merged, tokens);
    }

    // The piece that a text begins with.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EncodePiece(ReadOnlySpan<byte> text, int length, PieceCache cache, Span<int> merged, List<int> tokens)
    {
        if (length > PieceCache.LongestPiece)
        {
            var many = length <= StackTokens ? merged : new int[length];
            Append(many[..Merge(text[..length], many)], tokens);
            return;
        }
        ref var entry = ref cache.Place(text, length, out var key);
        if (entry.Holds(key))
        {
            Append(entry.Tokens, tokens);
            return;
        }
        var few = merged[..Merge(text[..length], merged)];
        Append(few, tokens);
        if (few.Length <= PieceCache.MostTokens)
            entry.Set(key, few);
    }

    private int Merge(ReadOnlySpan<byte> piece, Span<int> tokens)
    {
        if (!Rules.IgnoresMerges || _names.Find(piece) is not (>= 0 and var whole) || _special.Contains(whole))
            return _merger.Merge(piece, tokens);
        tokens[0] = whole;
        return 1;
    }

    // Every text may hold them, and would then hold a special token.
    private void RefuseSpecialLetters()
    {
        foreach (var token in _special)
            if (_names[token] is { IsEmpty: false } name && _names.Find(name) == token && Pattern.CharacterLength(name, 0) == name.Length)
                throw new InvalidDataException($"the special token {token} is a single character, which any text may hold");
    }

    /// <summary>Refuses a vocabulary that lacks one of the 256 bytes, as GPT-2's own formats never do.</summary>
    internal BpeTokenizer WithAllBytes() =>
        Enumerable.Range(0, 256).FirstOrDefault(value => _names.Find([(byte)value]) < 0, -1) is >= 0 and var value
            ? throw new InvalidDataException($"byte {value} has no token") : this;

    private CharacterAlphabet Characters(ScoredMerges? scored) =>
        new(_names, Rules.FallsBackToBytes ? ByteNames.Tokens(_names) : null, Rules.Unknown, Rules.FusesUnknown, scored?.Parts);

    private static AddedTokens? Finder(IEnumerable<AddedToken> tokens, Func<byte[], byte[]>? spelling) =>
        tokens.ToArray() is { Length: > 0 } some ? new AddedTokens(some, spelling) : null;

    private static TokenBytes Index(IReadOnlyList<byte[]> bytes, IReadOnlyList<AddedToken> added)
    {
        var names = new TokenBytes(bytes.Count, bytes.Sum(token => token.Length));
        var except = added.Select(token => token.Token).ToHashSet();
        for (var token = 0; token < bytes.Count; token++)
        {
            names.Set(token, bytes[token]);
            if (!except.Contains(token) && !names.TryIndex(token))
                throw new InvalidDataException($"token {token} has the same bytes as token {names.Find(bytes[token])}");
        }
        return names;
    }

    private static TokenBytes Show(IReadOnlyList<byte[]> bytes, IReadOnlyList<AddedToken> added)
    {
        var shown = new TokenBytes(bytes.Count, bytes.Sum(token => token.Length));
        for (var token = 0; token < bytes.Count; token++)
            shown.Set(token, bytes[token]);
        foreach (var token in added)
            shown.Set(token.Token, token.IsSpecial ? [] : Encoding.UTF8.GetBytes(token.Text));
        return shown;
    }

    private static void Append(ReadOnlySpan<int> few, List<int> tokens)
    {
        var count = tokens.Count;
        CollectionsMarshal.SetCount(tokens, count + few.Length);
        few.CopyTo(CollectionsMarshal.AsSpan(tokens)[count..]);
    }
}
