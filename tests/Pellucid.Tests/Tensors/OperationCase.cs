using Pellucid.Tensors;

namespace Pellucid.Tests.Tensors;

/// <summary>One operation on inputs of given shapes; the same case serves the comparison of backends and the finite differences.</summary>
internal sealed record OperationCase(string Name, Shape[] Inputs, Func<Operations, Tensor[], Tensor> Forward)
{
    /// <summary>Every differentiable operation on R rows of H heads of D columns, with N columns where an operation changes the width.</summary>
    public static IEnumerable<OperationCase> All(int R, int H, int D, int N)
    {
        var C = H * D;
        Shape x = new(R, C), wide = new(R, 3 * C);
        yield return new($"Embed", [new(N, C), new(R + 2, C)], (o, t) => o.Embed(Rows(o, R, N), t[0], t[1]));
        yield return new($"LayerNorm", [x, new(C), new(C)], (o, t) => o.LayerNorm(t[0], t[1], t[2], 1e-5f));
        yield return new($"Linear", [x, new(C, N), new(N)], (o, t) => o.Linear(t[0], t[1], t[2]));
        yield return new($"Linear without bias", [x, new(C, N)], (o, t) => o.Linear(t[0], t[1]));
        yield return new($"Linear transposed", [x, new(N, C)], (o, t) => o.Linear(t[0], t[1], transposed: true));
        yield return new($"AddLinear", [new(R, N), x, new(C, N), new(N)], (o, t) => o.AddLinear(t[0], t[1], t[2], t[3], 0, 1));
        yield return new($"AddLinear with dropout", [new(R, N), x, new(C, N), new(N)], (o, t) => o.AddLinear(t[0], t[1], t[2], t[3], 0.4f, 1));
        yield return new($"LinearGelu", [x, new(C, N), new(N)], (o, t) => o.LinearGelu(t[0], t[1], t[2]));
        yield return new($"Feed-forward", [x, new(C, N), new(N), new(N, C), new(C)], (o, t) => o.AddLinear(t[0], o.LinearGelu(t[0], t[1], t[2]), t[3], t[4], 0.4f, 1));
        // The gradient of a GELU comes on three ways: one may multiply by the slope at once, the others must add.
        yield return new($"LinearGelu read thrice", [x, new(C, N), new(N), new(N, N)], (o, t) =>
        {
            var gelu = o.LinearGelu(t[0], t[1], t[2]);
            return o.Add(o.Add(gelu, o.Linear(gelu, t[3])), o.Linear(gelu, t[3]));
        });
        yield return new($"Attention", [wide], (o, t) => o.Attention(t[0], Rows(o, R, N), H, 0, null, 0));
        yield return new($"Banded attention", [wide], (o, t) => o.Attention(t[0], Rows(o, R, N), H, 1 + R / 3, null, 0));
        yield return new($"Narrowly banded attention", [wide], (o, t) => o.Attention(t[0], Rows(o, R, N), H, 2, null, 0));
        yield return new($"Gelu", [x], (o, t) => o.Gelu(t[0]));
        yield return new($"Add", [x, x], (o, t) => o.Add(t[0], t[1]));
        yield return new($"Add to itself", [x], (o, t) => o.Add(t[0], o.Gelu(t[0])));
        yield return new($"Dropout", [x], (o, t) => o.Dropout(t[0], 0.4f, 3));
        yield return new($"SelectRows", [x], (o, t) => o.SelectRows(t[0], [R - 1, 0, R / 2, 0]));
        yield return new($"TokenLogProbabilities", [x, new(N, C)], (o, t) => o.TokenLogProbabilities(t[0], t[1], Targets(o, R, N)));
        foreach (var operation in Enum.GetValues<EditOperation>())
            yield return new($"Edit by {operation}", operation == EditOperation.Scale ? [x] : [x, new(R + 1, C + 2)], (o, t) =>
                o.Edit(t[0], operation == EditOperation.Scale ? default : t[1], new EditRegion(R / 3, R - R / 3, C / 2, C - C / 2, 1, 2), operation, 1.7f));
        yield return new($"Explicit attention", [x, wide], (o, t) =>
        {
            var pattern = o.Softmax(o.AttentionScores(t[1], Rows(o, R, N), H, N % 2 == 0 ? 3 : 0, null, 0));
            return o.AttentionCorrection(t[0], pattern, o.Softmax(o.Gelu(pattern)), t[1], Rows(o, R, N), H, null, 0);
        });
    }

    /// <summary>Runs forward and backward on random inputs, all of which have gradients, or one alone.</summary>
    /// <returns>The result, then the gradient of every input that has one, all as doubles.</returns>
    public double[][] Run(Backend backend, ElementType type, ulong seed = 1, int? watched = null)
    {
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        var operations = new Operations(backend, arena, tape) { Random = new RandomStream(5, 0, 2) };
        var inputs = Inputs.Select((shape, i) => Tensors.Random(backend, arena, shape, type, seed, (uint)i) is var input && (watched ?? i) == i ? tape.Watch(input) : input).ToArray();
        var y = Forward(operations, inputs);
        var upstream = Tensors.Random(backend, arena, y.Shape, type, seed, 99);
        var result = y.ToDoubles();
        tape.Seed(y, upstream);
        tape.Backward();
        return [result, .. inputs.Where(input => input.Node > 0).Select(input => tape.GradientOf(input).ToDoubles())];
    }

    // Two sequences of unequal length, where there are rows enough.
    private static TokenRows Rows(Operations operations, int R, int vocabulary)
    {
        var rows = new TokenRows(operations.Backend);
        var tokens = Enumerable.Range(0, R).Select(r => (7 * r + 3) % vocabulary).ToArray();
        var first = R < 3 ? R : R / 3;
        rows.Add(tokens.AsSpan(0, first));
        if (first < R)
            rows.Add(tokens.AsSpan(first));
        return rows;
    }

    private static Tensor Targets(Operations operations, int R, int vocabulary)
    {
        var targets = operations.Arena.Allocate(new Shape(R), ElementType.Int32);
        operations.Backend.Write(Enumerable.Range(0, R).Select(r => r % 4 == 2 ? -1 : (5 * r + 1) % vocabulary).ToArray(), targets);
        return targets;
    }
}
