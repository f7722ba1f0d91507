using Pellucid.Tensors;

namespace Pellucid.Tests.Tensors;

/// <summary>Rows that are brought together by what they chose.</summary>
public sealed class ExpertRowTests
{
    public static TheoryData<string> AllBackends => TestBackends.Names;

    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    [Theory, MemberData(nameof(AllBackends))]
    public void The_largest_scores_are_chosen_the_first_of_equals_and_rows_are_sorted_by_choice_in_their_order(string name)
    {
        using var backend = TestBackends.Create(name);
        foreach (var (R, E, k) in (ReadOnlySpan<(int, int, int)>)[(1, 1, 1), (3, 4, 4), (70, 8, 2), (200, 128, 8), (9, 33, 1)])
        foreach (var coarse in (ReadOnlySpan<float>)[1, 1000])
        {
            using var arena = new Arena(backend);
            float[] scores = [.. Tensors.RandomValues((long)R * E, 1, 0).Select(value => MathF.Round(value * coarse))]; // many are equal
            var given = arena.Allocate(new Shape(R, E));
            backend.Write(scores, given);
            var rows = new Operations(backend, arena).ChooseExperts(given, k);
            var chosen = Enumerable.Range(0, R).SelectMany(r => Enumerable.Range(0, E).OrderByDescending(e => scores[r * E + e])
                .ThenBy(e => e).Take(k).Order()).ToArray();
            Assert.Equal(chosen, Read(rows.Chosen));
            var sorted = Enumerable.Range(0, R * k).OrderBy(i => chosen[i]).ToArray(); // which leaves equals in their order
            Assert.Equal(sorted.Select(i => i / k), Read(rows.Sources));
            Assert.Equal(Enumerable.Range(0, R * k).Select(i => Array.IndexOf(sorted, i)), Read(rows.Places));
            Assert.Equal(Enumerable.Range(0, E + 1).Select(e => chosen.Count(choice => choice < e)), Read(rows.Starts));
        }

        int[] Read(Tensor tensor)
        {
            var values = new int[tensor.Count];
            backend.Read(tensor, values);
            return values;
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void What_experts_say_to_a_row_has_the_same_bits_alone_in_any_batch_and_by_any_number_of_threads(string name)
    {
        const int R = 97, C = 40, F = 72, E = 6, k = 3;
        float[]? first = null;
        foreach (var threads in (ReadOnlySpan<int>)[1, 2, 5])
        {
            using var backend = TestBackends.CreateCpu(name, threads);
            using var arena = new Arena(backend);
            var operations = new Operations(backend, arena);
            Tensor Drawn(Shape shape, int of) => Tensors.Random(backend, arena, shape, ElementType.Float32, 3, (uint)of);
            Tensor[] weights = [.. Enumerable.Range(0, E).Select(e => Drawn(new(C, F), 2 + e))];
            Tensor[] biases = [.. Enumerable.Range(0, E).Select(e => Drawn(new(F), 20 + e))];
            var (x, scores) = (Drawn(new(R, C), 0), Drawn(new(R, E), 1));

            float[] Said(int from, int count)
            {
                var (rows, own) = (operations.ChooseExperts(scores.RowRange(from, count), k), x.RowRange(from, count));
                var y = operations.LinearByGroup(operations.SelectRows(own, rows.Sources), rows.Starts, (weights, biases));
                var weighed = operations.Softmax(operations.SelectColumns(scores.RowRange(from, count), rows.Chosen));
                return operations.MixRows(y, rows.Places, weighed).ToFloats(backend);
            }
            var whole = Said(0, R);
            Assert.Equal(first ??= whole, whole);
            foreach (var (from, count) in (ReadOnlySpan<(int, int)>)[(0, 1), (5, 1), (10, 30), (R - 1, 1), (60, 37)])
                Assert.Equal(whole[(from * F)..((from + count) * F)], Said(from, count));
        }
    }
}
