using Pellucid.Words;
using Pellucid.Worlds;

namespace Pellucid.Tests.Words;

public sealed class ExactUpdateTests
{
    // What word2vec.c itself (its last public version, gcc -O2 -ffp-contract=off) made of the micro-world in small letters
    // with -size 20 -window 5 -sample 1e-2 -threads 1 -iter 1 -min-count 5, defaults otherwise: the first three numbers of some words.
    public static TheoryData<bool, bool, string, float[]> Recorded => new()
    {
        { false, false, "the", [-0.22944796085357666f, -1.2949285507202148f, 1.299877643585205f] },
        { false, false, "baker", [-0.27452757954597473f, -0.3110649585723877f, 0.49676740169525146f] },
        { true, false, "the", [-0.08233131468296051f, -0.6852020025253296f, 0.32174748182296753f] },
        { true, false, "paris", [-0.2427523136138916f, -0.2325139343738556f, 0.40062087774276733f] },
        { false, true, "paris", [0.08144035935401917f, -0.10683178901672363f, -0.228477343916893f] },
        { false, true, "baker", [0.3631332218647003f, 0.10349122434854507f, -0.16713301837444305f] },
        { true, true, "the", [0.018231883645057678f, -0.3983059525489807f, -0.3909856975078583f] },
        { true, true, "baker", [-0.1778499335050583f, -0.07214077562093735f, -0.048029325902462006f] },
    };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void One_epoch_gives_the_bits_of_the_original(bool skipGram, bool tree, string word, float[] recorded)
    {
        using var files = new TextFile();
        var corpus = files.Corpus(new MicroWorld(1).Text(100_000), TextForm.Letters);
        var options = new Word2VecOptions { SkipGram = skipGram, HierarchicalSoftmax = tree, Negative = tree ? 0 : 5, Size = 20, Sample = 1e-2f, Epochs = 1, Mode = Word2VecMode.Exact };
        using var trainer = new Word2VecTrainer(corpus, TextFile.Learn(corpus, 5), options);
        trainer.Run(cancellation: TestContext.Current.CancellationToken);
        var vectors = trainer.ToVectors();
        Assert.Equal(recorded, vectors[vectors.Find(word)][..3].ToArray());
    }
}
