using Pellucid.Tensors;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests.Tensors;

/// <summary>Forward and backward of every operation:
/// fast backends against the plain one, the plain one against finite differences.</summary>
public sealed class OperationTests
{
    private static readonly (int R, int H, int D, int N)[] OddShapes =
        [(1, 1, 1, 1), (2, 1, 3, 2), (7, 3, 5, 11), (13, 2, 8, 33), (33, 1, 17, 64), (70, 2, 16, 67), (131, 3, 32, 40), (150, 1, 67, 129)];

    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    public static TheoryData<string> AllBackends => TestBackends.Names;

    public static TheoryData<string> DifferentiableOperations => [.. OperationCase.All(2, 1, 2, 3).Select(operation => operation.Name)];

    [Theory, MemberData(nameof(FastBackends))]
    public void Every_operation_agrees_with_the_reference(string name)
    {
        using var reference = new ReferenceBackend();
        using var backend = TestBackends.Create(name);
        foreach (var (R, H, D, N) in OddShapes)
        foreach (var operation in OperationCase.All(R, H, D, N))
        {
            var expected = operation.Run(reference, ElementType.Float64);
            var actual = operation.Run(backend, ElementType.Float32);
            for (var i = 0; i < expected.Length; i++)
                AssertClose(expected[i], actual[i], 3e-6,
                    $"{operation.Name} at R={R} H={H} D={D} N={N}, {(i == 0 ? "result" : $"gradient {i}")}");
        }
    }

    [Theory, MemberData(nameof(AllBackends))]
    public void A_gradient_is_the_same_where_no_other_is_wanted(string name)
    {
        using var backend = TestBackends.Create(name);
        // What a pattern is formed from is never a leaf.
        foreach (var operation in OperationCase.All(13, 2, 8, 33)
            .Where(operation => !operation.Name.EndsWith("explicit", StringComparison.Ordinal)))
        {
            var all = operation.Run(backend, ElementType.Float32);
            for (var input = 0; input < operation.Inputs.Length; input++)
                Assert.Equal(all[1 + input], operation.Run(backend, ElementType.Float32, watched: input)[1]);
        }
    }

    [Theory, MemberData(nameof(DifferentiableOperations))]
    public void Gradients_equal_finite_differences(string name)
    {
        using var backend = new ReferenceBackend();
        var operation = OperationCase.All(5, 2, 3, 7).Single(operation => operation.Name == name);
        var gradients = operation.Run(backend, ElementType.Float64)[1..];
        for (var input = 0; input < gradients.Length; input++)
            AssertClose(Differences(operation, backend, input), gradients[input], 1e-6, $"{name}, gradient {input}");
    }

    // (f(x + h) − f(x − h)) / 2h of f = Σ upstream · result, element by element.
    private static unsafe double[] Differences(OperationCase operation, Backend backend, int input)
    {
        const double h = 1e-5;
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        var inputs = operation.Inputs
            .Select((shape, i) => Tensors.Random(backend, arena, shape, ElementType.Float64, 1, (uint)i)).ToArray();
        double[]? upstream = null;

        double Evaluate()
        {
            tape.Clear();
            using var own = new Arena(backend);
            var y = operation.Forward(new Operations(backend, own, tape) { Random = new RandomStream(5, 0, 2) }, inputs);
            upstream ??= Tensors.Random(backend, arena, y.Shape, ElementType.Float64, 1, 99).ToDoubles();
            return y.ToDoubles().Zip(upstream, (a, b) => a * b).Sum();
        }

        var values = inputs[input].Pointer<double>();
        var slopes = new double[inputs[input].Count];
        for (var i = 0; i < slopes.Length; i++)
        {
            var kept = values[i];
            values[i] = kept + h;
            var above = Evaluate();
            values[i] = kept - h;
            var below = Evaluate();
            values[i] = kept;
            slopes[i] = (above - below) / (2 * h);
        }
        return slopes;
    }

    private static void AssertClose(double[] expected, double[] actual, double bound, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        var difference = Math.Sqrt(expected.Zip(actual, (a, b) => (a - b) * (a - b)).Sum());
        var norm = Math.Sqrt(expected.Sum(a => a * a));
        Assert.True(difference <= bound * Math.Max(norm, 1), $"{what}: error {difference:g3} of norm {norm:g3}");
    }
}
