using Pellucid.Tensors;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests.Tensors;

/// <summary>Nonlinearities against numbers from elsewhere,
/// and of every instruction set against the double precision of the reference.</summary>
public sealed class NonlinearityTests
{
    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    // Φ(x) to twenty digits, by the series and the continued fraction in exact fractions.
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 0.69146246127401310364)]
    [InlineData(-1, 0.15865525393145705141)]
    [InlineData(-1.3999, 0.08077165)]
    [InlineData(-2, 0.022750131948179207200)]
    [InlineData(3, 0.99865010196836990547)]
    [InlineData(-5, 2.8665157187919391167e-7)]
    [InlineData(-10, 7.6198530241605260660e-24)]
    [InlineData(-20, 2.7536241186062336951e-89)]
    public void The_normal_distribution_of_the_reference_is_right(double x, double expected)
    {
        var bound = x == -1.3999 ? 1e-6 : 1e-14;
        Assert.InRange(ReferenceBackend.NormalBelow(x) / expected, 1 - bound, 1 + bound);
    }

    [Fact]
    public void The_two_ways_of_the_reference_meet() =>
        Assert.InRange(ReferenceBackend.NormalBelow(-1.4000000001) / ReferenceBackend.NormalBelow(-1.3999999999), 1 - 4e-10, 1 - 3e-10);

    [Theory, MemberData(nameof(FastBackends))]
    public void Kernels_are_near_the_reference_wherever_a_result_is_a_normal_number(string name)
    {
        using var backend = TestBackends.Create(name);
        using var arena = new Arena(backend);
        float[] values = [.. Enumerable.Range(-13_000, 28_001).Select(i => i / 1000f),
            .. Enumerable.Range(1, 99).Select(i => MathF.Pow(2, -i))];
        Tensor New() => arena.Allocate(new Shape(values.Length));
        var (x, y, slope, one) = (New(), New(), New(), New());
        backend.Write(values, x);
        backend.Fill(one, 1);
        foreach (var function in Enum.GetValues<Nonlinearity>())
        {
            backend.Activate(x, function, y);
            backend.ActivateBackward(one, x, function, slope, accumulate: false);
            var (results, slopes) = (y.ToFloats(backend), slope.ToFloats(backend));
            // Two take e to a power that is rounded; and where 1 + tanh is nearly nothing, the reference has lost most of it.
            var (bound, least) = function switch
            {
                Nonlinearity.GeluTanh => (2e-5, 2e-15),
                Nonlinearity.QuickGelu => (3e-6, 2e-37),
                _ => (1e-6, 2e-37),
            };
            for (var i = 0; i < values.Length; i++)
            {
                var (expected, steepness) = (ReferenceBackend.ValueAt(values[i], function), ReferenceBackend.SlopeAt(values[i], function));
                Assert.True(Math.Abs(results[i] - expected) <= Math.Max(bound * Math.Abs(expected), least),
                    $"{function}({values[i]}) is {expected}, not {results[i]}");
                Assert.True(Math.Abs(slopes[i] - steepness) <= 2e-6,
                    $"the slope of {function} at {values[i]} is {steepness}, not {slopes[i]}");
            }
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Ends_are_kept_and_what_is_no_number_stays_so(string name)
    {
        using var backend = TestBackends.Create(name);
        using var arena = new Arena(backend);
        var (x, y) = (arena.Allocate(new Shape(3)), arena.Allocate(new Shape(3)));
        backend.Write([float.NaN, 1e30f, -1e30f], x);
        foreach (var function in Enum.GetValues<Nonlinearity>())
        {
            backend.Activate(x, function, y);
            var (top, bottom) = function == Nonlinearity.Tanh ? (1f, -1f) : (1e30f, 0f);
            Assert.Equal([float.NaN, top, bottom], y.ToFloats(backend));
        }
    }
}
