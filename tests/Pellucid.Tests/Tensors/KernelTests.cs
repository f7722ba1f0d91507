using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests.Tensors;

/// <summary>What lies below the operations: functions, products that no model shape reaches, AdamW, norms.</summary>
public sealed unsafe class KernelTests
{
    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    [Fact]
    public void Exp_and_log_are_good_to_two_units_in_the_last_place()
    {
        AssertAccurate<Lanes512>();
        AssertAccurate<Lanes256>();
        AssertAccurate<Lanes128>();
    }

    [Fact]
    public void Exp_keeps_its_ends()
    {
        Assert.Equal(0, Apply<Lanes128>(VectorMath.Exp, float.NegativeInfinity));
        Assert.Equal(0, Apply<Lanes128>(VectorMath.Exp, -1e30f));
        Assert.Equal(float.PositiveInfinity, Apply<Lanes128>(VectorMath.Exp, 89));
        Assert.Equal(1, Apply<Lanes128>(VectorMath.Exp, 0));
        Assert.True(float.IsNaN(Apply<Lanes128>(VectorMath.Exp, float.NaN)));
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Products_are_right_on_every_edge_of_blocks_and_tiles(string name)
    {
        using var reference = new ReferenceBackend();
        using var backend = TestBackends.Create(name);
        foreach (var (M, N, K) in (ReadOnlySpan<(int, int, int)>)[(1, 1, 1), (15, 33, 385), (14, 32, 384), (449, 31, 5),
            (6, 1000, 769), (65, 64, 64), (1, 257, 1000)])
        foreach (var transposed in (ReadOnlySpan<bool>)[false, true])
        {
            var expected = Multiply(reference, M, N, K, transposed);
            var actual = Multiply(backend, M, N, K, transposed);
            Near.AssertRelative(expected, actual, 1e-6, $"{M}×{N}×{K}");
        }
    }

    // Whether a kernel reads a factor where it lies or from packed panels depends on how it is given, on how far its rows are
    // apart (4 KB is the case that collides in a cache), and on how often it is needed.
    [Theory, MemberData(nameof(FastBackends))]
    public void A_product_has_the_same_bits_however_its_factors_are_given(string name)
    {
        using var backend = TestBackends.Create(name);
        foreach (var (M, N, K) in (ReadOnlySpan<(int, int, int)>)[(12, 64, 30), (16, 32, 9), (18, 64, 30), (24, 32, 70), (26, 64, 30),
            (128, 64, 20), (78, 96, 50), (75, 64, 400), (70, 65, 64), (66, 800, 33), (90, 300, 7), (80, 1024, 20), (72, 64, 1024),
            (1024, 64, 40), (2100, 64, 20), (60, 1024, 9), (1, 64, 64)])
        {
            var (a, b) = (Tensors.RandomValues((long)M * K, 1, 0), Tensors.RandomValues((long)K * N, 1, 1));
            var plain = Product(backend, M, N, a, new Shape(M, K), b, new Shape(K, N),
                (x, y, c) => backend.Linear(x, y, false, default, c));
            var right = Product(backend, M, N, a, new Shape(M, K), Turned(b, K, N), new Shape(N, K),
                (x, y, c) => backend.Linear(x, y, true, default, c));
            var left = Product(backend, M, N, Turned(a, M, K), new Shape(K, M), b, new Shape(K, N),
                (x, y, c) => backend.LinearBackwardWeight(y, x, false, c, false));
            var lastRow = Product(backend, 1, N, a[^K..], new Shape(1, K), b, new Shape(K, N),
                (x, y, c) => backend.Linear(x, y, false, default, c));
            Assert.Equal(plain, right);
            Assert.Equal(plain, left);
            Assert.Equal(plain[^N..], lastRow);
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void A_product_and_its_epilogue_have_the_bits_of_one_after_the_other(string name)
    {
        using var backend = TestBackends.CreateCpu(name, threads: 3);
        foreach (var (R, K, N) in (ReadOnlySpan<(int, int, int)>)[(1, 20, 7), (15, 385, 33), (120, 400, 70),
            (470, 64, 800), (33, 64, 3100)])
        {
            using var arena = new Arena(backend);
            Tensor New(int rows, int columns, uint purpose) =>
                Tensors.Random(backend, arena, new Shape(rows, columns), ElementType.Float32, 1, purpose);
            var (x, weight, bias, residual) = (New(R, K, 0), New(K, N, 1), New(1, N, 2), New(R, N, 3));
            var (product, expected, actual, slope) = (New(R, N, 4), New(R, N, 5), New(R, N, 6), New(R, N, 7));
            backend.Linear(x, weight, false, bias, product);
            var turned = Turned(backend, arena, weight);

            foreach (var function in Enum.GetValues<Nonlinearity>())
            {
                backend.Activate(product, function, expected);
                backend.Linear(x, weight, false, bias, actual, Epilogue.Activate(function, default));
                Assert.Equal(expected.ToFloats(backend), actual.ToFloats(backend));
                backend.Linear(x, weight, false, bias, actual, Epilogue.Activate(function, slope));
                Assert.Equal(expected.ToFloats(backend), actual.ToFloats(backend));

                backend.Gate(residual, product, function, expected);
                backend.Linear(x, weight, false, bias, actual, Epilogue.GateBy(residual, function));
                Assert.Equal(expected.ToFloats(backend), actual.ToFloats(backend));

                backend.LinearBackwardInput(x, turned, false, actual, accumulate: false);
                backend.ActivateBackward(actual, product, function, expected, accumulate: false);
                backend.LinearBackwardInput(x, turned, false, actual, accumulate: false, Epilogue.MultiplyBy(slope));
                Assert.Equal(expected.ToFloats(backend), actual.ToFloats(backend));
            }

            foreach (var probability in (ReadOnlySpan<float>)[0, 0.3f])
            {
                var random = new RandomStream(5, 7, 11);
                backend.Dropout(product, probability, random, expected, accumulate: false);
                backend.Add(residual, expected, expected);
                backend.Linear(x, weight, false, bias, actual, Epilogue.AddTo(residual, probability, random));
                Assert.Equal(expected.ToFloats(backend), actual.ToFloats(backend));
            }
        }
    }

    // Rows ascending, whoever of a team sums which columns, and whatever was there before.
    [Theory, MemberData(nameof(FastBackends))]
    public void A_bias_gradient_is_the_sum_of_rows_in_their_order(string name)
    {
        foreach (var threads in (ReadOnlySpan<int>)[1, 2, 3])
        {
            using var backend = TestBackends.CreateCpu(name, threads);
            foreach (var (R, K, N) in (ReadOnlySpan<(int, int, int)>)[(1, 1, 1), (400, 16, 70), (800, 500, 33),
                (50, 20, 3111), (390, 1000, 384)])
            {
                using var arena = new Arena(backend);
                var (x, gradient) = (Tensors.Random(backend, arena, new Shape(R, K), ElementType.Float32, 1, 0),
                    Tensors.Random(backend, arena, new Shape(R, N), ElementType.Float32, 1, 1));
                var (weight, turned, sums) = (arena.Allocate(new Shape(K, N)), arena.Allocate(new Shape(N, K)),
                    arena.Allocate(new Shape(N)));
                var (values, expected) = (gradient.ToFloats(backend), new float[N]);
                foreach (var (transposed, accumulate) in (ReadOnlySpan<(bool, bool)>)[(false, false), (false, true),
                    (true, false), (true, true)])
                {
                    if (!accumulate)
                        Array.Clear(expected);
                    for (var i = 0; i < values.Length; i++)
                        expected[i % N] += values[i];
                    backend.LinearBackwardWeight(gradient, x, transposed, transposed ? turned : weight, false, sums, accumulate);
                    Assert.Equal(expected, sums.ToFloats(backend));
                }
                Assert.Equal(weight.ToFloats(backend), Turned(turned.ToFloats(backend), N, K));
            }
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Dropout_keeps_what_the_uniform_number_of_an_element_says(string name)
    {
        const int count = 1003;
        var random = new RandomStream(5, 7, 11);
        using var backend = TestBackends.Create(name);
        using var arena = new Arena(backend);
        var x = Tensors.Random(backend, arena, new Shape(count), ElementType.Float32, 1, 0);
        foreach (var probability in (ReadOnlySpan<float>)[0, 0.1f, 0.5f, 1 - 1f / (1 << 24)])
        {
            var y = Tensors.Random(backend, arena, new Shape(count), ElementType.Float32, 1, 1);
            var (before, kept) = (y.ToFloats(backend), x.ToFloats(backend));
            for (var i = 0; i < count; i++)
                kept[i] = CounterRandom.Uniform(random.Seed, random.Purpose, random.Step, (ulong)i) >= probability
                    ? kept[i] * (1 / (1 - probability)) : 0;
            backend.Dropout(x, probability, random, y, accumulate: true);
            Assert.Equal(before.Zip(kept, (a, b) => a + b), y.ToFloats(backend));
            backend.Dropout(x, probability, random, y, accumulate: false);
            Assert.Equal(kept, y.ToFloats(backend));
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Three_AdamW_steps_equal_those_of_the_reference(string name)
    {
        using var reference = new ReferenceBackend();
        using var backend = TestBackends.Create(name);
        foreach (var count in (ReadOnlySpan<int>)[1, 31, 257])
            Assert.All(ThreeSteps(reference, count).Zip(ThreeSteps(backend, count)),
                pair => Near.AssertRelative(pair.First, pair.Second, 1e-6, $"{count} elements"));
    }

    [Fact]
    public void P24_epsilon_is_added_to_the_corrected_root_as_PyTorch_does_and_not_as_TensorFlow()
    {
        using var backend = new ReferenceBackend();
        using var arena = new Arena(backend);
        var tensors = Enumerable.Range(0, 4).Select(_ => arena.Allocate(new Shape(1), ElementType.Float64)).ToArray();
        foreach (var (tensor, value) in tensors.Zip((float[])[1, 1e-4f, 0, 0]))
            backend.Fill(tensor, value);
        var (p, g, m, v) = (tensors[0], tensors[1], tensors[2], tensors[3]);
        backend.AdamW(g, 1, new AdamWStep(0.1f, 0.9f, 0.999f, 1e-5f, 0, 1), p, m, v);
        // The gradient is 1e-4: m̂ = 1e-4 and √v̂ = 1e-4. TensorFlow's form adds ε to √v = 1e-4 √0.001, a third of it.
        const double torch = 1 - 0.1 * 1e-4 / (1e-4 + 1e-5);
        var tensorFlow = 1 - 0.1 * Math.Sqrt(0.001) / 0.1 * 1e-5 / (1e-4 * Math.Sqrt(0.001) + 1e-5);
        Assert.Equal(torch, p.ToDoubles()[0], 1e-6);
        Assert.True(Math.Abs(torch - tensorFlow) > 0.05);
    }

    [Fact]
    public void AdamW_equals_a_calculation_by_hand()
    {
        using var backend = new ReferenceBackend();
        using var arena = new Arena(backend);
        Tensor One(float value)
        {
            var tensor = arena.Allocate(new Shape(1), ElementType.Float64);
            backend.Fill(tensor, value);
            return tensor;
        }
        var (p, g, m, v) = (One(1), One(0.5f), One(0), One(0));
        // Step 1: m̂ = 0.5, v̂ = 0.25: p = 1 − 0.1 (0.5 / 0.5 + 0.1 · 1) = 0.89. Step 2, the same gradient: 0.89 − 0.1 (1 + 0.089).
        backend.AdamW(g, 1, new AdamWStep(0.1f, 0.9f, 0.99f, 0, 0.1f, 1), p, m, v);
        Assert.Equal(0.89, p.ToDoubles()[0], 6);
        backend.AdamW(g, 1, new AdamWStep(0.1f, 0.9f, 0.99f, 0, 0.1f, 2), p, m, v);
        Assert.Equal(0.7811, p.ToDoubles()[0], 6);
        // Step 3, with the gradient halved by its scale.
        var (mean, square) = (0.9 * (0.9 * 0.05 + 0.05) + 0.1 * 0.25, 0.99 * (0.99 * 0.0025 + 0.0025) + 0.01 * 0.0625);
        backend.AdamW(g, 0.5f, new AdamWStep(0.1f, 0.9f, 0.99f, 0, 0.1f, 3), p, m, v);
        var direction = mean / (1 - 0.729) / Math.Sqrt(square / (1 - 0.970299));
        Assert.Equal(0.7811 - 0.1 * (direction + 0.1 * 0.7811), p.ToDoubles()[0], 5);
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Norms_do_not_depend_on_threads(string name)
    {
        using var one = TestBackends.CreateCpu(name, 1);
        using var three = TestBackends.CreateCpu(name, 3);
        using var arena = new Arena(one);
        var x = Tensors.Random(one, arena, new Shape(123_457), ElementType.Float32, 1, 0);
        Assert.Equal(one.SquaredNorm(x), three.SquaredNorm(x));
        Assert.Equal(x.ToDoubles().Sum(value => value * value), one.SquaredNorm(x), 1e-2);
    }

    [Fact]
    public void Only_gradients_of_looking_inside_choices_of_experts_and_copies_fall_back_on_the_reference()
    {
        string[] fallbacks = ["AttentionMixBackward", "AttentionScoresBackward", "Copy", "GroupByChoice", "Read", "ScaleColumns",
            "ScaleColumnsBackward", "SelectColumns",
            "SelectColumnsBackward", "SoftmaxBackward", "Write"];
        var sources = SourceTree.Files("src/Pellucid/Tensors/Cpu").SelectMany(File.ReadAllLines);
        var called = sources.SelectMany(line =>
            System.Text.RegularExpressions.Regex.Matches(line, @"_reference\.(\w+)").Select(match => match.Groups[1].Value))
            .Where(call => call != "Dispose").Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(fallbacks, called);
    }

    private static float[] Multiply(Backend backend, int M, int N, int K, bool transposed)
    {
        using var arena = new Arena(backend);
        var x = Tensors.Random(backend, arena, new Shape(M, K), ElementType.Float32, 1, 0);
        var w = Tensors.Random(backend, arena, transposed ? new Shape(N, K) : new Shape(K, N), ElementType.Float32, 1, 1);
        var b = Tensors.Random(backend, arena, new Shape(N), ElementType.Float32, 1, 2);
        var y = arena.Allocate(new Shape(M, N));
        backend.Linear(x, w, transposed, b, y);
        return y.ToFloats(backend);
    }

    private static float[] Product(Backend backend, int M, int N, float[] a, Shape aShape, float[] b, Shape bShape,
        Action<Tensor, Tensor, Tensor> multiply)
    {
        using var arena = new Arena(backend);
        var (x, y, c) = (arena.Allocate(aShape), arena.Allocate(bShape), arena.Allocate(new Shape(M, N)));
        backend.Write(a, x);
        backend.Write(b, y);
        multiply(x, y, c);
        return c.ToFloats(backend);
    }

    private static Tensor Turned(Backend backend, Arena arena, Tensor matrix)
    {
        var turned = arena.Allocate(new Shape(matrix.Columns, matrix.Rows));
        backend.Write(Turned(matrix.ToFloats(backend), matrix.Rows, matrix.Columns), turned);
        return turned;
    }

    private static float[] Turned(float[] matrix, int rows, int columns)
    {
        var turned = new float[matrix.Length];
        for (var i = 0; i < rows; i++)
        for (var j = 0; j < columns; j++)
            turned[j * rows + i] = matrix[i * columns + j];
        return turned;
    }

    private static float[][] ThreeSteps(Backend backend, int count)
    {
        using var arena = new Arena(backend);
        var (p, g) = (Tensors.Random(backend, arena, new Shape(count), ElementType.Float32, 1, 0),
            Tensors.Random(backend, arena, new Shape(count), ElementType.Float32, 1, 1));
        var (m, v) = (arena.Allocate(new Shape(count)), arena.Allocate(new Shape(count)));
        backend.Fill(m, 0);
        backend.Fill(v, 0);
        for (var step = 1; step <= 3; step++)
            backend.AdamW(g, 0.3f, new AdamWStep(1e-2f, 0.9f, 0.99f, 1e-8f, 0.1f, step), p, m, v);
        return [p.ToFloats(backend), m.ToFloats(backend), v.ToFloats(backend)];
    }

    private static void AssertAccurate<T>() where T : unmanaged, ISimd<T>
    {
        for (var x = -87f; x < 88; x += 0.0137f)
            AssertUnits(Math.Exp(x), Apply<T>(VectorMath.Exp, x), $"exp({x})");
        for (var x = 1e-6f; x < 1e6; x *= 1.0037f)
            AssertUnits(Math.Log(x), Apply<T>(VectorMath.Log, x), $"log({x})");
    }

    private static void AssertUnits(double expected, float actual, string what)
    {
        var unit = Math.Max(MathF.BitIncrement(MathF.Abs((float)expected)) - MathF.Abs((float)expected), 1e-38);
        Assert.True(Math.Abs(expected - actual) <= 2 * Math.Max(unit, 6e-8 * Math.Min(1, Math.Abs(expected))),
            $"{what} is {expected}, not {actual}");
    }

    private static float Apply<T>(Func<T, T> function, float x) where T : unmanaged, ISimd<T>
    {
        var lanes = stackalloc float[16];
        T.Store(function(T.All(x)), lanes);
        return lanes[T.Width - 1];
    }
}
