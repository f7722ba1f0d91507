using System.Runtime.InteropServices;
using System.Text.Json;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models;

/// <summary>A trained GPT that sorts, published with its intermediate values: every one of them is compared.</summary>
public sealed class GptNanoSortTests
{
    private const int B = 3, T = 11, C = 48, H = 3, D = C / H;

    public static TheoryData<string> Backends => TestBackends.Names;

    [Theory, MemberData(nameof(Backends))]
    public void All_intermediate_values_match(string name)
    {
        using var weights = JsonDocument.Parse(File.ReadAllText(SharedData.Path("gpt-nano-sort/gpt-nano-sort-model.json")));
        using var known = JsonDocument.Parse(File.ReadAllText(SharedData.Path("gpt-nano-sort/gpt-nano-sort-t0-partials.json")));
        using var backend = TestBackends.Create(name);
        using var gpt = new Gpt(new GptConfig { VocabularySize = 3, Context = T, Layers = 3, Heads = H, Width = C }, backend);
        foreach (var parameter in gpt.Parameters.Names)
            backend.Write(Weight(weights, parameter, gpt.Parameters[parameter].Shape), gpt.Parameters[parameter]);
        using var arena = new Arena(backend);
        using var rows = new TokenRows(backend);
        foreach (var sequence in Values(known, "idx").Select(value => (int)value).Chunk(T))
            rows.Add(sequence);
        var taps = new Taps();
        foreach (var activation in Enum.GetValues<Activation>())
            taps.Read(activation, activation == Activation.LnFinal ? 3 : 0);
        for (var layer = 0; layer < 3; layer++)
            taps.Read(Activation.ResidPost, layer);
        var run = new GptRun(new Operations(backend, arena)) { Taps = taps };
        var final = gpt.Forward(rows, run);

        var head = arena.Allocate(new Shape(3, C));
        backend.Write(Values(weights, "lm_head.weight"), head);
        var logits = arena.Allocate(new Shape(B * T, 3));
        backend.Linear(final, head, true, default, logits);
        var logitValues = new float[logits.Count];
        backend.Read(logits, logitValues);

        float[] Read(Activation activation, int layer = 0) => taps[activation, layer].ToArray(backend);
        (string Name, float[] Ours)[] pairs =
        [
            ("x", Read(Activation.ResidPre)), ("ln1", Read(Activation.Ln1)),
            ("q", HeadFirst(Read(Activation.Q))), ("k", HeadFirst(Read(Activation.K))), ("v", HeadFirst(Read(Activation.V))),
            ("attSm", BatchFirst(Read(Activation.Pattern))), ("y", Read(Activation.Z)), ("yProj", Read(Activation.AttnOut)),
            ("attnResid", Read(Activation.ResidMid)), ("ln2", Read(Activation.Ln2)), ("fc", Read(Activation.MlpPre)),
            ("gelu", Read(Activation.MlpPost)), ("mlp", Read(Activation.MlpOut)), ("mlpResid", Read(Activation.ResidPost)),
            ("block0", Read(Activation.ResidPost)), ("block1", Read(Activation.ResidPost, 1)), ("block2", Read(Activation.ResidPost, 2)),
            ("ln_f", Read(Activation.LnFinal, 3)), ("lm_head", logitValues), ("probs", Softmax(logitValues, 3)),
        ];
        Assert.All(pairs, pair => Assert.True(Near.LargestDifference(Values(known, pair.Name), pair.Ours) < 1e-5, pair.Name));
        AssertScores(Values(known, "att"), BatchFirst(Read(Activation.AttnScores)));
    }

    // Masked scores are −∞ with us, and whatever the publisher's mask made of them there.
    private static void AssertScores(float[] expected, float[] actual)
    {
        for (var i = 0; i < actual.Length; i++)
            if (i % T <= i / T % T)
                Assert.Equal(expected[i], actual[i], 1e-5f);
            else
                Assert.Equal(float.NegativeInfinity, actual[i]);
    }

    // The publisher keeps linear weights as (out, in), GPT-2's checkpoints as (in, out).
    private static float[] Weight(JsonDocument weights, string name, Shape shape)
    {
        var values = Values(weights, "transformer." + name);
        if (shape.Rank == 1 || name is "wte.weight" or "wpe.weight")
            return values;
        var turned = new float[values.Length];
        for (var row = 0; row < shape[0]; row++)
        for (var column = 0; column < shape[1]; column++)
            turned[row * shape[1] + column] = values[column * shape[0] + row];
        return turned;
    }

    // (B·T, H·D) to (B, H, T, D)
    private static float[] HeadFirst(float[] rows)
    {
        var result = new float[rows.Length];
        for (var b = 0; b < B; b++)
        for (var h = 0; h < H; h++)
        for (var t = 0; t < T; t++)
            Array.Copy(rows, (b * T + t) * C + h * D, result, ((b * H + h) * T + t) * D, D);
        return result;
    }

    // (H, B·T, T) to (B, H, T, T)
    private static float[] BatchFirst(float[] planes)
    {
        var result = new float[planes.Length];
        for (var b = 0; b < B; b++)
        for (var h = 0; h < H; h++)
            Array.Copy(planes, (h * B + b) * T * T, result, (b * H + h) * T * T, T * T);
        return result;
    }

    private static float[] Softmax(float[] logits, int width) => [.. logits.Chunk(width).SelectMany(row =>
    {
        var sum = row.Sum(value => Math.Exp(value));
        return row.Select(value => (float)(Math.Exp(value) / sum));
    })];

    private static float[] Values(JsonDocument document, string name) =>
        MemoryMarshal.Cast<byte, float>(document.RootElement.GetProperty(name).GetProperty("data").GetBytesFromBase64()).ToArray();
}
