using System.Text;

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

    /// <summary>Cuts text, appending its tokens.</summary>
    /// <exception cref="ArgumentException">The text holds something that no token stands for.</exception>
    public abstract void Encode(ReadOnlySpan<byte> text, List<int> tokens);

    /// <summary>Writes what <see cref="Load"/> needs into a folder.</summary>
    public abstract void Save(string folder);

    /// <summary>Tokens of a text.</summary>
    public int[] Encode(string text)
    {
        var tokens = new List<int>();
        Encode(Encoding.UTF8.GetBytes(text), tokens);
        return [.. tokens];
    }

    /// <summary>Bytes of tokens.</summary>
    public byte[] DecodeBytes(ReadOnlySpan<int> tokens)
    {
        using var bytes = new MemoryStream();
        foreach (var token in tokens)
            bytes.Write(Bytes(token));
        return bytes.ToArray();
    }

    /// <summary>Text of tokens; bytes that are not UTF-8 show as U+FFFD.</summary>
    public string Decode(ReadOnlySpan<int> tokens) => Encoding.UTF8.GetString(DecodeBytes(tokens));

    /// <summary>Reads the tokenizer of a model folder: <c>characters.json</c>, or <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <exception cref="FileNotFoundException">The folder has neither.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static Tokenizer Load(string folder)
    {
        var (characters, vocabulary, merges) = (Path.Combine(folder, CharacterTokenizer.FileName), Path.Combine(folder, BpeTokenizer.VocabularyFile), Path.Combine(folder, BpeTokenizer.MergesFile));
        if (File.Exists(characters))
            return CharacterTokenizer.Read(characters);
        if (File.Exists(vocabulary) && File.Exists(merges))
            return BpeTokenizer.Read(vocabulary, merges);
        throw new FileNotFoundException($"{folder} has no tokenizer: neither {CharacterTokenizer.FileName} nor {BpeTokenizer.VocabularyFile} with {BpeTokenizer.MergesFile}", folder);
    }
}
