using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Tensors;

namespace Pellucid.Tests.Models;

public sealed class TapsTests
{
    private static IEnumerable<Activation> Passed => Enum.GetValues<Activation>().Where(activation => activation.Exists(SmallGpt.Config));

    public static TheoryData<string> Backends => TestBackends.Names;

    [Theory, MemberData(nameof(Backends))]
    public void Every_named_activation_can_be_read_and_edited(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        var tokens = SmallGpt.Tokens(11);
        var plain = model.Logits(rows => rows.Add(tokens));
        foreach (var activation in Passed)
        {
            var layer = activation == Activation.LnFinal ? 2 : 1;
            var reading = new Taps().Read(activation, layer);
            model.Logits(rows => rows.Add(tokens), run => run.Taps = reading);
            var before = reading[activation, layer].ToArray(backend);

            // Scores of a masked key are −∞: they are switched off by rows, everything else too.
            var edited = new Taps().Read(activation, layer).Edit(new TapEdit(activation, layer, EditOperation.Scale,
                Factor: 0, FirstRow: 4, RowCount: 2));
            var logits = model.Logits(rows => rows.Add(tokens), run => run.Taps = edited);
            var after = edited[activation, layer].ToArray(backend);
            var width = before.Length / (activation is Activation.AttnScores or Activation.Pattern ? 3 * 11 : 11);
            for (var i = 0; i < before.Length; i++)
                Assert.Equal(i / width % 11 is 4 or 5 ? 0 : before[i], after[i]);
            Assert.NotEqual(plain[4], logits[4]);
            Assert.Equal(plain[..4], logits[..4]);
        }
    }

    [Theory, MemberData(nameof(Backends))]
    public void Replacing_one_head_moves_only_that_head(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        using var kept = new Arena(backend);
        var tokens = SmallGpt.Tokens(9);
        foreach (var activation in (ReadOnlySpan<Activation>)[Activation.Q, Activation.K, Activation.V, Activation.Z, Activation.Pattern])
        {
            var plain = new Taps().Read(activation, 0);
            model.Logits(rows => rows.Add(tokens), run => run.Taps = plain);
            var before = plain[activation, 0].ToArray(backend);
            var width = before.Length / (activation == Activation.Pattern ? 27 : 9);
            var source = kept.Allocate(activation == Activation.Pattern ? new Shape(3, 9, 9) : new Shape(9, 24));
            backend.Fill(source, 0.25f);
            var edited = new Taps().Read(activation, 0).Edit(new TapEdit(activation, 0, EditOperation.Replace, source, Head: 1));
            model.Logits(rows => rows.Add(tokens), run => run.Taps = edited);
            var after = edited[activation, 0].ToArray(backend);
            for (var i = 0; i < before.Length; i++)
            {
                var head = activation == Activation.Pattern ? i / (9 * width) : i % width / 8;
                Assert.Equal(head == 1 ? 0.25f : before[i], after[i]);
            }
        }
    }

    [Theory, MemberData(nameof(Backends))]
    public void Gradients_of_what_was_read_are_there(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        var taps = new Taps();
        foreach (var activation in Passed.Where(activation => activation is not Activation.LnFinal))
            taps.Read(activation, 0);
        model.AddGradients([SmallGpt.Tokens(13)], 1f / 12, taps: taps);
        foreach (var activation in Passed.Where(activation => activation is not Activation.LnFinal))
            Assert.True(model.Tape.GradientOf(taps[activation, 0].Tensor).ToFloats(backend).Any(value => value != 0), activation.Name());
    }

    // The slope of the loss along each of a few elements, by adding a little to them.
    [Fact]
    public void Gradients_of_every_activation_equal_finite_differences()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend, SmallGpt.Config with { Context = 8 }, ElementType.Float64);
        using var kept = new Arena(backend);
        var sequence = SmallGpt.Tokens(7);
        double Loss(Taps? taps) => -model.AddGradients([sequence], 1f, taps: taps).Sum(value => (double)value);
        foreach (var activation in Passed)
        {
            var layer = activation == Activation.LnFinal ? 2 : 1;
            var taps = new Taps().Read(activation, layer);
            Loss(taps);
            var reading = taps[activation, layer];
            var gradient = model.Tape.GradientOf(reading.Tensor).ToDoubles();
            var planes = activation is Activation.AttnScores or Activation.Pattern;
            foreach (var (row, column) in (ReadOnlySpan<(int, int)>)[(0, 0), (4, 3), (5, 1)])
            {
                const float h = 1e-2f;
                var source = kept.Allocate(reading.Tensor.Shape.WithColumns(reading.Columns), ElementType.Float64);
                backend.Fill(source, 1);
                TapEdit Moved(float by) => new(activation, layer, EditOperation.Add, source, by, row, 1, planes ? 0 : -1, column);
                var slope = (Loss(new Taps().Edit(Moved(h))) - Loss(new Taps().Edit(Moved(-h)))) / (2 * h);
                Assert.Equal(slope, gradient[row * reading.Tensor.Columns + reading.FirstColumn + column],
                    2e-4 * Math.Max(1, Math.Abs(slope)));
            }
        }
    }

    [Theory, MemberData(nameof(Backends))]
    public void What_is_replaced_whole_is_not_computed_and_changes_no_bit(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        using var kept = new Arena(backend);
        var tokens = SmallGpt.Tokens(9);
        var taps = new Taps().Read(Activation.Z, 1).Read(Activation.MlpOut, 1);
        var plain = model.Logits(rows => rows.Add(tokens), run => run.Taps = taps);
        TapEdit Itself(Activation activation)
        {
            var copy = kept.Allocate(taps[activation, 1].Tensor.Shape);
            backend.Copy(taps[activation, 1].Tensor, copy);
            return new TapEdit(activation, 1, EditOperation.Replace, copy);
        }
        var replaced = new Taps().Edit(Itself(Activation.Z)).Edit(Itself(Activation.MlpOut));
        Assert.Equal(plain, model.Logits(rows => rows.Add(tokens), run => run.Taps = replaced));
        Assert.Equal(plain[3..4], model.Logits(rows => rows.Add(tokens), run => (run.Taps, run.LogitRows) = (replaced, [3])));
    }

    [Fact]
    public void An_edit_of_the_wrong_shape_is_refused_in_one_line()
    {
        using var backend = TestBackends.Create("reference");
        using var model = new SmallGpt(backend);
        using var kept = new Arena(backend);
        var source = kept.Allocate(new Shape(3, 24));
        var error = Assert.Throws<ArgumentException>(() => model.Logits(rows => rows.Add(SmallGpt.Tokens(4)),
            run => run.Taps = new Taps().Edit(new TapEdit(Activation.Z, 0, EditOperation.Replace, source))));
        Assert.Equal("an edit of z needs a source of shape (4, 24), not (3, 24)", error.Message);
        Assert.StartsWith("there is no activation named 'resid_pst'; did you mean resid_post?",
            Assert.Throws<ArgumentException>(() => Activations.Parse("resid_pst")).Message, StringComparison.Ordinal);
        Assert.Equal(Activation.MlpPost, Activations.Parse("mlp_post"));
    }
}
