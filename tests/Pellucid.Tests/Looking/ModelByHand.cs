using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking;

/// <summary>A model without LayerNorm whose weights are written one by one.</summary>
internal sealed class ModelByHand : IDisposable
{
    private readonly Dictionary<string, float[]> _weights = [];

    public ModelByHand(Backend backend, GptConfig config, int neurons = 0)
    {
        Gpt = new Gpt(config with { Norm = NormShape.None, FeedForwardWidth = neurons }, backend);
        foreach (var name in Gpt.Parameters.Names)
            _weights[name] = new float[Gpt.Parameters[name].Count];
    }

    public Gpt Gpt { get; }

    private int C => Gpt.Config.Width;

    private int D => Gpt.Config.HeadWidth;

    public ModelByHand Token(int token, int column, float value = 1) => Set("wte.weight", token * C + column, value);

    public ModelByHand Position(int position, int column, float value = 1) => Set("wpe.weight", position * C + column, value);

    /// <summary>A query (part 0), key (1) or value (2) of a head reads a residual column into one of its own.</summary>
    public ModelByHand Reads(int layer, int head, int part, int from, int to, float value) =>
        Set($"h.{layer}.attn.c_attn.weight", from * 3 * C + part * C + head * D + to, value);

    /// <summary>A head's key or query has a constant part.</summary>
    public ModelByHand Always(int layer, int head, int part, int to, float value) =>
        Set($"h.{layer}.attn.c_attn.bias", part * C + head * D + to, value);

    /// <summary>A head writes one of its columns to a residual column.</summary>
    public ModelByHand Writes(int layer, int head, int from, int to, float value) =>
        Set($"h.{layer}.attn.c_proj.weight", (head * D + from) * C + to, value);

    /// <summary>A neuron reads a residual column and writes another.</summary>
    public ModelByHand Neuron(int layer, int neuron, int from, float reads, int to, float writes)
    {
        Set($"h.{layer}.mlp.c_fc.weight", from * Gpt.Config.FeedForwardWidth + neuron, reads);
        return Set($"h.{layer}.mlp.c_proj.weight", neuron * C + to, writes);
    }

    /// <summary>A neuron has a constant part.</summary>
    public ModelByHand Biased(int layer, int neuron, float value) => Set($"h.{layer}.mlp.c_fc.bias", neuron, value);

    /// <summary>Whether a head writes anything yet.</summary>
    public bool IsWritten(int layer, int head) =>
        _weights[$"h.{layer}.attn.c_proj.weight"].AsSpan(head * D * C, D * C).ContainsAnyExcept(0f);

    /// <summary>Writes the weights into the model.</summary>
    public Gpt Finish()
    {
        foreach (var (name, values) in _weights)
            Gpt.Backend.Write(values, Gpt.Parameters[name]);
        return Gpt;
    }

    public void Dispose() => Gpt.Dispose();

    private ModelByHand Set(string name, int index, float value)
    {
        _weights[name][index] += value;
        return this;
    }
}
