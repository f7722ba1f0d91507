using Pellucid.Worlds;

namespace Pellucid.Tests.Worlds;

public sealed class InventedWordsTests
{
    [Fact]
    public void Every_line_says_three_words_of_its_own_that_share_no_letter()
    {
        var lines = new InventedWords(3).Text(200).TrimEnd('\n').Split('\n');
        Assert.Equal(200, lines.Length);
        foreach (var line in lines)
        {
            var words = line.Chunk(2).Select(letters => new string(letters)).ToList();
            Assert.Equal((InventedWords.Length, InventedWords.Words, 2 * InventedWords.Words),
                (words.Count, words.Distinct().Count(), line.Distinct().Count()));
            Assert.All(words.GroupBy(word => word),
                said => Assert.InRange(said.Count(), InventedWords.Length / InventedWords.Words / 2, InventedWords.Length / 2));
        }
        Assert.Equal(InventedWords.Letters, string.Concat(lines).Distinct().Count());
        Assert.True(lines.Select(line => line[..2]).Distinct().Count() > 50); // of 56 words that there can be
        Assert.Equal(new InventedWords(3).Text(2), $"{lines[0]}\n{lines[1]}\n");
        Assert.NotEqual(new InventedWords(4).Text(2), new InventedWords(3).Text(2));
    }
}
