using System.Numerics.Tensors;
using System.Text;
using Pellucid.Tokens;
using Pellucid.Tokens.Formats;

namespace Pellucid.Words;

/// <summary>A language model's token table as word vectors, and word vectors as a token table.</summary>
public static class TokenEmbedding
{
    /// <summary>
    /// A table (tokens, size) with words for names: a token that begins with a space has the word after it for its name; one
    /// without has its own text, with a <c>+</c> before where that name is taken, for it goes on with a word. Bytes that
    /// cannot be seen are written as in GPT-2's vocabulary file. Rows beyond the tokenizer's tokens are left out.
    /// </summary>
    public static WordVectors ToVectors(Tokenizer tokenizer, ReadOnlySpan<float> table, int size)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var V = Math.Min(tokenizer.VocabularySize, table.Length / size);
        var taken = new HashSet<string>(
            Enumerable.Range(0, V).Where(token => IsSpaced(tokenizer.Bytes(token))).Select(token => Name(tokenizer.Bytes(token)[1..])),
            StringComparer.Ordinal);
        var words = new WordList();
        for (var token = 0; token < V; token++)
        {
            var bytes = tokenizer.Bytes(token);
            var name = IsSpaced(bytes) ? Name(bytes[1..]) : bytes.IsEmpty ? $"<{token}>" : Name(bytes);
            while (words.Find(name) >= 0 || (!IsSpaced(bytes) && taken.Contains(name)))
                name = "+" + name;
            words.FindOrAdd(Encoding.UTF8.GetBytes(name));
        }
        return new WordVectors(words, table[..(V * size)].ToArray(), size);
    }

    /// <summary>
    /// Writes vectors over the rows of the tokens whose text, a space before it aside, is a known word, scaled so that
    /// they are together as large as the rows that were there.
    /// </summary>
    /// <param name="vectors">Of the table's size.</param>
    /// <param name="tokenizer">Tells the text of each row.</param>
    /// <param name="table">(tokens, size), such as GPT-2's <c>wte.weight</c>.</param>
    /// <returns>How many rows were written.</returns>
    /// <exception cref="ArgumentException">Sizes differ.</exception>
    public static int Write(WordVectors vectors, Tokenizer tokenizer, Span<float> table)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var size = vectors.Size;
        if (table.Length % size != 0 || table.Length / size < tokenizer.VocabularySize)
            throw new ArgumentException(
                $"{tokenizer.VocabularySize} tokens of {size} numbers do not fit a table of {table.Length} numbers", nameof(table));
        var (before, after, written) = (0.0, 0.0, new List<(int Token, int Word)>());
        for (var token = 0; token < tokenizer.VocabularySize; token++)
        {
            var bytes = tokenizer.Bytes(token);
            if (bytes.IsEmpty || vectors.Words.Find(IsSpaced(bytes) ? bytes[1..] : bytes) is not (>= 0 and var word))
                continue;
            before += TensorPrimitives.SumOfSquares<float>(table.Slice(token * size, size));
            after += TensorPrimitives.SumOfSquares(vectors[word]);
            written.Add((token, word));
        }
        var scale = before > 0 && after > 0 ? (float)Math.Sqrt(before / after) : 1;
        foreach (var (token, word) in written)
            TensorPrimitives.Multiply(vectors[word], scale, table.Slice(token * size, size));
        return written.Count;
    }

    private static bool IsSpaced(ReadOnlySpan<byte> bytes) => bytes.Length > 1 && bytes[0] == ' ';

    private static string Name(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character == '\uFFFD')
            ? ByteCharacters.Write(bytes) : text;
    }
}
