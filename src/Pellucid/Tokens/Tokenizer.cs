using System.Security.Cryptography;
using System.Text;
using Pellucid.Tokens.Formats;

namespace Pellucid.Tokens;

/// <summary>Cuts text into tokens and puts it together again. Text is bytes of UTF-8; every token stands for a run of them.</summary>
public abstract class Tokenizer
{
    /// <summary>Number of tokens.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The token that ends a document, if there is one.</summary>
    public abstract int? EndOfText { get; }

    /// <summary>Bytes that a token stands for; none for a special token.</summary>
    public abstract ReadOnlySpan<byte> Bytes(int token);

    /// <summary>How a special token is written; null for all others.</summary>
    public virtual string? SpecialName(int token) => null;

    /// <summary>
    /// The last place, above 0 and below the end, at which a text can be cut so that both parts have the tokens of the
    /// whole, whatever follows; 0 if there is none.
    /// </summary>
    public abstract int LastCut(ReadOnlySpan<byte> text);

    /// <summary>Tokens that the tokenizer's own file puts before a text, such as one that begins it.
    /// Encoding leaves them to the caller.</summary>
    public virtual IReadOnlyList<int> Front => [];

    /// <summary>Tokens that the tokenizer's own file puts after a text.</summary>
    public virtual IReadOnlyList<int> Back => [];

    /// <summary>Whether encoding puts a space before a text, which its decoded text is without.</summary>
    internal virtual bool StripsFirstSpace => false;

    /// <summary>
    /// Cuts text, appending its tokens. It is somebody's words: what is written in it like a special token, such as
    /// <c>&lt;|endoftext|&gt;</c>, is ordinary text and never becomes one.
    /// </summary>
    /// <exception cref="ArgumentException">The text holds something that no token stands for.</exception>
    public abstract void Encode(ReadOnlySpan<byte> text, List<int> tokens);

    /// <summary>
    /// Cuts text in which special tokens are meant as they are written: a rendered template's own text, or a file whose
    /// documents are separated by one. Never use it for what a user has written.
    /// </summary>
    /// <exception cref="ArgumentException">The text holds something that no token stands for.</exception>
    public virtual void EncodeWithSpecialTokens(ReadOnlySpan<byte> text, List<int> tokens) => Encode(text, tokens);

    /// <summary>Writes what <see cref="Load"/> needs into a folder.</summary>
    public abstract void Save(string folder);

    /// <summary>SHA-256, in hexadecimal, of all that decides how a text is cut.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var token = 0; token < VocabularySize; token++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Bytes(token).Length} {SpecialName(token)}\n"));
            hash.AppendData(Bytes(token));
        }
        AppendRules(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Adds to a fingerprint what the tokens themselves do not tell.</summary>
    internal abstract void AppendRules(IncrementalHash hash);

    /// <summary>Tokens of a text that is somebody's words.</summary>
    /// <exception cref="ArgumentException">The text holds something that no token stands for.</exception>
    public int[] Encode(string text)
    {
        var tokens = new List<int>();
        Encode(Encoding.UTF8.GetBytes(text), tokens);
        return [.. tokens];
    }

    /// <summary>Tokens of a text in which special tokens are meant as they are written.</summary>
    /// <exception cref="ArgumentException">The text holds something that no token stands for.</exception>
    public int[] EncodeWithSpecialTokens(string text)
    {
        var tokens = new List<int>();
        EncodeWithSpecialTokens(Encoding.UTF8.GetBytes(text), tokens);
        return [.. tokens];
    }

    /// <summary>
    /// Somebody's words for a template to render: what is written in them like a special token is marked, so that
    /// <see cref="EncodeRendered"/> takes it for ordinary text wherever the template puts it. Other words stay as they are.
    /// </summary>
    public virtual string Shield(string words) => words;

    /// <summary>
    /// Tokens of a rendered template. Special tokens of its own text are meant; those in words that went through
    /// <see cref="Shield"/> are not.
    /// </summary>
    /// <exception cref="ArgumentException">The text holds something that no token stands for.</exception>
    public virtual int[] EncodeRendered(string rendered) => EncodeWithSpecialTokens(rendered);

    /// <summary>Bytes of tokens.</summary>
    public byte[] DecodeBytes(ReadOnlySpan<int> tokens)
    {
        using var bytes = new MemoryStream();
        foreach (var token in tokens)
            bytes.Write(BytesOrName(token));
        return bytes.ToArray();
    }

    /// <summary>What a token stands for; <c>&lt;2050&gt;</c> for one beyond the tokenizer's, which a model's table may hold.</summary>
    public ReadOnlySpan<byte> BytesOrName(int token) => token < VocabularySize ? Bytes(token) : NamelessTokenizer.NameOf(token);

    /// <summary>The token that is written so: a special one, or else one that stands for these very bytes; null if there is none.</summary>
    internal int? Find(string text)
    {
        for (var token = 0; token < VocabularySize; token++)
            if (SpecialName(token) == text)
                return token;
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var token = 0; token < VocabularySize; token++)
            if (Bytes(token).SequenceEqual(bytes))
                return token;
        return null;
    }

    /// <summary>Text of tokens, wherever they stand in one; bytes that are not UTF-8 show as U+FFFD.</summary>
    public string Decode(ReadOnlySpan<int> tokens) => Encoding.UTF8.GetString(DecodeBytes(tokens));

    /// <summary>Bytes of the tokens of a whole text: without the space that encoding puts before it, where it does.</summary>
    public byte[] DecodeWhole(ReadOnlySpan<int> tokens)
    {
        var bytes = DecodeBytes(tokens);
        return StripsFirstSpace && bytes is [(byte)' ', ..] ? bytes[1..] : bytes;
    }

    /// <summary>A token as people can read it: spaces and line ends made visible.</summary>
    public string Show(int token) => (token < VocabularySize ? SpecialName(token) : null)
        ?? Decode([token]).Replace(' ', '␣').Replace("\n", "⏎", StringComparison.Ordinal);

    /// <summary>
    /// Reads the tokenizer of a model folder: <c>characters.json</c>, <c>tokenizer.json</c>, <c>vocab.json</c> with
    /// <c>merges.txt</c> (or <c>encoder.json</c> with <c>vocab.bpe</c>, as OpenAI released them), or tiktoken's ranks; or
    /// one of these files.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or describes a tokenizer that cannot be reproduced exactly.</exception>
    public static Tokenizer Load(string path)
    {
        if (File.Exists(path))
            return LoadFile(path);
        if (Exists(path))
            return LoadFile(FileNames.Select(name => Path.Combine(path, name)).First(File.Exists));
        throw new FileNotFoundException(Directory.Exists(path) ? $"{path} has no tokenizer: none of {string.Join(", ", FileNames)}"
            : $"there is no tokenizer {path}", path);
    }

    /// <summary>The tokenizer of a model folder, or, where it has none,
    /// one whose tokens are the model's numbers and which knows no words.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or describes a tokenizer that cannot be reproduced exactly.</exception>
    public static Tokenizer LoadOrNumbers(string folder, int vocabularySize) =>
        Exists(folder) ? Load(folder) : new NamelessTokenizer(vocabularySize);

    /// <summary>Whether a folder has a tokenizer.</summary>
    public static bool Exists(string folder) => FileNames.Any(name => File.Exists(Path.Combine(folder, name)));

    // A tokenizer.json comes before the two files, which leave out how text is cut into pieces.
    private static readonly string[] FileNames =
    [
        CharacterTokenizer.FileName, TokenizerJson.FileName, VocabularyAndMerges.VocabularyFile, VocabularyAndMerges.OriginalVocabularyFile,
        TiktokenRanks.FileName,
    ];

    private static Tokenizer LoadFile(string path)
    {
        var (name, folder) = (Path.GetFileName(path), Path.GetDirectoryName(path)!);
        if (path.EndsWith(TiktokenRanks.Extension, StringComparison.Ordinal))
            return TiktokenRanks.Read(path);
        if (name is VocabularyAndMerges.VocabularyFile or VocabularyAndMerges.OriginalVocabularyFile)
        {
            var merges = Path.Combine(folder,
                name == VocabularyAndMerges.VocabularyFile ? VocabularyAndMerges.MergesFile : VocabularyAndMerges.OriginalMergesFile);
            return File.Exists(merges) ? VocabularyAndMerges.Read(path, merges)
                : throw new FileNotFoundException($"{path} needs {Path.GetFileName(merges)} beside it", merges);
        }
        return name == CharacterTokenizer.FileName ? CharacterTokenizer.Read(path) : TokenizerJson.Read(path);
    }
}
