using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking.Shapes;

/// <summary>Where heads look, and what their weights do, on every shape.</summary>
public sealed class HeadTests
{
    private const int Layer = 1, Head = 3;

    private static readonly int[] Tokens = [3, 9, 3, 30, 9, 3];

    public static TheoryData<string> Names => ShapedModel.Names;

    [Theory, MemberData(nameof(Names))]
    public void Summaries_are_means_of_the_pattern_that_a_forward_has(string name)
    {
        using var model = new ShapedModel(name);
        var summaries = HeadSummary.Of(model.Gpt, new Prompts([Tokens]));
        Assert.Equal(12, summaries.Count);
        foreach (var summary in summaries)
        {
            var A = model.Read(Tokens, Activation.Pattern, summary.Layer)[(summary.Head * 6)..((summary.Head + 1) * 6)];
            Assert.Equal(Enumerable.Range(0, 6).Average(i => (double)A[i][i]), summary.Self, 1e-6);
            Assert.Equal(Enumerable.Range(1, 5).Average(i => (double)A[i][0]), summary.First, 1e-6);
            Assert.Equal(Enumerable.Range(1, 5).Average(i => (double)A[i][i - 1]), summary.PreviousToken, 1e-6);
            // 3 stands at 0, 2 and 5, 9 at 1 and 4.
            Assert.Equal((A[2][0] + A[4][1] + A[5][0] + A[5][2]) / 3.0, summary.DuplicateToken, 1e-6);
            Assert.Equal((A[2][1] + A[4][2] + A[5][1] + A[5][3]) / 3.0, summary.Induction, 1e-6);
            Assert.Equal(A.Average(row => -row.Where(weight => weight > 0).Sum(weight => weight * Math.Log(weight))),
                summary.Entropy, 1e-5);
        }
    }

    // Every row of what attention reads is the same, so that a head attends to it alone; what biases do is taken off again.
    [Theory, MemberData(nameof(Names))]
    public void A_head_moves_what_a_forward_says_it_moves(string name)
    {
        using var model = new ShapedModel(name);
        using var arena = new Arena(model.Gpt.Backend);
        var x = Vector(1);
        var (D, output) = (model.Config.HeadWidth, model.Values(ParameterRole.AttentionOutput, Layer)!);
        float[] Mixed(double[] read) =>
            model.Read(Tokens, Activation.Z, Layer, Reads(model, arena, _ => read))[^1][(Head * D)..((Head + 1) * D)];
        var value = Mixed(Read(model, x)).Zip(Mixed(new double[24]), (all, none) => all - none).ToArray();
        float[] moved =
            [.. Enumerable.Range(0, 24).Select(c => (float)value.Select((part, d) => part * output[(Head * D + d) * 24 + c]).Sum())];
        Near.AssertRelative(moved, new HeadCircuits(model.Gpt).Moves(Layer, Head, x), 1e-5, "moved");
    }

    [Theory, MemberData(nameof(Names))]
    public void A_pair_matches_as_much_as_the_scores_of_a_forward_say(string name)
    {
        using var model = new ShapedModel(name);
        using var arena = new Arena(model.Gpt.Backend);
        var (query, key) = (Vector(1), Vector(2));
        if (!model.HasPlainScores)
        {
            ShapedModel.AssertRefused(() => new HeadCircuits(model.Gpt).Matches(Layer, Head, query, key), "how much a head likes a pair");
            return;
        }
        // The query reads at position 5 and the key at 4, which every window here holds.
        double Score(float[]? asks, float[]? has) => model.Read(Tokens, Activation.AttnScores, Layer, Reads(model, arena, position =>
            position == 5 && asks is not null ? Read(model, asks) : position == 4 && has is not null ? Read(model, has) : new double[24]))[
                Head * 6 + 5][4];
        var expected = Score(query, key) - Score(query, null) - Score(null, key) + Score(null, null);
        Assert.Equal(expected, new HeadCircuits(model.Gpt).Matches(Layer, Head, query, key), 1e-4 * Math.Max(1, Math.Abs(expected)));
    }

    [Theory, MemberData(nameof(Names))]
    public void Token_by_token_circuits_are_those_of_the_tables(string name)
    {
        using var model = new ShapedModel(name);
        var circuits = new HeadCircuits(model.Gpt);
        if (!model.IsSum)
        {
            ShapedModel.AssertRefused(() => circuits.Writes(Layer, Head, 4, 3),
                "what a head writes token by token");
            ShapedModel.AssertRefused(() => circuits.Matches(Layer, Head, 4, 9),
                "what a head looks for token by token");
            return;
        }
        float[] Standard(int token) =>
            [.. (model.Config.Norm.Exists ? model.Normalised(model.Embedding(token), null, null) : model.Embedding(token))
                .Select(value => (float)value)];
        if (model.HasPlainScores)
            Assert.Equal(circuits.Matches(Layer, Head, Standard(4), Standard(9)), circuits.Matches(Layer, Head, 4, 9), 1e-4);
        else
            ShapedModel.AssertRefused(() => circuits.Matches(Layer, Head, 4, 9), "how much a head likes a pair");
        // Without the bias of the last LayerNorm, and whatever its deviation.
        var logits = model.Output([.. circuits.Moves(Layer, Head, Standard(4)).Select(value => (double)value)], deviation: 1, bias: false);
        Assert.Equal(Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).Take(3),
            circuits.Writes(Layer, Head, 4, 3));
    }

    [Theory, MemberData(nameof(Names))]
    public void Copy_scores_are_what_a_head_says_where_it_reads_a_token_alone(string name)
    {
        using var model = new ShapedModel(name);
        using var arena = new Arena(model.Gpt.Backend);
        using var cache = ActivationCache.Record(model.Gpt, new Prompts([Tokens]),
            (activation, layer) => activation == Activation.ResidPost && layer == 0);
        var (circuits, places) = (new HeadCircuits(model.Gpt), Enumerable.Range(0, 6).Select(position => (0, position)).ToList());
        if (!model.IsSum)
        {
            ShapedModel.AssertRefused(() => circuits.CopyScore(Layer, Head, cache, places), "a copy score");
            return;
        }
        var (D, group) = (model.Config.HeadWidth, Head / (4 / model.Config.KeyValueHeads));
        var read = model.Rows(arena, 6, position => cache.Row(Activation.ResidPost, 0, 0, position).Select(value => (double)value));
        var values = model.Read(Tokens, Activation.V, 2, new TapEdit(Activation.ResidPre, 2, EditOperation.Replace, read));
        var z = model.Rows(arena, 6,
            position => Enumerable.Range(0, 4 * D).Select(c => c / D == Head ? (double)values[position][group * D + c % D] : 0));
        var bias = model.Values(ParameterRole.AttentionOutputBias, 2);
        var ranks = model.Read(Tokens, Activation.AttnOut, 2, new TapEdit(Activation.Z, 2, EditOperation.Replace, z))
            .Select((said, position) =>
        {
            var logits = model.Output([.. said.Select((value, c) => value - (bias?[c] ?? 0))]);
            return logits.Count(logit => logit > logits[Tokens[position]]);
        }).ToArray();
        foreach (var top in (int[])[1, 5, 15, 25])
            Assert.Equal(ranks.Average(rank => rank < top ? 1.0 : 0), circuits.CopyScore(2, Head, cache, places, top), 9);
        Assert.Contains(ranks, rank => rank < 25);
    }

    [Theory, MemberData(nameof(Names))]
    public void Composition_is_the_ratio_of_norms_of_whole_matrices(string name)
    {
        using var model = new ShapedModel(name);
        var circuits = new HeadCircuits(model.Gpt);
        if (!model.IsSum)
        {
            ShapedModel.AssertRefused(() => circuits.Composition((0, 1), (2, Head), Activation.Q),
                "composition of heads");
            return;
        }
        var writes = Product(In(model, 0, 1, Activation.V), Out(model, 0, 1));
        foreach (var part in (Activation[])[Activation.Q, Activation.K, Activation.V])
        {
            var reads = Product(In(model, 2, Head, part), part == Activation.V ? Out(model, 2, Head)
                : Turned(In(model, 2, Head, part == Activation.Q ? Activation.K : Activation.Q)));
            Assert.Equal(Norm(Product(writes, reads)) / (Norm(writes) * Norm(reads)), circuits.Composition((0, 1), (2, Head), part), 1e-5);
        }
    }

    private static float[] Vector(uint which) => [.. Enumerable.Range(0, 24).Select(c => CounterRandom.Normal(17, which, 0, (ulong)c))];

    // What attention reads of a vector of the stream, but for deviation and bias.
    private static double[] Read(ShapedModel model, float[] x) => model.Config.Norm.OfInput
        ? model.Normalised([.. x.Select(value => (double)value)], model.Values(ParameterRole.AttentionNormGain, Layer), null, deviation: 1)
        : [.. x.Select(value => (double)value)];

    private static TapEdit Reads(ShapedModel model, Arena arena, Func<int, double[]> row) =>
        new(Activation.Ln1, Layer, EditOperation.Replace, model.Rows(arena, 6, row));

    // A head's input weights by hand, (C, D): columns of queries, then keys, then values; gain multiplied in, and centred.
    private static double[][] In(ShapedModel model, int layer, int head, Activation part)
    {
        var (config, all) = (model.Config, model.Values(ParameterRole.AttentionInput, layer)!);
        var (D, H, K, gain) = (config.HeadWidth, config.Heads, config.KeyValueHeads, model.Values(ParameterRole.AttentionNormGain, layer));
        var first = part switch { Activation.Q => head * D, Activation.K => (H + head / (H / K)) * D, _ => (H + K + head / (H / K)) * D };
        var weight = Enumerable.Range(0, 24)
            .Select(c => Enumerable.Range(0, D).Select(d => all[c * (H + 2 * K) * D + first + d] * (gain?[c] ?? 1)).ToArray()).ToArray();
        return model.IsCentred ? Turned(Centred(Turned(weight))) : weight;
    }

    private static double[][] Out(ShapedModel model, int layer, int head)
    {
        var (D, all) = (model.Config.HeadWidth, model.Values(ParameterRole.AttentionOutput, layer)!);
        var weight = Enumerable.Range(0, D).Select(d => all[((head * D + d) * 24)..((head * D + d + 1) * 24)]).ToArray();
        return model.IsCentred ? Centred(weight) : weight;
    }

    private static double[][] Centred(double[][] rows) => [.. rows.Select(row => row.Select(value => value - row.Average()).ToArray())];

    private static double[][] Turned(double[][] rows) =>
        [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Select(row => row[c]).ToArray())];

    private static double[][] Product(double[][] a, double[][] b) =>
        [.. a.Select(row => Enumerable.Range(0, b[0].Length).Select(c => row.Select((value, i) => value * b[i][c]).Sum()).ToArray())];

    private static double Norm(double[][] matrix) => Math.Sqrt(matrix.Sum(row => row.Sum(value => value * value)));
}
