using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

public sealed class PatchingTests
{
    private const int Length = 9;

    private static readonly PromptPair[] Pairs =
    [
        new(new Question(SmallGpt.Tokens(Length), 5, 11), SmallGpt.Tokens(Length, 1)),
        new(new Question(SmallGpt.Tokens(Length, 2), 3, 30), SmallGpt.Tokens(Length, 3)),
    ];

    public static TheoryData<string, Activation, PatchAxes> Sweeps =>
        [.. from row in TestBackends.CpuNames from sweep in PatchSweep.Table
            select new TheoryDataRow<string, Activation, PatchAxes>(row.Data, sweep.Activation, sweep.Axes)];

    [Theory, MemberData(nameof(Sweeps))]
    public void Every_cell_equals_a_whole_forward_of_its_own_bit_for_bit(string name, Activation activation, PatchAxes axes)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        using var kept = new Arena(backend);
        var sources = Pairs.SelectMany(pair =>
            Enumerable.Range(0, 2).Select(layer => PlainRun.Keep(model, kept, pair.Source, activation, layer))).ToArray();
        var result = ActivationPatching.Run(model.Gpt, Pairs, new PatchSweep(activation, axes));
        var whole = Pairs.Select(pair => PlainRun.LogitDifference(model, pair.Base.Tokens, pair.Base.Right, pair.Base.Wrong)).ToArray();
        Assert.Equal(Estimate.Of(whole), result.Base);
        Assert.Equal(Estimate.Of([.. Pairs.Select(pair => PlainRun.LogitDifference(model, pair.Source, pair.Base.Right, pair.Base.Wrong))]),
            result.Source);
        foreach (var cell in result.Cells)
        {
            var effects = Pairs.Select((pair, prompt) =>
            {
                var (row, count) = cell.Position < 0 ? (0, Length) : (cell.Position, 1);
                var edit = new TapEdit(activation, cell.Layer, EditOperation.Replace,
                    sources[prompt * 2 + cell.Layer], 1, row, count, cell.Head);
                return PlainRun.LogitDifference(model, pair.Base.Tokens, pair.Base.Right, pair.Base.Wrong, new Taps().Edit(edit))
                    - whole[prompt];
            });
            Assert.Equal(Estimate.Of([.. effects]), cell.Effect);
        }
        Assert.Contains(result.Cells, cell => cell.Effect.Mean != 0);
    }

    [Fact]
    public void Patching_a_prompt_with_itself_is_exactly_nothing()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        foreach (var sweep in PatchSweep.Table)
            Assert.All(ActivationPatching.Run(model.Gpt, [.. Pairs.Select(pair => pair with { Source = pair.Base.Tokens })], sweep).Cells,
                cell => Assert.Equal(0, cell.Effect.Mean));
    }

    // With prompts that hardly differ the model is linear enough for the gradient.
    [Fact]
    public void Attribution_patching_is_the_slope_of_activation_patching()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        Nudge(model);
        var pairs = new[] { new PromptPair(new Question([1, 2, 3, 4, 5, 6], 5, 11), [1, 2, 36, 4, 5, 6]) };
        foreach (var sweep in PatchSweep.Table.Where(sweep =>
            sweep.Activation is not Activation.AttnScores || sweep.Axes != PatchAxes.HeadsAndPositions))
        {
            var (exact, slope) = (ActivationPatching.Run(model.Gpt, pairs, sweep), AttributionPatching.Run(model.Gpt, pairs, sweep));
            Assert.Equal(exact.Base, slope.Base);
            var scale = exact.Cells.Max(cell => Math.Abs(cell.Effect.Mean));
            foreach (var (a, b) in exact.Cells.Zip(slope.Cells))
                Assert.True(Math.Abs(a.Effect.Mean - b.Effect.Mean) < 0.05 * scale + 1e-5,
                    $"{sweep} {a}: {a.Effect.Mean} against {b.Effect.Mean}");
        }
    }

    [Fact]
    public void Pairs_that_do_not_align_and_activations_without_heads_are_refused()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend);
        string Refusal(PatchSweep sweep, params PromptPair[] pairs) =>
            Assert.Throws<ArgumentException>(() => ActivationPatching.Run(model.Gpt, pairs, sweep)).Message;
        Assert.Equal("positions must align, but prompt 2 has 3 tokens and its counterpart 2",
            Refusal(new(Activation.Z, PatchAxes.Heads), Pairs[0], new(new Question([1, 2, 3], 1, 2), [1, 2])));
        Assert.Equal("positions must align, but prompt 1 has 9 tokens and prompt 2 has 2",
            Refusal(new(Activation.Z, PatchAxes.Heads), Pairs[0], new(new Question([1, 2], 1, 2), [1, 2])));
        Assert.Contains("has no heads", Refusal(new(Activation.MlpOut, PatchAxes.Heads), Pairs), StringComparison.Ordinal);
    }

    // Token 36 becomes token 3 and a little.
    private static void Nudge(SmallGpt model)
    {
        var table = model.Gpt[ParameterRole.TokenTable];
        var row = new float[24];
        model.Backend.Read(table.RowRange(3, 1), row);
        row[4] += 0.01f;
        row[9] -= 0.01f;
        model.Backend.Write(row, table.RowRange(36, 1));
    }
}
