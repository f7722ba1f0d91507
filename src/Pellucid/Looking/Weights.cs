using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>Weights of a model in host memory, cut by head, for the arithmetic that an instrument does by itself.</summary>
internal sealed class Weights(Gpt gpt)
{
    private readonly Dictionary<string, float[]> _read = [];

    private int C => gpt.Config.Width;

    private int D => gpt.Config.HeadWidth;

    public GptConfig Config => gpt.Config;

    /// <summary>A parameter, row by row.</summary>
    public float[] this[string name]
    {
        get
        {
            if (_read.TryGetValue(name, out var values))
                return values;
            var parameter = gpt.Parameters[name];
            values = new float[parameter.Count];
            gpt.Backend.Read(parameter, values);
            return _read[name] = values;
        }
    }

    /// <summary>A row of the token table: what the output compares the final residual with.</summary>
    public ReadOnlySpan<float> Unembedding(int token) => this["wte.weight"].AsSpan(token * C, C);

    /// <summary>W_Q, W_K or W_V (part 0, 1, 2) of a head, (C, D); on request with the gain of the LayerNorm before it folded in.</summary>
    public float[] Input(int layer, int head, int part, bool withGain)
    {
        var (all, own) = (this[$"h.{layer}.attn.c_attn.weight"], new float[C * D]);
        var gain = withGain && gpt.Config.LayerNorm ? this[$"h.{layer}.ln_1.weight"] : null;
        for (var c = 0; c < C; c++)
        for (var d = 0; d < D; d++)
            own[c * D + d] = all[c * 3 * C + part * C + head * D + d] * (gain?[c] ?? 1);
        return own;
    }

    /// <summary>W_O of a head, (D, C).</summary>
    public ReadOnlySpan<float> Output(int layer, int head) => this[$"h.{layer}.attn.c_proj.weight"].AsSpan(head * D * C, D * C);

    /// <summary>y = x · W for W (x.Length, columns).</summary>
    public static float[] Multiply(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, int columns)
    {
        var y = new float[columns];
        for (var i = 0; i < x.Length; i++)
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(weight.Slice(i * columns, columns), x[i], y, y);
        return y;
    }
}
