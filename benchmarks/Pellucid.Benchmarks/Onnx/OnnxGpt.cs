using Google.Protobuf;
using Onnx;
using Pellucid.Models;

namespace Pellucid.Benchmarks.Onnx;

/// <summary>
/// Writes GPT-2 as an ONNX graph that reads one prompt: "tokens" (1, T) to the keys and values (1, H, T, D) of every layer, with
/// which writing would go on, and the "logits" (1, V) of the last token. Attention is ONNX Runtime's own fused operation.
/// </summary>
internal sealed class OnnxGpt
{
    private readonly OnnxGraph _graph = new();
    private readonly Gpt _gpt;
    private readonly int _tokens;
    private readonly bool _integers;

    private OnnxGpt(Gpt gpt, int tokens, bool integers) => (_gpt, _tokens, _integers) = (gpt, tokens, integers);

    /// <summary>The file's bytes, weights included.</summary>
    /// <param name="gpt">Whose weights.</param>
    /// <param name="tokens">T.</param>
    /// <param name="integers">Whether linear layers round their weights to eight bits by column, and their input as it comes:
    /// dynamic quantisation.</param>
    public static byte[] Write(Gpt gpt, int tokens, bool integers)
    {
        var writer = new OnnxGpt(gpt, tokens, integers);
        writer.Forward();
        return writer._graph.Write();
    }

    private void Forward()
    {
        var (T, C, V, L) = (_tokens, _gpt.Config.Width, _gpt.Config.VocabularySize, _gpt.Config.Layers);
        var table = Read("wte.weight"); // (V, C)
        var x = Add(_graph.Node("Gather", [_graph.Floats(table, V, C), _graph.Input("tokens", 1, T)]),
            _graph.Floats(Read("wpe.weight").AsSpan(0, T * C), T, C)); // (1, T, C)
        for (var layer = 0; layer < L; layer++)
        {
            var h = $"h.{layer}.";
            var z = Attention(layer, Linear(LayerNorm(x, h + "ln_1"), h + "attn.c_attn"));
            if (layer == L - 1)
                (x, z) = (Last(x), Last(z)); // as in ours, what comes after the last attention is for the last token alone
            x = Add(x, Linear(z, h + "attn.c_proj"));
            x = Add(x, Linear(Gelu(Linear(LayerNorm(x, h + "ln_2"), h + "mlp.c_fc")), h + "mlp.c_proj"));
        }
        _graph.Output(Product(LayerNorm(x, "ln_f"), Turned(table, V, C), V), "logits", 1, V);
    }

    private string Attention(int layer, string qkv)
    {
        var (C, H, D) = (_gpt.Config.Width, _gpt.Config.Heads, _gpt.Config.HeadWidth);
        var parts = _graph.Nodes("Split", [qkv, _graph.Integers(C, C, C)], 3, OnnxGraph.Number("axis", -1));
        // z, keys, values
        var results = _graph.Nodes("MultiHeadAttention", parts, 3, OnnxGraph.Number("num_heads", H), OnnxGraph.Number("unidirectional", 1));
        _graph.Output(results[1], $"keys.{layer}", 1, H, _tokens, D);
        _graph.Output(results[2], $"values.{layer}", 1, H, _tokens, D);
        return results[0];
    }

    private string Linear(string x, string name) =>
        Add(Product(x, Read(name + ".weight"), Read(name + ".bias").Length), Vector(name + ".bias"));

    // x (…, K) by weight (K, N).
    private string Product(string x, float[] weight, int columns)
    {
        var rows = weight.Length / columns;
        if (!_integers)
            return _graph.Node("MatMul", [x, _graph.Floats(weight, rows, columns)]);
        var (bytes, scales) = Rounded(weight, columns);
        var input = _graph.Nodes("DynamicQuantizeLinear", [x], 3); // bytes, scale, zero point
        var sum = _graph.Node("MatMulInteger", [input[0], _graph.Bytes(bytes, rows, columns), input[2]]);
        return _graph.Node("Mul", [_graph.Node("Cast", [sum], OnnxGraph.Number("to", (long)TensorProto.Types.DataType.Float)),
            _graph.Node("Mul", [input[1], _graph.Floats(scales, columns)])]);
    }

    private string LayerNorm(string x, string name) =>
        _graph.Node("LayerNormalization", [x, Vector(name + ".weight"), Vector(name + ".bias")], OnnxGraph.Number("axis", -1),
            new AttributeProto { Name = "epsilon", Type = AttributeProto.Types.AttributeType.Float, F = _gpt.Config.Norm.Epsilon });

    private string Gelu(string x) => _graph.Node("Gelu", [x],
        new AttributeProto { Name = "approximate", Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8("tanh") });

    private string Add(string left, string right) => _graph.Node("Add", [left, right]);

    private string Last(string x) => _graph.Node("Gather", [x, _graph.Integer(_tokens - 1)], OnnxGraph.Number("axis", 1)); // (1, C)

    private string Vector(string name)
    {
        var values = Read(name);
        return _graph.Floats(values, values.Length);
    }

    private float[] Read(string name)
    {
        var values = new float[_gpt.Parameters[name].Count];
        _gpt.Parameters.Read(_gpt.Parameters.IndexOf(name), values);
        return values;
    }

    private static float[] Turned(float[] matrix, int rows, int columns)
    {
        var turned = new float[matrix.Length];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
                turned[column * rows + row] = matrix[row * columns + column];
        return turned;
    }

    // Signed bytes, and a scale for each column.
    private static (sbyte[] Bytes, float[] Scales) Rounded(float[] weight, int columns)
    {
        var (bytes, scales) = (new sbyte[weight.Length], new float[columns]);
        for (var i = 0; i < weight.Length; i++)
            scales[i % columns] = Math.Max(scales[i % columns], Math.Abs(weight[i]) / sbyte.MaxValue);
        for (var i = 0; i < weight.Length; i++)
            bytes[i] = (sbyte)MathF.Round(weight[i] / scales[i % columns]);
        return (bytes, scales);
    }
}
