using Pellucid.Tensors;

namespace Pellucid.Tests.Tensors;

/// <summary>Rows that are picked out, and the largest elements of rows.</summary>
public sealed class RowTests
{
    public static TheoryData<string> AllBackends => TestBackends.Names;

    [Theory, MemberData(nameof(AllBackends))]
    public void Selected_rows_are_copies_and_gradients_of_a_row_add_up_in_their_order(string name)
    {
        using var backend = TestBackends.Create(name);
        foreach (var (R, C, n) in (ReadOnlySpan<(int, int, int)>)[(1, 1, 1), (5, 33, 9), (70, 300, 200)])
        {
            using var arena = new Arena(backend);
            var selection = Enumerable.Range(0, n).Select(i => i * i % R).ToArray();
            var (x, gradient) = (Tensors.Random(backend, arena, new Shape(R, C), ElementType.Float32, 1, 0),
                Tensors.Random(backend, arena, new Shape(n, C), ElementType.Float32, 1, 1));
            var (rows, y, dx) = (arena.Allocate(new Shape(n), ElementType.Int32), arena.Allocate(new Shape(n, C)),
                arena.Allocate(new Shape(R, C)));
            backend.Write(selection, rows);
            backend.Copy(x, dx);
            backend.SelectRows(x, rows, y);
            backend.SelectRowsBackward(gradient, rows, dx);
            var (source, given, expected) = (x.ToFloats(backend), gradient.ToFloats(backend), x.ToFloats(backend));
            for (var i = 0; i < n * C; i++)
                expected[selection[i / C] * C + i % C] += given[i];
            Assert.Equal(selection.SelectMany(row => source[(row * C)..((row + 1) * C)]), y.ToFloats(backend));
            Assert.Equal(expected, dx.ToFloats(backend));
        }
    }

    [Fact]
    public void A_row_that_is_not_there_is_refused()
    {
        using var backend = new Pellucid.Tensors.Reference.ReferenceBackend();
        using var arena = new Arena(backend);
        var x = arena.Allocate(new Shape(3, 2));
        foreach (var row in (ReadOnlySpan<int>)[-1, 3])
            Assert.Throws<ArgumentOutOfRangeException>(() => new Operations(backend, arena).SelectRows(x, [0, row]));
    }

    [Theory, MemberData(nameof(AllBackends))]
    public void The_top_of_a_row_is_that_of_sorting_it_and_the_earlier_of_equals_comes_first(string name)
    {
        using var backend = TestBackends.Create(name);
        foreach (var (C, k) in (ReadOnlySpan<(int, int)>)[(1, 1), (7, 3), (1000, 1), (1003, 40), (64, 64), (5000, 5)])
        foreach (var coarse in (ReadOnlySpan<float>)[0, 2, 1000])
        {
            using var arena = new Arena(backend);
            var values = Tensors.RandomValues(3L * C, 1, 0);
            // Rounded to few values there are many equals; the last row ascends, so that everything is new at the top.
            for (var i = 0; i < values.Length; i++)
                values[i] = i / C == 2 ? i : coarse > 0 ? MathF.Round(values[i] * coarse) / coarse : 0;
            if (C > 9)
                (values[3], values[8], values[C + 5]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
            var x = arena.Allocate(new Shape(3, C));
            backend.Write(values, x);
            var (top, places) = new Operations(backend, arena).Top(x, k);
            var (found, at) = (top.ToFloats(backend), new int[3 * k]);
            backend.Read(places, at);
            for (var r = 0; r < 3; r++)
            {
                float Of(int c) => float.IsNaN(values[r * C + c]) ? float.NegativeInfinity : values[r * C + c];
                var expected = Enumerable.Range(0, C).OrderByDescending(Of).ThenBy(c => c).Take(k).ToArray();
                Assert.Equal(expected, at[(r * k)..((r + 1) * k)]);
                Assert.Equal(expected.Select(Of), found[(r * k)..((r + 1) * k)]);
            }
        }
    }
}
