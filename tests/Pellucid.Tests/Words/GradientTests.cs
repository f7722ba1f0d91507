using Pellucid.Tensors.Cpu;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

/// <summary>Both updates against finite differences of the loss in double precision,
/// in all four modes and with both outputs at once.</summary>
public sealed class GradientTests
{
    private const int Width = 21; // not a multiple of any register
    private const double Step = 1e-6;

    public static TheoryData<string, bool, bool, int> Modes()
    {
        var data = new TheoryData<string, bool, bool, int>();
        foreach (var update in (string[])["exact", .. CpuBackend.Supported.Select(set => set.ToString())])
            foreach (var skipGram in (bool[])[false, true])
            {
                data.Add(update, skipGram, false, 4);
                data.Add(update, skipGram, true, 0);
                data.Add(update, skipGram, true, 3);
            }
        return data;
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void An_update_is_the_gradient_times_the_rate(string update, bool skipGram, bool tree, int negative)
    {
        using var files = new TextFile();
        var vocabulary = Vocabulary.Read(files.Write("v", "a 90\nb 60\nc 50\nd 20\ne 10\nf 9\ng 5\n"));
        var options = new Word2VecOptions
        {
            SkipGram = skipGram, HierarchicalSoftmax = tree, Negative = negative, Size = Width, Window = 3, Seed = 5
        };
        using var weights = new Word2VecWeights(vocabulary, options);
        Fill(weights);
        var before = new Snapshot(weights, skipGram);
        var terms = update == "exact" ? UpdateExactly(weights, options)
            : UpdateBatch(Enum.Parse<CpuInstructions>(update), weights, options);
        var rate = update == "exact" ? 1e-3 : 0.5;
        var after = new Snapshot(weights, skipGram);
        var numbers = 0;
        foreach (var (matrix, row, d) in before.Places())
        {
            var moved = (after.Matrices[matrix][row][d] - before.Matrices[matrix][row][d]) / rate;
            var gradient = -before.Derivative(matrix, row, d, Step, copy => copy.Loss(terms, weights.Tree));
            // word2vec adds the error of the mean to every neighbour undivided: their number times the gradient.
            // So the terms' share is counted one by one.
            if (matrix == 0 && !skipGram)
                gradient = -terms.Sum(term =>
                    term.Contexts.Length * before.Derivative(matrix, row, d, Step, copy => copy.Loss([term], weights.Tree)));
            Assert.True(Math.Abs(moved - gradient) < 2e-3, $"matrix {matrix} row {row} column {d}: {moved} is not {gradient}");
            numbers += Math.Abs(gradient) > 1e-2 ? 1 : 0;
        }
        Assert.True(numbers > Width);
    }

    // One neighbour only: the exact update of a second one would see the first one's.
    private static Term[] UpdateExactly(Word2VecWeights weights, Word2VecOptions options)
    {
        int[] sentence = options.SkipGram ? [3, 2] : [1, 3, 4, 2];
        var position = options.SkipGram ? 0 : 1;
        new ExactUpdate(weights, options, sigmoidBins: 1 << 20).Train(sentence, position, 1e-3f);
        var random = new OriginalRandom(options.Seed - 1);
        var reach = options.Window - (int)(random.Next() % (ulong)options.Window);
        var contexts = sentence.Where((_, at) => at != position && Math.Abs(at - position) <= reach).ToArray();
        return [new Term(sentence[position], contexts,
            [.. Enumerable.Range(0, options.Negative).Select(_ => weights.Sampler!.Sample(random.Next()))])];
    }

    private static Term[] UpdateBatch(CpuInstructions instructions, Word2VecWeights weights, Word2VecOptions options)
    {
        int[] sentence = [1, 3, 3, 2, 5, 1, 6];
        var batch = new WordBatch(mostCentres: 3, options.Window, options.Negative);
        batch.Add(sentence, 0, 0, 1);
        batch.Add(sentence, 3, 1, 6);
        batch.Add(sentence, 6, 4, 6);
        int[] noise = [4, 2, 4, 7];
        noise.AsSpan(0, options.Negative).CopyTo(batch.Negatives);
        switch (instructions)
        {
            case CpuInstructions.Avx512: Train<Lanes512>(weights, options, batch); break;
            case CpuInstructions.Avx2: Train<Lanes256>(weights, options, batch); break;
            default: Train<Lanes128>(weights, options, batch); break;
        }
        return [.. Enumerable.Range(0, 3).Select(centre =>
            new Term(batch.Centres[centre], batch.Contexts[batch.Starts[centre]..batch.Starts[centre + 1]].ToArray(), batch.Negatives))];
    }

    // In place, paths of several centres would see each other's changes; what is applied later is the plain sum.
    private static void Train<T>(Word2VecWeights weights, Word2VecOptions options, WordBatch batch) where T : unmanaged, ISimd<T>
    {
        var later = options.HierarchicalSoftmax ? new RowUpdates(weights.Input.Stride) : null;
        new BatchedUpdate<T>(weights, options, mostCentres: 3, later).Train(batch, 0.5f);
        later?.Apply<T>(0, 2);
        later?.Apply<T>(1, 2);
    }

    private static void Fill(Word2VecWeights weights)
    {
        var random = new Random(7);
        foreach (var matrix in (WordMatrix?[])[weights.Input, weights.NegativeOutput, weights.TreeOutput])
            for (var row = 0; row < (matrix?.Rows ?? 0); row++)
                foreach (ref var value in matrix![row])
                    value = random.NextSingle() - 0.5f;
    }

    /// <summary>A centre, its neighbours, and noise words.</summary>
    private sealed record Term(int Centre, int[] Contexts, int[] Negatives);

    private sealed class Snapshot(Word2VecWeights weights, bool skipGram)
    {
        public double[][][] Matrices { get; } =
            [.. ((WordMatrix?[])[weights.Input, weights.NegativeOutput, weights.TreeOutput]).Select(matrix =>
                Enumerable.Range(0, matrix?.Rows ?? 0)
                    .Select(row => matrix![row].ToArray().Select(value => (double)value).ToArray()).ToArray())];

        public IEnumerable<(int Matrix, int Row, int Column)> Places() =>
            from matrix in Enumerable.Range(0, 3) from row in Enumerable.Range(0, Matrices[matrix].Length)
                from d in Enumerable.Range(0, Width) select (matrix, row, d);

        public double Derivative(int matrix, int row, int d, double step, Func<Snapshot, double> loss)
        {
            ref var value = ref Matrices[matrix][row][d];
            var kept = value;
            value = kept + step;
            var above = loss(this);
            value = kept - step;
            var below = loss(this);
            value = kept;
            return (above - below) / (2 * step);
        }

        public double Loss(Term[] terms, HuffmanTree? tree) =>
            terms.Sum(term => (skipGram ? term.Contexts.Select(context => Matrices[0][context]) : [Mean(term.Contexts)])
                .Sum(hidden => Loss(hidden, term, tree)));

        private double Loss(double[] hidden, Term term, HuffmanTree? tree)
        {
            var loss = 0.0;
            if (Matrices[1].Length > 0)
                loss -= LogSigmoid(Dot(hidden, Matrices[1][term.Centre]))
                    + term.Negatives.Where(noise => noise != term.Centre).Sum(noise => LogSigmoid(-Dot(hidden, Matrices[1][noise])));
            if (tree is not null)
                for (var d = 0; d < tree.Path(term.Centre).Length; d++)
                    loss -= LogSigmoid((1 - 2 * tree.Code(term.Centre)[d]) * Dot(hidden, Matrices[2][tree.Path(term.Centre)[d]]));
            return loss;
        }

        private double[] Mean(int[] contexts) =>
            [.. Enumerable.Range(0, Width).Select(d => contexts.Average(context => Matrices[0][context][d]))];

        private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

        private static double LogSigmoid(double x) => -Math.Log(1 + Math.Exp(-x));
    }
}
