using System.Text;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class ExactUpdateTests
{
    // What word2vec.c itself (its last public version, gcc -O2 -ffp-contract=off) made of the text below
    // with -size 20 -window 5 -sample 1e-2 -threads 1 -iter 1 -min-count 5, defaults otherwise: the first three numbers of some words.
    public static TheoryData<bool, bool, string, float[]> Recorded => new()
    {
        { false, false, "aa", [-0.30716586112976074f, -0.8345862030982971f, 0.1306666135787964f] },
        { false, false, "bk", [-0.33139944076538086f, -0.807621955871582f, 0.17914462089538574f] },
        { false, true, "aa", [-0.2007286101579666f, -0.39457714557647705f, 0.21083591878414154f] },
        { false, true, "bk", [-0.06332464516162872f, -0.13119946420192719f, 0.08522269129753113f] },
        { true, false, "aa", [-0.15510667860507965f, -0.40514737367630005f, 0.07073681801557541f] },
        { true, false, "bk", [-0.1847166121006012f, -0.3389579653739929f, 0.1372651606798172f] },
        { true, true, "aa", [-0.05603808909654617f, -0.16305840015411377f, 0.09223416447639465f] },
        { true, true, "bk", [-0.06013619527220726f, -0.1028297170996666f, 0.07559087872505188f] },
    };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void One_epoch_gives_the_bits_of_the_original(bool skipGram, bool tree, string word, float[] recorded)
    {
        using var files = new TextFile();
        var corpus = files.Corpus(Text(), TextForm.Letters);
        var options = new Word2VecOptions
        {
            SkipGram = skipGram, HierarchicalSoftmax = tree, Negative = tree ? 0 : 5, Size = 20, Sample = 1e-2f, Epochs = 1,
            Mode = Word2VecMode.Exact
        };
        using var trainer = new Word2VecTrainer(corpus, TextFile.Learn(corpus, 5), options);
        trainer.Run(cancellation: TestContext.Current.CancellationToken);
        var vectors = trainer.ToVectors();
        Assert.Equal(recorded, vectors[vectors.Find(word)][..3].ToArray());
    }

    // 1,500 lines of 12 words of two letters, early ones of the alphabet most often, drawn by Knuth's linear congruences.
    private static string Text()
    {
        var (text, state) = (new StringBuilder(), 1UL);
        for (var i = 0; i < 1500 * 12; i++)
        {
            state = state * 6364136223846793005 + 1442695040888963407;
            var u = (state >> 40) / (double)(1 << 24);
            var rank = (int)(300 * u * u * u);
            text.Append((char)('a' + rank / 26)).Append((char)('a' + rank % 26)).Append(i % 12 == 11 ? '\n' : ' ');
        }
        return text.ToString();
    }
}
