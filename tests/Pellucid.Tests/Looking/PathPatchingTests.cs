using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

public sealed class PathPatchingTests
{
    private const int Length = 8;

    private static readonly GptConfig Config = SmallGpt.Config with { Layers = 3 };

    private static readonly PromptPair[] Pairs =
    [
        new(new Question(SmallGpt.Tokens(Length), 5, 11), SmallGpt.Tokens(Length, 1)),
        new(new Question(SmallGpt.Tokens(Length + 2, 2), 3, 30), SmallGpt.Tokens(Length + 2, 3)),
    ];

    private static readonly Sender[] Senders = [.. Sender.Heads(Config), new(0), new(2)];

    private static readonly Receiver[][] ReceiverSets =
        [[], [new(2, 1, Activation.Q)], [new(1, 0, Activation.K), new(2, 2, Activation.V)],
            [new(1, 2, Activation.V), new(1, 1, Activation.Q), new(2, 0, Activation.K)]];

    public static TheoryData<string, int, int, bool> Cases =>
        [.. from row in TestBackends.CpuNames from receivers in Enumerable.Range(0, ReceiverSets.Length)
            from position in new[] { -1, 3, -2 } from frozen in new[] { false, true }
            select new TheoryDataRow<string, int, int, bool>(row.Data, receivers, position, frozen)];

    [Theory, MemberData(nameof(Cases))]
    public void Every_effect_equals_four_whole_forwards_bit_for_bit(string name, int receivers, int position, bool freezeFeedForward)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend, Config);
        int[] positions = [.. Pairs.Select(pair => position == -2 ? pair.Base.Tokens.Length - 1 : position)];
        var effects = PathPatching.Run(model.Gpt, Pairs, Senders, ReceiverSets[receivers], positions, freezeFeedForward);
        using var kept = new Arena(backend);
        foreach (var effect in effects)
            Assert.Equal(Pairs.Select((pair, prompt) => FourPasses.Effect(model, kept, pair, effect.Sender, ReceiverSets[receivers],
                positions[prompt], freezeFeedForward)), effect.Effects);
        if (receivers > 1 || position != 3) // what is not the end reaches it only through a later layer
            Assert.Contains(effects, effect => effect.Effect.Mean != 0);
    }

    [Fact]
    public void A_source_equal_to_the_base_has_no_effect_along_any_path()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Config);
        foreach (var receivers in ReceiverSets)
            Assert.All(PathPatching.Run(model.Gpt, [.. Pairs.Select(pair => pair with { Source = pair.Base.Tokens })], Senders, receivers),
                effect => Assert.Equal(0, effect.Effect.Mean));
    }

    // All heads and the embedding changed at once, as the direct paths to the logits see them, are the source run itself.
    [Fact]
    public void All_heads_changed_with_the_embedding_are_the_other_prompt()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Config);
        using var kept = new Arena(backend);
        var (question, source) = (Pairs[0].Base, Pairs[0].Source);
        var taps = new Taps()
            .Edit(new TapEdit(Activation.ResidPre, 0, EditOperation.Replace, PlainRun.Keep(model, kept, source, Activation.ResidPre, 0)));
        for (var layer = 0; layer < 3; layer++)
            taps.Edit(new TapEdit(Activation.Z, layer, EditOperation.Replace, PlainRun.Keep(model, kept, source, Activation.Z, layer)));
        Assert.Equal(PlainRun.LogitDifference(model, source, question.Right, question.Wrong),
            PlainRun.LogitDifference(model, question.Tokens, question.Right, question.Wrong, taps));
    }

    // Without LayerNorm and feed-forward layers, the paths to the logits are linear, and the approximation is none.
    [Fact]
    public void The_linear_approximation_is_exact_where_the_model_is_linear()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend, Config with { Norm = NormShape.None, FeedForwardWidth = 0 });
        var heads = Sender.Heads(Config);
        foreach (var (exact, linear) in PathPatching.Run(model.Gpt, Pairs, heads, [])
            .Zip(LinearPathPatching.Run(model.Gpt, Pairs, heads, [])))
            Assert.Equal(exact.Effect.Mean, linear.Effect.Mean, 1e-4);
        Receiver[] values = [new(2, 1, Activation.V)]; // values act linearly too, once the pattern is given
        foreach (var (exact, linear) in PathPatching.Run(model.Gpt, Pairs, heads, values)
            .Zip(LinearPathPatching.Run(model.Gpt, Pairs, heads, values)))
            Assert.Equal(exact.Effect.Mean, linear.Effect.Mean, 1e-4);
    }

    [Fact]
    public void Heads_and_parts_that_do_not_exist_are_refused()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend, Config with { FeedForwardWidth = 0 });
        string Refusal(Sender sender, Receiver receiver) =>
            Assert.Throws<ArgumentException>(() => PathPatching.Run(model.Gpt, Pairs, [sender], [receiver])).Message;
        Assert.Equal("a receiver is the q, k or v of a head, not its z", Refusal(new(0, 0), new(1, 0, Activation.Z)));
        Assert.Equal("q exists in layers 0 to 2, not in 3", Refusal(new(0, 0), new(3, 0, Activation.Q)));
        Assert.Equal("this model has no feed-forward layers, and so no mlp_out", Refusal(new(0), new(1, 0, Activation.Q)));
    }
}
