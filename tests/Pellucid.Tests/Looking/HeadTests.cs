using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

public sealed class HeadTests
{
    private static readonly string[] Words = ["John", "wants", "his", "bank", "to", "cash", "the", "check",
        "Mary", "her", "(John)", "(Mary)"];
    private const int His = 2, Bank = 3, TagOfJohn = 10, TagOfMary = 11;

    // Columns of the residual stream: an identity for each word, whose last two are the tags; then what a word is, and what it asks for.
    private const int IsMan = 12, IsWoman = 13, AsksForMan = 14, AsksForWoman = 15;

    public static TheoryData<string> Backends => TestBackends.Names;

    // The article's example: "his" asks who the man is, "John" answers, and what John is moves to "his".
    [Theory, MemberData(nameof(Backends))]
    public void A_head_built_by_hand_brings_John_to_his(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new ModelByHand(backend,
            new GptConfig { VocabularySize = Words.Length, Context = 8, Layers = 1, Heads = 1, Width = 16 });
        for (var word = 0; word < Words.Length; word++)
            model.Token(word, word);
        model.Token(0, IsMan).Token(8, IsWoman).Token(His, AsksForMan).Token(9, AsksForWoman);
        model.Reads(0, 0, 0, AsksForMan, 0, 8).Reads(0, 0, 1, IsMan, 0, 8).Reads(0, 0, 0, AsksForWoman, 1, 8).Reads(0, 0, 1, IsWoman, 1, 8);
        model.Reads(0, 0, 2, 0, 2, 1).Writes(0, 0, 2, TagOfJohn, 5).Reads(0, 0, 2, 8, 3, 1).Writes(0, 0, 3, TagOfMary, 5);
        var gpt = model.Finish();

        int[] sentence = [0, 1, His, Bank, 4, 5, 6, 7];
        using var cache = ActivationCache.Record(gpt, new Prompts([sentence, [8, 1, 0, 9]]));
        Assert.True(cache.Pattern(Activation.Pattern, 0, 0, 0)[2, 0] > 0.99);
        Assert.True(cache.Pattern(Activation.Pattern, 0, 0, 1)[3, 0] > 0.99);
        var readings = LogitLens.Read(gpt, new Prompts([sentence, [8, 1, 0, 9]]), midway: false);
        Assert.Equal(TagOfJohn,
            readings.Single(reading => reading is { Prompt: 0, Position: 2, Activation: Activation.ResidPost }).Top[0].Token);
        Assert.Equal(His, readings.Single(reading => reading is { Prompt: 0, Position: 2, Activation: Activation.ResidPre }).Top[0].Token);
        Assert.Equal(TagOfMary,
            readings.Single(reading => reading is { Prompt: 1, Position: 3, Activation: Activation.ResidPost }).Top[0].Token);

        var circuits = new HeadCircuits(gpt);
        var (his, john, mary) = (Embedding(gpt, His), Embedding(gpt, 0), Embedding(gpt, 8));
        Assert.Equal((16.0, 0.0), (circuits.Matches(0, 0, his, john), circuits.Matches(0, 0, his, mary)));
        Assert.Equal(Enumerable.Range(0, 16).Select(c => c == TagOfJohn ? 5f : 0), circuits.Moves(0, 0, john));
    }

    // Layer 0, head 0 looks one back by position and writes who was there; layer 1, head 1 looks for that.
    [Fact]
    public void Detectors_find_a_previous_token_head_and_the_induction_head_that_composes_with_it()
    {
        const int V = 8, T = 16;
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new ModelByHand(backend, new GptConfig { VocabularySize = V, Context = T, Layers = 2, Heads = 2, Width = 64 });
        for (var token = 0; token < V; token++)
            model.Token(token, token).Reads(0, 0, 2, token, token, 1).Writes(0, 0, token, V + token, 1)
                .Reads(1, 1, 0, token, token, 50).Reads(1, 1, 1, V + token, token, 50).Reads(1, 1, 2, token, token, 1).Writes(
                    1, 1, token, 2 * V + token, 1);
        for (var position = 0; position < T; position++)
        {
            model.Position(position, 3 * V + position).Reads(0, 0, 1, 3 * V + position, position, 50);
            if (position > 0)
                model.Reads(0, 0, 0, 3 * V + position, position - 1, 50);
        }
        var gpt = model.Finish();
        int[] half = [3, 1, 6, 0, 2, 4, 5]; // after a first token, which has nothing before it and looks at itself
        var summaries = HeadSummary.Of(gpt, new Prompts([[7, .. half, .. half]]));
        HeadSummary Of(int layer, int head) => summaries.Single(summary => (summary.Layer, summary.Head) == (layer, head));
        Assert.True(Of(0, 0).PreviousToken > 0.99);
        Assert.True(Of(1, 1).Induction > 0.99);
        Assert.True(Of(0, 1).PreviousToken < 0.3 && Of(1, 0).Induction < 0.2 && Of(0, 0).DuplicateToken < 0.2);
        // a head without weights looks everywhere alike
        Assert.Equal(Enumerable.Range(1, 15).Average(seen => Math.Log(seen)), Of(1, 0).Entropy, 4);

        // The later head's keys read what the earlier one writes, and its queries and values do not.
        var circuits = new HeadCircuits(gpt);
        Assert.True(circuits.Composition((0, 0), (1, 1), Activation.K) > 0.3);
        Assert.Equal(0, circuits.Composition((0, 0), (1, 1), Activation.Q), 6);
        Assert.Equal(0, circuits.Composition((0, 0), (1, 1), Activation.V), 6);
    }

    [Fact]
    public void Composition_is_the_ratio_of_norms_of_the_full_matrices()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        var circuits = new HeadCircuits(model.Gpt);
        var weights = new Weights(model.Gpt);
        double[,] Product(float[] left, ReadOnlySpan<float> right)
        {
            var product = new double[24, 24];
            for (var i = 0; i < 24; i++)
            for (var j = 0; j < 24; j++)
            for (var d = 0; d < 8; d++)
                product[i, j] += left[i * 8 + d] * right[d * 24 + j];
            return product;
        }
        static double Norm(double[,] matrix) => Math.Sqrt(matrix.Cast<double>().Sum(value => value * value));
        var writes = Product(weights.InputOfStream(0, 1, Activation.V), weights.OutputToStream(0, 1));
        var turned = new float[8 * 24];
        for (var part = Activation.Q; part <= Activation.V; part++)
        {
            var other = weights.InputOfStream(1, 2, part == Activation.Q ? Activation.K : Activation.Q);
            for (var c = 0; c < 24; c++)
            for (var d = 0; d < 8; d++)
                turned[d * 24 + c] = other[c * 8 + d];
            var reads = Product(weights.InputOfStream(1, 2, part), part == Activation.V ? weights.OutputToStream(1, 2) : turned);
            var both = new double[24, 24];
            for (var i = 0; i < 24; i++)
            for (var j = 0; j < 24; j++)
            for (var k = 0; k < 24; k++)
                both[i, j] += writes[i, k] * reads[k, j];
            Assert.Equal(Norm(both) / (Norm(writes) * Norm(reads)), circuits.Composition((0, 1), (1, 2), part), 5);
        }
    }

    [Fact]
    public void A_head_that_moves_a_word_to_itself_copies_and_one_that_does_not_does_not()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new ModelByHand(backend, new GptConfig { VocabularySize = 8, Context = 8, Layers = 2, Heads = 2, Width = 16 });
        for (var token = 0; token < 8; token++)
            model.Token(token, token).Reads(1, 0, 2, token, token, 1).Writes(1, 0, token, token, 2)
                .Reads(1, 1, 2, token, token, 1).Writes(1, 1, token, token, -2);
        var gpt = model.Finish();
        using var cache = ActivationCache.Record(gpt, new Prompts([[3, 1, 6, 0]]),
            (activation, layer) => activation == Activation.ResidPost && layer == 0);
        var places = Enumerable.Range(0, 4).Select(position => (0, position)).ToList();
        var circuits = new HeadCircuits(gpt);
        Assert.Equal(1, circuits.CopyScore(1, 0, cache, places, top: 1));
        Assert.Equal(0, circuits.CopyScore(1, 1, cache, places, top: 1));
        Assert.Equal(1, circuits.CopyScore(1, 1, cache, places, top: 1, sign: -1));
    }

    private static float[] Embedding(Gpt gpt, int token)
    {
        var values = new float[gpt.Config.Width];
        gpt.Backend.Read(gpt[ParameterRole.TokenTable].RowRange(token, 1), values);
        return values;
    }
}
