using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>
/// Byte-level byte-pair encoding as in GPT-2 (Sennrich et al. 2016; Radford et al. 2019): each piece of text starts as
/// bytes, and the earliest learned merge that applies is done until none does.
/// </summary>
public sealed class BpeTokenizer : Tokenizer
{
    /// <summary>File of tokens and their numbers.</summary>
    public const string VocabularyFile = "vocab.json";

    /// <summary>File of merges in the order they were learned.</summary>
    public const string MergesFile = "merges.txt";

    /// <summary>How the token that ends a document is written.</summary>
    public const string EndOfTextName = "<|endoftext|>";

    private static readonly byte[] EndOfTextBytes = Encoding.UTF8.GetBytes(EndOfTextName);

    private readonly byte[][] _bytes;
    private readonly int[] _byteTokens = new int[256];
    private readonly List<(int Left, int Right)> _merges;
    private readonly Dictionary<(int, int), (int Rank, int Token)> _ranks = [];

    /// <summary>From the bytes of every token, the merges in order, and the number of the end-of-text token, whose bytes are empty.</summary>
    /// <exception cref="InvalidDataException">A byte has no token, or a merge gives none.</exception>
    internal BpeTokenizer(byte[][] bytes, List<(int Left, int Right)> merges, int? endOfText)
    {
        (_bytes, _merges, EndOfText) = (bytes, merges, endOfText);
        var tokens = new Dictionary<string, int>();
        for (var token = 0; token < bytes.Length; token++)
            if (token != endOfText && !tokens.TryAdd(ByteCharacters.Write(bytes[token]), token))
                throw new InvalidDataException($"token {token} has the same bytes as token {tokens[ByteCharacters.Write(bytes[token])]}");
        for (var value = 0; value < 256; value++)
            _byteTokens[value] = tokens.TryGetValue(ByteCharacters.Write([(byte)value]), out var token) ? token
                : throw new InvalidDataException($"byte {value} has no token");
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            if (!tokens.TryGetValue(ByteCharacters.Write([.. bytes[left], .. bytes[right]]), out var token))
                throw new InvalidDataException($"merge {rank + 1} of tokens {left} and {right} gives no token");
            if (!_ranks.TryAdd((left, right), (rank, token)))
                throw new InvalidDataException($"merge {rank + 1} is there twice");
        }
    }

    /// <inheritdoc/>
    public override int VocabularySize => _bytes.Length;

    /// <inheritdoc/>
    public override int? EndOfText { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Bytes(int token) => _bytes[token];

    /// <summary>Cuts text; <c>&lt;|endoftext|&gt;</c> in it becomes the token of that name.</summary>
    public override void Encode(ReadOnlySpan<byte> text, List<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var known = new Dictionary<byte[], int[]>(ByteComparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();
        while (!text.IsEmpty)
        {
            var end = EndOfText is null ? -1 : text.IndexOf(EndOfTextBytes);
            var document = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + EndOfTextBytes.Length)..];
            while (!document.IsEmpty)
            {
                var piece = document[..GptSplitter.PieceLength(document)];
                if (!known.TryGetValue(piece, out var encoded))
                    known[piece] = encoded = Merge(piece);
                tokens.AddRange(encoded);
                document = document[piece.Length..];
            }
            if (end >= 0)
                tokens.Add(EndOfText!.Value);
        }
    }

    /// <inheritdoc/>
    public override void Save(string folder)
    {
        SafeFile.Write(Path.Combine(folder, VocabularyFile), stream =>
        {
            using var json = new Utf8JsonWriter(stream);
            json.WriteStartObject();
            for (var token = 0; token < _bytes.Length; token++)
                json.WriteNumber(Name(token), token);
            json.WriteEndObject();
        });
        SafeFile.Write(Path.Combine(folder, MergesFile), stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine("#version: 0.2");
            foreach (var (left, right) in _merges)
                writer.WriteLine($"{Name(left)} {Name(right)}");
        });
    }

    /// <summary>Reads a vocabulary and merges in GPT-2's format.</summary>
    /// <exception cref="InvalidDataException">A file is damaged or they disagree; the message names file and line or entry.</exception>
    public static BpeTokenizer Read(string vocabularyPath, string mergesPath)
    {
        try
        {
            var names = ReadNames(vocabularyPath);
            var numbers = names.Select((name, token) => (name, token)).ToDictionary(pair => pair.name, pair => pair.token);
            int? endOfText = numbers.TryGetValue(EndOfTextName, out var end) ? end : null;
            var bytes = names.Select((name, token) => token == endOfText ? [] : ByteCharacters.Read(name)
                ?? throw new InvalidDataException($"token {token}, '{name}', is not written in GPT-2's byte characters")).ToArray();
            return new BpeTokenizer(bytes, ReadMerges(mergesPath, numbers), endOfText);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException
            || (error is InvalidDataException && !error.Message.StartsWith(mergesPath, StringComparison.Ordinal)))
        {
            throw new InvalidDataException($"{vocabularyPath}: {error.Message}", error);
        }
    }

    private static string[] ReadNames(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 2 });
        var entries = document.RootElement.EnumerateObject().Select(entry => (entry.Name, Token: entry.Value.GetInt32())).ToArray();
        var names = new string[entries.Length];
        foreach (var (name, token) in entries)
        {
            if ((uint)token >= (uint)names.Length || names[token] is not null)
                throw new InvalidDataException($"the numbers of {names.Length} tokens must be 0 to {names.Length - 1}, each once; '{name}' has {token}");
            names[token] = name;
        }
        return names;
    }

    private static List<(int, int)> ReadMerges(string path, Dictionary<string, int> numbers)
    {
        var merges = new List<(int, int)>();
        var line = 0;
        foreach (var text in File.ReadLines(path))
        {
            line++;
            if (text.Length == 0 || (line == 1 && text.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            var parts = text.Split(' ');
            if (parts.Length != 2 || !numbers.TryGetValue(parts[0], out var left) || !numbers.TryGetValue(parts[1], out var right))
                throw new InvalidDataException($"{path}: line {line} is not two tokens of the vocabulary: '{text}'");
            merges.Add((left, right));
        }
        return merges;
    }

    private string Name(int token) => token == EndOfText ? EndOfTextName : ByteCharacters.Write(_bytes[token]);

    // A linked list of tokens, and a queue of the pairs that can be merged: n log n for pieces of any length.
    private int[] Merge(ReadOnlySpan<byte> piece)
    {
        var tokens = new int[piece.Length];
        var (next, previous) = (new int[piece.Length], new int[piece.Length]);
        for (var i = 0; i < piece.Length; i++)
            (tokens[i], next[i], previous[i]) = (_byteTokens[piece[i]], i + 1 < piece.Length ? i + 1 : -1, i - 1);
        var queue = new PriorityQueue<(int At, int Left, int Right), (int, int)>();

        void Offer(int at)
        {
            if (at >= 0 && next[at] >= 0 && _ranks.TryGetValue((tokens[at], tokens[next[at]]), out var merge))
                queue.Enqueue((at, tokens[at], tokens[next[at]]), (merge.Rank, at));
        }

        for (var i = 0; i < piece.Length; i++)
            Offer(i);
        while (queue.TryDequeue(out var pair, out _))
        {
            var right = pair.At < 0 ? -1 : next[pair.At];
            if (right < 0 || tokens[pair.At] != pair.Left || tokens[right] != pair.Right)
                continue; // one of the two has been merged with another meanwhile
            tokens[pair.At] = _ranks[(pair.Left, pair.Right)].Token;
            tokens[right] = -1;
            next[pair.At] = next[right];
            if (next[right] >= 0)
                previous[next[right]] = pair.At;
            next[right] = -1;
            Offer(previous[pair.At]);
            Offer(pair.At);
        }
        return [.. tokens.Where(token => token >= 0)];
    }

    /// <summary>Byte strings by their contents, looked up by spans.</summary>
    internal sealed class ByteComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly ByteComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] bytes) => GetHashCode(bytes.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
