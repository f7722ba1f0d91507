using System.Numerics.Tensors;
using Pellucid.Tensors;
using Tensor = Pellucid.Tensors.Tensor;

namespace Pellucid.Words;

/// <summary>How many questions of a kind were answered, and how many of those rightly.</summary>
/// <param name="Name">The category.</param>
/// <param name="Total">Questions in the file.</param>
/// <param name="Seen">Questions whose four words are all known.</param>
/// <param name="Correct">Right answers.</param>
public sealed record AnalogyScore(string Name, int Total, int Seen, int Correct)
{
    private const long MostScores = 16 << 20; // floats held at a time

    /// <summary>Correct / Seen; 0 when none was seen.</summary>
    public double Accuracy => Seen == 0 ? 0 : (double)Correct / Seen;

    /// <summary>Seen / Total.</summary>
    public double Coverage => Total == 0 ? 0 : (double)Seen / Total;

    /// <summary>Whether it asks for grammar rather than facts.</summary>
    public bool IsSyntactic => Name.StartsWith("gram", StringComparison.Ordinal);

    /// <summary>Several categories as one.</summary>
    public static AnalogyScore Sum(string name, IEnumerable<AnalogyScore> scores) =>
        scores.Aggregate(new AnalogyScore(name, 0, 0, 0),
            (sum, score) => new(name, sum.Total + score.Total, sum.Seen + score.Seen, sum.Correct + score.Correct));

    /// <summary>
    /// Answers questions by the rules of compute-accuracy.c: upper case everywhere, only the first
    /// <paramref name="top"/> words count (all when 0), a question with any of its four words beyond them is skipped, the
    /// three words asked with cannot be the answer, of equal scores the first word wins, and a score must be above 0.
    /// </summary>
    public static IReadOnlyList<AnalogyScore> Evaluate(WordVectors vectors, IReadOnlyList<AnalogyCategory> categories, int top,
        Backend backend, AnalogyMethod method = AnalogyMethod.Add)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(categories);
        var V = top > 0 ? Math.Min(top, vectors.Count) : vectors.Count;
        var words = new UpperCaseWords(vectors.Words, V);
        using var arena = new Arena(backend);
        var table = arena.Allocate(new Shape(V, vectors.Size));
        var units = WordVectors.Allocate(V, vectors.Size);
        for (var word = 0; word < V; word++)
            vectors.Unit(word).CopyTo(units, word * vectors.Size);
        backend.Write(units, table);
        return [.. categories.Select(category =>
        {
            var known = category.Questions.Select(q => (A: words.Find(q.A), B: words.Find(q.B), C: words.Find(q.C), D: words.Find(q.D)))
                .Where(q => q.A >= 0 && q.B >= 0 && q.C >= 0 && q.D >= 0).ToArray();
            var queries = new QueryScores(units, vectors.Size, table, backend, method);
            var chunk = (int)Math.Clamp(MostScores / V, 1, 512);
            // The answer counts by its letters: another spelling of the same word in upper case is right too.
            var correct = known.Chunk(chunk).Sum(questions =>
                queries.Answers(questions).Zip(questions).Count(pair => pair.First >= 0 && words.Same(pair.First, pair.Second.D)));
            return new AnalogyScore(category.Name, category.Questions.Count, known.Length, correct);
        })];
    }

    private sealed class QueryScores(float[] units, int size, Tensor table, Backend backend, AnalogyMethod method)
    {
        private int V => table.Shape[0];

        public int[] Answers((int A, int B, int C, int D)[] questions)
        {
            var scores = method == AnalogyMethod.Add ? AddScores(questions) : MultiplyScores(questions);
            return [.. questions.Select((question, row) =>
            {
                var all = scores.AsSpan(row * V, V);
                all[question.A] = all[question.B] = all[question.C] = float.NegativeInfinity;
                var best = TensorPrimitives.IndexOfMax<float>(all);
                return best >= 0 && all[best] > 0 ? best : -1;
            })];
        }

        private float[] AddScores((int A, int B, int C, int D)[] questions)
        {
            var queries = new float[questions.Length * size];
            for (var row = 0; row < questions.Length; row++)
            {
                var query = queries.AsSpan(row * size, size);
                TensorPrimitives.Subtract(Unit(questions[row].B), Unit(questions[row].A), query);
                TensorPrimitives.Add(query, Unit(questions[row].C), query);
            }
            return Cosines(queries);
        }

        private float[] MultiplyScores((int A, int B, int C, int D)[] questions)
        {
            float[] Of(Func<(int A, int B, int C, int D), int> word) =>
                Cosines([.. questions.SelectMany(question => Unit(word(question)).ToArray())]);
            var (a, b, c) = (Of(q => q.A), Of(q => q.B), Of(q => q.C));
            WordVectors.CombineByMultiplying(a, b, c, b);
            return b;
        }

        private ReadOnlySpan<float> Unit(int word) => units.AsSpan(word * size, size);

        private float[] Cosines(float[] queries)
        {
            using var arena = new Arena(backend);
            var rows = queries.Length / size;
            var (x, y) = (arena.Allocate(new Shape(rows, size)), arena.Allocate(new Shape(rows, V)));
            backend.Write(queries, x);
            backend.Linear(x, table, transposed: true, bias: default, y);
            var scores = new float[(long)rows * V];
            backend.Read(y, scores);
            return scores;
        }
    }
}
