using System.Text;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Words;
using Pellucid.Worlds;

namespace Pellucid.Tests.Words;

public sealed class Word2VecTrainerTests
{
    // Skip-gram with negative sampling has its optimum where w · c = ln P(c|w) − ln q(c) − ln k (Levy and Goldberg 2014).
    // A noise word that is the target itself is left out, as in the original: odds of c take the place of P(c|w).
    [Fact]
    public void Skip_gram_with_negative_sampling_finds_the_fixed_point_of_a_known_joint_distribution()
    {
        const int V = 8, negative = 2;
        var counts = new int[V, V];
        for (var a = 0; a < V; a++)
            for (var b = 0; b < V; b++)
                counts[a, b] = 60 + 20 * ((a + 1) * (b + 1) % 5) + (a == b ? 40 : 0);
        var pairs = (from a in Enumerable.Range(0, V) from b in Enumerable.Range(0, V)
            from n in Enumerable.Range(0, counts[a, b]) select (a, b)).ToArray();
        new Random(1).Shuffle(pairs);
        using var files = new TextFile();
        var corpus = files.Corpus(string.Concat(pairs.Select(pair => $"w{pair.a} w{pair.b}\n")));
        var vocabulary = TextFile.Learn(corpus, 1);
        using var trainer = new Word2VecTrainer(corpus, vocabulary, new Word2VecOptions
        {
            SkipGram = true, Negative = negative, Size = 16, Window = 1, Sample = 0, Epochs = 150, LearningRate = 0.2f, Threads = 2
        });
        trainer.Run(cancellation: TestContext.Current.CancellationToken);

        int Word(int number) => vocabulary.Words.Find($"w{number}");
        var noise = new double[vocabulary.Words.Count];
        for (var slot = 0; slot < UnigramSampler.Slots; slot += 1000)
            noise[trainer.Weights.Sampler!.WordOf(slot)] += 1000.0 / UnigramSampler.Slots;
        var worst = 0.0;
        for (var w = 0; w < V; w++)
        {
            double Together(int c) => counts[w, c] + counts[c, w];
            var total = Enumerable.Range(0, V).Sum(Together);
            for (var c = 0; c < V; c++)
            {
                var wanted = Math.Log(Together(c) / (total - Together(c))) - Math.Log(noise[Word(c)] + noise[0] / V) - Math.Log(negative);
                var learned = System.Numerics.Tensors.TensorPrimitives.Dot<float>(trainer.Weights.Input[Word(w)],
                    trainer.Weights.NegativeOutput![Word(c)]);
                worst = Math.Max(worst, Math.Abs(wanted - learned));
            }
        }
        Assert.InRange(worst, 0, 0.1);
    }

    [Theory]
    [InlineData(Word2VecMode.Deterministic, false, false)]
    [InlineData(Word2VecMode.Deterministic, true, false)]
    [InlineData(Word2VecMode.Fast, true, false)]
    [InlineData(Word2VecMode.Exact, true, true)]
    public void Planted_analogies_are_answered(Word2VecMode mode, bool skipGram, bool tree)
    {
        // A word has an entity and a relation, and each of both has company of its own.
        const int entities = 12, relations = 4, company = 6;
        var random = new Random(5);
        var text = new StringBuilder();
        for (var sentence = 0; sentence < 12_000; sentence++)
        {
            var (e, r) = (random.Next(entities), random.Next(relations));
            text.Append($"e{e}x{random.Next(company)} r{r}x{random.Next(company)} e{e}r{r} e{e}x{random.Next(company)} "
                + $"r{r}x{random.Next(company)}\n");
        }
        using var files = new TextFile();
        var corpus = files.Corpus(text.ToString());
        var vectors = Train(corpus, new Word2VecOptions
        {
            SkipGram = skipGram, HierarchicalSoftmax = tree, Negative = tree ? 0 : 5, Size = 32, Window = 4, Sample = 0, Epochs = 8,
            Mode = mode, Threads = 2
        });
        var questions = (from a in Enumerable.Range(0, entities) from b in Enumerable.Range(0, entities) where a != b
            from r in Enumerable.Range(1, relations - 1) select ($"e{a}r0", $"e{a}r{r}", $"e{b}r0", $"e{b}r{r}")).ToArray();
        using var backend = TestBackends.CreateCpu(TestBackends.WidestCpu, threads: 1);
        var score = AnalogyScore.Evaluate(vectors, [new AnalogyCategory("planted", questions)], 0, backend).Single();
        Assert.Equal(questions.Length, score.Seen);
        Assert.InRange(score.Accuracy, 0.95, 1);
    }

    public static TheoryData<string> Instructions => TestBackends.CpuNames;

    [Theory]
    [MemberData(nameof(Instructions))]
    public void One_seed_gives_the_same_bits_on_any_number_of_threads(string instructions)
    {
        using var files = new TextFile();
        var corpus = files.Corpus(new MicroWorld(1).Text(60_000), TextForm.Letters);
        foreach (var (skipGram, tree) in ((bool, bool)[])[(false, false), (true, false), (true, true)])
        {
            float[] Vectors(int threads, ulong seed) => Values(Train(corpus, new Word2VecOptions
            {
                SkipGram = skipGram, HierarchicalSoftmax = tree, Size = 24, Epochs = 1, Threads = threads, Seed = seed
            }, Enum.Parse<CpuInstructions>(instructions)));
            var one = Vectors(1, seed: 1);
            Assert.Equal(one, Vectors(2, seed: 1));
            Assert.Equal(one, Vectors(3, seed: 1));
            Assert.NotEqual(one, Vectors(1, seed: 2));
        }
    }

    [Fact]
    public void Interrupted_training_keeps_what_it_has()
    {
        using var files = new TextFile();
        var corpus = files.Corpus(new MicroWorld(1).Text(200_000), TextForm.Letters);
        foreach (var mode in Enum.GetValues<Word2VecMode>())
        {
            using var stop = new CancellationTokenSource();
            using var trainer = new Word2VecTrainer(corpus, TextFile.Learn(corpus, 5),
                new Word2VecOptions { Size = 16, Epochs = 1000, Mode = mode, Threads = 2 });
            var words = 0L;
            Assert.Throws<OperationCanceledException>(() => trainer.Run(progress =>
            {
                words = progress.Words;
                if (words > 30_000)
                    stop.Cancel();
            }, stop.Token));
            Assert.InRange(words, 30_000, 1_000_000);
            Assert.True(trainer.ToVectors().Count > 100);
        }
    }

    [Fact]
    public void Progress_ends_with_every_word_read()
    {
        using var files = new TextFile();
        var corpus = files.Corpus(new MicroWorld(1).Text(100_000), TextForm.Letters);
        var vocabulary = TextFile.Learn(corpus, 5);
        foreach (var mode in Enum.GetValues<Word2VecMode>())
        {
            using var trainer = new Word2VecTrainer(corpus, vocabulary,
                new Word2VecOptions { Size = 8, Epochs = 3, Mode = mode, Threads = 3 });
            var reports = new List<Word2VecProgress>();
            trainer.Run(reports.Add, TestContext.Current.CancellationToken);
            Assert.Equal(3 * vocabulary.TotalCount, reports[^1].Words);
            Assert.Equal(reports[^1].Words, reports[^1].TotalWords);
            Assert.Equal(0.05e-4, reports[^1].LearningRate, 1e-7);
        }
    }

    [Fact]
    public void Training_that_diverges_says_so()
    {
        using var files = new TextFile();
        var corpus = files.Corpus(new MicroWorld(1).Text(60_000), TextForm.Letters);
        using var trainer = new Word2VecTrainer(corpus, TextFile.Learn(corpus, 5), new Word2VecOptions { Size = 8, LearningRate = 1e30f });
        Assert.Contains("training diverged",
            Assert.Throws<InvalidDataException>(() => trainer.Run(cancellation: TestContext.Current.CancellationToken)).Message,
            StringComparison.Ordinal);
    }

    private static float[] Values(WordVectors vectors) =>
        [.. Enumerable.Range(0, vectors.Count).SelectMany(word => vectors[word].ToArray())];

    private static WordVectors Train(Corpus corpus, Word2VecOptions options, CpuInstructions? instructions = null)
    {
        using var trainer = new Word2VecTrainer(corpus, TextFile.Learn(corpus, 5), options, instructions ?? CpuBackend.Supported[0]);
        trainer.Run(cancellation: TestContext.Current.CancellationToken);
        return trainer.ToVectors();
    }
}
