using Pellucid.Tensors;

namespace Pellucid.Tests.Tensors;

/// <summary>One operation on inputs of given shapes; the same case serves the comparison of backends and the finite differences.</summary>
internal sealed record OperationCase(string Name, Shape[] Inputs, Func<Operations, Tensor[], Tensor> Forward)
{
    /// <summary>Every differentiable operation on R rows of H heads of D columns,
    /// with N columns where an operation changes the width.</summary>
    public static IEnumerable<OperationCase> All(int R, int H, int D, int N)
    {
        var C = H * D;
        var x = new Shape(R, C);
        yield return new($"Embed", [new(N, C), new(R + 2, C)], (o, t) => o.Embed(Rows(o, R, N), t[0], t[1]));
        yield return new($"Embed without positions", [new(N, C)], (o, t) => o.Embed(Rows(o, R, N), t[0], type: t[0].Type));
        yield return new($"LayerNorm", [x, new(C), new(C)], (o, t) => o.LayerNorm(t[0], t[1], t[2], 1e-5f));
        yield return new($"LayerNorm without bias", [x, new(C)], (o, t) => o.LayerNorm(t[0], t[1], default, 1e-3f));
        yield return new($"Linear", [x, new(C, N), new(N)], (o, t) => o.Linear(t[0], t[1], t[2]));
        yield return new($"Linear without bias", [x, new(C, N)], (o, t) => o.Linear(t[0], t[1]));
        yield return new($"Linear transposed", [x, new(N, C)], (o, t) => o.Linear(t[0], t[1], transposed: true));
        yield return new($"AddLinear", [new(R, N), x, new(C, N), new(N)], (o, t) => o.AddLinear(t[0], t[1], t[2], t[3], 0, 1));
        yield return new($"AddLinear with dropout", [new(R, N), x, new(C, N), new(N)],
            (o, t) => o.AddLinear(t[0], t[1], t[2], t[3], 0.4f, 1));
        foreach (var function in Enum.GetValues<Nonlinearity>())
        {
            yield return new($"{function}", [x], (o, t) => o.Activate(t[0], function));
            yield return new($"Linear{function}", [x, new(C, N), new(N)], (o, t) => o.LinearActivate(t[0], t[1], t[2], function));
        }
        yield return new($"Gate by Silu", [x, x], (o, t) => o.Gate(t[0], t[1], Nonlinearity.Silu));
        yield return new($"Gate by itself", [x], (o, t) => o.Gate(t[0], t[0], Nonlinearity.GeluTanh));
        yield return new($"LinearGate", [new(R, N), x, new(C, N), new(N)],
            (o, t) => o.LinearGate(t[0], t[1], t[2], t[3], Nonlinearity.Gelu));
        yield return new($"LinearSilu without bias", [x, new(C, N)], (o, t) => o.LinearActivate(t[0], t[1], default, Nonlinearity.Silu));
        yield return new($"Feed-forward", [x, new(C, N), new(N), new(N, C), new(C)], (o, t) =>
            o.AddLinear(t[0], o.LinearActivate(t[0], t[1], t[2], Nonlinearity.GeluTanh), t[3], t[4], 0.4f, 1));
        // The gradient of a GELU comes on three ways: one may multiply by the slope at once, the others must add.
        yield return new($"LinearGeluTanh read thrice", [x, new(C, N), new(N), new(N, N)], (o, t) =>
        {
            var gelu = o.LinearActivate(t[0], t[1], t[2], Nonlinearity.GeluTanh);
            return o.Add(o.Add(gelu, o.Linear(gelu, t[3])), o.Linear(gelu, t[3]));
        });
        yield return new($"RmsNorm", [x, new(C)], (o, t) => o.RmsNorm(t[0], t[1], 1e-5f));
        foreach (var operation in OfHeads(R, new(H, H, D), N, "").Concat(OfHeads(R, new(3 * H, H, D), N, " of groups")))
            yield return operation;
        foreach (var operation in OfExperts(R, C, N))
            yield return operation;
        foreach (var (name, shape) in AttentionShapes(R, H, D))
        {
            var qkv = new Shape(R, shape.InputWidth);
            yield return new(name, [qkv], (o, t) => o.Attention(t[0], Rows(o, R, N), shape, null, 0));
            yield return new($"{name}, with sinks", [qkv, new(shape.Heads)],
                (o, t) => o.Attention(t[0], Rows(o, R, N), shape, null, 0, t[1]));
            yield return new($"{name}, explicit", [new(R, shape.QueryWidth), qkv, new(shape.Heads)], (o, t) =>
            {
                var scores = o.AttentionScores(t[1], Rows(o, R, N), shape, null, 0);
                var pattern = o.Softmax(scores, shape.SoftCap > 0 ? t[2] : default);
                var edited = o.Softmax(o.Activate(pattern, Nonlinearity.GeluTanh), t[2]);
                return o.AttentionCorrection(t[0], pattern, edited, t[1], Rows(o, R, N), shape, null, 0);
            });
        }
        yield return new($"Scale", [x], (o, t) => o.Scale(t[0], -1.7f));
        yield return new($"SoftCap", [x], (o, t) => o.SoftCap(t[0], 0.6f));
        yield return new($"Scale and SoftCap of one", [x], (o, t) => o.Add(o.Add(t[0], o.Scale(t[0], 3)), o.SoftCap(t[0], 2)));
        yield return new($"Add", [x, x], (o, t) => o.Add(t[0], t[1]));
        yield return new($"Add to itself", [x], (o, t) => o.Add(t[0], o.Activate(t[0], Nonlinearity.GeluTanh)));
        yield return new($"Dropout", [x], (o, t) => o.Dropout(t[0], 0.4f, 3));
        yield return new($"SelectRows", [x], (o, t) => o.SelectRows(t[0], [R - 1, 0, R / 2, 0]));
        yield return new($"TokenLogProbabilities", [x, new(N, C)], (o, t) => o.TokenLogProbabilities(t[0], t[1], Targets(o, R, N)));
        yield return new($"TokenLogProbabilities with a soft cap", [x, new(N, C)],
            (o, t) => o.TokenLogProbabilities(t[0], t[1], Targets(o, R, N), 0.8f));
        yield return new($"AddColumns", [x, new(C, N + 2), new(N + 2), new(R, N)],
            (o, t) => o.AddColumns(o.Linear(t[0], t[1], t[2]), t[3], 1, -0.7f));
        foreach (var hasBias in (bool[])[false, true])
            yield return new($"ScaleColumns{(hasBias ? " with a bias" : "")}",
                hasBias ? [new(R, N + 2), new(N), new(N + 2)] : [new(R, N + 2), new(N)],
                (o, t) => o.ScaleColumns(t[0], 1, t[1], Norms(o, t[1]), hasBias ? t[2] : default));
        foreach (var operation in Enum.GetValues<EditOperation>())
            yield return new($"Edit by {operation}", operation == EditOperation.Scale ? [x] : [x, new(R + 1, C + 2)], (o, t) =>
                o.Edit(t[0], operation == EditOperation.Scale ? default : t[1],
                    new EditRegion(R / 3, R - R / 3, C / 2, C - C / 2, 1, 2), operation, 1.7f));
    }

    // What is done with queries and keys before attention.
    private static IEnumerable<OperationCase> OfHeads(int R, AttentionShape shape, int N, string of)
    {
        var (D, qkv) = (shape.HeadWidth, new Shape(R, shape.InputWidth));
        Tensor Normalize(Operations o, Tensor x, Tensor[] t) => o.NormalizeHeads(x, t[1], t[2], shape, 1e-3f);
        Tensor Rotate(Operations o, Tensor x, int pairs) => o.Rotate(x, Rows(o, R, N), Rotary(o, x, pairs), shape);
        yield return new($"NormalizeHeads{of}", [qkv, new(D), new(D)], (o, t) => Normalize(o, t[0], t));
        yield return new($"NormalizeHeads{of} together", [qkv, new(shape.QueryWidth), new(shape.KeyValueWidth)],
            (o, t) => Normalize(o, t[0], t));
        yield return new($"Rotate all pairs{of}", [qkv], (o, t) => Rotate(o, t[0], D / 2));
        yield return new($"Rotate some pairs{of}", [qkv], (o, t) => Rotate(o, t[0], (D + 2) / 4));
        // Gradients come several ways, of which all but one are added.
        yield return new($"Norms, rotations and attention{of}", [qkv, new(D), new(D)], (o, t) =>
        {
            var both = Rotate(o, Normalize(o, t[0], t), D / 2);
            var sum = o.Add(o.Add(t[0], Normalize(o, t[0], t)), o.Add(both, Rotate(o, t[0], (D + 2) / 4)));
            return o.Attention(sum, Rows(o, R, N), shape, null, 0);
        });
    }

    // Rows given to some of E experts, which have F columns.
    private static IEnumerable<OperationCase> OfExperts(int R, int C, int N)
    {
        var (E, F) = (Math.Min(N, 5), Math.Min(N, 9));
        var k = Math.Min(E, 2);
        var (rows, scores) = (new Shape(R * k, C), new Shape(R, E));
        Shape[] weights = [.. Enumerable.Repeat(new Shape(C, F), E)], biases = [.. Enumerable.Repeat(new Shape(F), E)];
        ExpertRows Chosen(Operations o, ElementType type) => o.ChooseExperts(Tensors.Random(o.Backend, o.Arena, scores, type, 4, 0), k);
        yield return new("SelectColumns", [scores], (o, t) => o.SelectColumns(t[0], o.ChooseExperts(t[0], k).Chosen));
        yield return new("LinearByGroup", [rows, .. weights, .. biases], (o, t) =>
            o.LinearByGroup(t[0], Chosen(o, t[0].Type).Starts, (t[1..(1 + E)], t[(1 + E)..])));
        yield return new("LinearByGroup without biases", [rows, .. weights], (o, t) =>
            o.LinearByGroup(t[0], Chosen(o, t[0].Type).Starts, (t[1..], [])));
        yield return new("MixRows", [rows, new(R, k)], (o, t) => o.MixRows(t[0], Chosen(o, t[0].Type).Places, t[1]));
        yield return new("ClampedGate", [new(R, C), new(R, C)], (o, t) => o.ClampedGate(t[0], t[1], 1.702f, 0.7f));
        yield return new("ClampedGate by itself", [new(R, C)], (o, t) => o.ClampedGate(t[0], t[0], 1.1f, 0.4f));
        // Gradients come to x and to the scores on several ways.
        foreach (var amongChosen in (bool[])[true, false])
            yield return new($"Experts weighed among {(amongChosen ? "those chosen" : "all")}",
                [new(R, C), new(C, E), .. weights, .. Enumerable.Repeat(new Shape(F, C), E)], (o, t) =>
                {
                    var all = o.Linear(t[0], t[1]);
                    var chosen = o.ChooseExperts(all, k);
                    var weighed = amongChosen ? o.Softmax(o.SelectColumns(all, chosen.Chosen))
                        : o.SelectColumns(o.Softmax(all), chosen.Chosen);
                    var y = o.LinearByGroup(o.SelectRows(t[0], chosen.Sources), chosen.Starts, (t[2..(2 + E)], []));
                    y = o.LinearByGroup(o.Activate(y, Nonlinearity.Silu), chosen.Starts, (t[(2 + E)..], []));
                    return o.Add(t[0], o.MixRows(y, chosen.Places, weighed));
                });
    }

    private static IEnumerable<(string Name, AttentionShape Shape)> AttentionShapes(int R, int H, int D)
    {
        yield return ("Attention", new(H, H, D));
        yield return ("Windowed attention", new(H, H, D, Window: 1 + R / 3));
        yield return ("Narrowly windowed attention", new(H, H, D, Window: 2));
        yield return ("Scaled attention", new(H, H, D, Scale: 0.4));
        yield return ("Capped attention", new(H, H, D, Scale: 1.5, SoftCap: 1.2));
        yield return ("Attention of one group", new(3, 1, D));
        yield return ("Attention of groups", new(2 * H, H, D));
        yield return ("Scaled and windowed attention of groups", new(3 * H, H, D, Scale: 0.6, Window: 1 + R / 2));
        yield return ("Capped and windowed attention of groups", new(2 * H, H, D, Window: 1 + R / 2, SoftCap: 0.5));
    }

    /// <summary>Runs forward and backward on random inputs, all of which have gradients, or one alone.</summary>
    /// <returns>The result, then the gradient of every input that has one, all as doubles.</returns>
    public double[][] Run(Backend backend, ElementType type, ulong seed = 1, int? watched = null)
    {
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        var operations = new Operations(backend, arena, tape) { Random = new RandomStream(5, 0, 2) };
        var inputs = Inputs.Select((shape, i) => Tensors.Random(backend, arena, shape, type, seed, (uint)i) is var input
            && (watched ?? i) == i ? tape.Watch(input) : input).ToArray();
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

    private static RotaryTable Rotary(Operations operations, Tensor qkv, int pairs) =>
        new(operations.Backend, [.. Enumerable.Range(0, pairs).Select(i => Math.Pow(100, -(double)i / pairs))], 1.25, qkv.Type);

    private static Tensor Norms(Operations operations, Tensor like)
    {
        var norms = operations.Arena.Allocate(like.Shape, like.Type);
        operations.Backend.Write(Enumerable.Range(0, (int)like.Count).Select(i => 0.5f + 0.25f * (i % 4)).ToArray(), norms);
        return norms;
    }

    private static Tensor Targets(Operations operations, int R, int vocabulary)
    {
        var targets = operations.Arena.Allocate(new Shape(R), ElementType.Int32);
        operations.Backend.Write(Enumerable.Range(0, R).Select(r => r % 4 == 2 ? -1 : (5 * r + 1) % vocabulary).ToArray(), targets);
        return targets;
    }
}
