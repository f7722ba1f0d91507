using Pellucid.Tensors;

namespace Pellucid.Tests.Tensors;

/// <summary>Sine and cosine of our own, and what is turned by them.</summary>
public sealed class RotaryTests
{
    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    public static TheoryData<string> AllBackends => TestBackends.Names;

    // Published values to twenty digits and more.
    [Theory]
    [InlineData(1, 0.84147098480789650665, 0.54030230586813971740)]
    [InlineData(1e6, -0.34999350217129295212, 0.93675212753314478693)]
    [InlineData(0, 0, 1)]
    public void Angles_have_known_sines_and_cosines(double angle, double sine, double cosine)
    {
        var (actualSine, actualCosine) = Angle.Of(angle, 1);
        Assert.Equal(sine, actualSine, 2e-16);
        Assert.Equal(cosine, actualCosine, 2e-16);
    }

    [Fact]
    public void Sines_and_cosines_are_those_of_the_system_within_a_unit_of_double_precision()
    {
        for (var position = 0; position < 1_000_000; position += position < 3000 ? 1 : 977)
            foreach (var frequency in (ReadOnlySpan<double>)[1, Math.PI / 4, Math.PI / 2, 0.3, Math.Pow(10_000, -0.9), 1e-7])
            {
                // The part of the angle that rounding the product takes away is put back by the slope.
                var product = position * frequency;
                var rest = Math.FusedMultiplyAdd(position, frequency, -product);
                var (sine, cosine) = Angle.Of(position, frequency);
                Assert.Equal(Math.Sin(product) + rest * Math.Cos(product), sine, 3e-16);
                Assert.Equal(Math.Cos(product) - rest * Math.Sin(product), cosine, 3e-16);
            }
    }

    [Theory, MemberData(nameof(AllBackends))]
    public void A_pair_is_turned_by_its_position_times_its_frequency(string name)
    {
        using var backend = TestBackends.Create(name);
        using var arena = new Arena(backend);
        using var table = new RotaryTable(backend, [0.5, 0.01], amplitude: 2);
        using var rows = new TokenRows(backend);
        var shape = new AttentionShape(2, 1, 5);
        rows.Add([7], firstPosition: 100);
        var x = Tensors.Random(backend, arena, new Shape(1, shape.InputWidth), ElementType.Float32, 1, 0);
        var (before, after) = (x.ToFloats(backend), new Operations(backend, arena).Rotate(x, rows, table, shape).ToFloats(backend));
        for (var c = 0; c < before.Length; c++)
        {
            var (d, angle) = (c % 5, c % 5 % 2 == 0 ? 50.0 : 1.0);
            var expected = c >= 15 || d == 4 ? before[c]
                : d < 2 ? 2 * (before[c] * Math.Cos(angle) - before[c + 2] * Math.Sin(angle))
                : 2 * (before[c] * Math.Cos(angle) + before[c - 2] * Math.Sin(angle));
            Assert.Equal(expected, after[c], 1e-6);
        }
    }

    // What makes positions rotary: a score depends on the distance alone.
    [Theory, MemberData(nameof(AllBackends))]
    public void Scores_depend_on_distances_alone(string name)
    {
        using var backend = TestBackends.Create(name);
        using var arena = new Arena(backend);
        using var table = new RotaryTable(backend, [1, 0.1, 0.01, 0.001]);
        var shape = new AttentionShape(1, 1, 8);
        var values = Tensors.RandomValues(shape.InputWidth, 1, 0);
        float Product(int query, int key)
        {
            using var rows = new TokenRows(backend);
            rows.Add([1], query);
            rows.Add([1], key);
            var x = arena.Allocate(new Shape(2, shape.InputWidth));
            backend.Write([.. values, .. values], x);
            var y = new Operations(backend, arena).Rotate(x, rows, table, shape).ToFloats(backend);
            return Enumerable.Range(0, 8).Sum(d => y[d] * y[shape.InputWidth + 8 + d]);
        }
        Assert.Equal(Product(17, 5), Product(40_017, 40_005), 2e-6f);
        Assert.NotEqual(Product(17, 5), Product(17, 6), 1e-3f);
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Norms_and_rotations_have_the_same_bits_on_any_threads_alone_and_in_place(string name)
    {
        using var one = TestBackends.CreateCpu(name, threads: 1);
        using var three = TestBackends.CreateCpu(name, threads: 3);
        foreach (var shape in (ReadOnlySpan<AttentionShape>)[new(3, 1, 5), new(4, 2, 24), new(2, 2, 64)])
        {
            var values = Tensors.RandomValues(300L * shape.InputWidth, 1, 0);
            var whole = NormAndTurn(one, values, 0, shape, inPlace: false);
            Assert.Equal(whole, NormAndTurn(three, values, 0, shape, inPlace: true));
            Assert.Equal(whole[^shape.InputWidth..], NormAndTurn(three, values[^shape.InputWidth..], 299, shape, inPlace: false));
            Assert.Equal(NormGradients(one, values, shape), NormGradients(three, values, shape));
        }
    }

    [Fact]
    public void A_head_that_is_too_narrow_and_a_gain_that_does_not_fit_are_refused()
    {
        using var backend = new Pellucid.Tensors.Reference.ReferenceBackend();
        using var arena = new Arena(backend);
        using var rows = new TokenRows(backend);
        using var table = new RotaryTable(backend, [1, 0.5, 0.1]);
        rows.Add([1]);
        var (operations, shape) = (new Operations(backend, arena), new AttentionShape(4, 2, 5));
        var (qkv, gain) = (arena.Allocate(new Shape(1, shape.InputWidth)), arena.Allocate(new Shape(7)));
        Assert.Equal("3 pairs of columns cannot be turned in a head of 5",
            Assert.Throws<ArgumentException>(() => operations.Rotate(qkv, rows, table, shape)).Message);
        Assert.Equal("a gain of 7 columns fits neither a head of 5 columns nor all heads' 20",
            Assert.Throws<ArgumentException>(() => operations.NormalizeHeads(qkv, gain, gain, shape, 1e-5f)).Message);
    }

    private static float[] NormAndTurn(Backend backend, float[] values, int position, AttentionShape shape, bool inPlace)
    {
        using var arena = new Arena(backend);
        using var table = new RotaryTable(backend, [.. Enumerable.Range(0, shape.HeadWidth / 2).Select(i => Math.Pow(0.7, i))]);
        using var rows = new TokenRows(backend);
        rows.Add(new int[values.Length / shape.InputWidth], position);
        var x = arena.Allocate(new Shape(rows.Count, shape.InputWidth));
        var gain = Tensors.Random(backend, arena, new Shape(shape.HeadWidth), ElementType.Float32, 1, 1);
        backend.Write(values, x);
        var operations = new Operations(backend, arena);
        return operations.Rotate(operations.NormalizeHeads(x, gain, gain, shape, 1e-6f), rows, table, shape, inPlace).ToFloats(backend);
    }

    private static float[] NormGradients(Backend backend, float[] values, AttentionShape shape)
    {
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        var x = arena.Allocate(new Shape(values.Length / shape.InputWidth, shape.InputWidth));
        var gain = tape.Watch(Tensors.Random(backend, arena, new Shape(shape.HeadWidth), ElementType.Float32, 1, 1));
        backend.Write(values, x);
        x = tape.Watch(x);
        tape.Seed(new Operations(backend, arena, tape).NormalizeHeads(x, gain, gain, shape, 1e-6f), x);
        tape.Backward();
        return [.. tape.GradientOf(x).ToFloats(backend), .. tape.GradientOf(gain).ToFloats(backend)];
    }
}
