using System.Text;
using Pellucid.Tokens;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class TokenEmbeddingTests
{
    [Fact]
    public void Tokens_are_named_after_their_words_and_every_row_is_kept()
    {
        var tokenizer = BpeTrainer.Train(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("cat the cat sat. ", 50))), 270);
        var table = Enumerable.Range(0, tokenizer.VocabularySize * 3).Select(i => (float)(i % 17) - 8).ToArray();
        var vectors = TokenEmbedding.ToVectors(tokenizer, table, 3);
        Assert.Equal(tokenizer.VocabularySize, vectors.Count);
        var spaced = tokenizer.Encode(" cat");
        Assert.Single(spaced);
        Assert.Equal(spaced[0], vectors.Find("cat"));
        Assert.Equal(table[(spaced[0] * 3)..(spaced[0] * 3 + 3)], vectors[spaced[0]].ToArray());
    }

    [Fact]
    public void Vectors_become_rows_of_a_token_table_and_keep_its_scale()
    {
        var tokenizer = CharacterTokenizer.FromText("abc"u8);
        var vectors = WordVectorsTests.Vectors(("a", [30, 40]), ("c", [0, 50]), ("unknown", [1, 1]));
        float[] table = [0.3f, 0.4f, 9, 9, 0.5f, 0];
        Assert.Equal(2, TokenEmbedding.Write(vectors, tokenizer, table));
        float[] wanted = [0.3f, 0.4f, 9, 9, 0, 0.5f];
        for (var i = 0; i < table.Length; i++)
            Assert.Equal(wanted[i], table[i], 1e-6f);
        Assert.Throws<ArgumentException>(() => TokenEmbedding.Write(vectors, tokenizer, new float[5]));
    }
}
