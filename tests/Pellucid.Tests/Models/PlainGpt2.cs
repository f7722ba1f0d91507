using System.Text.Json;
using Pellucid.Models;

namespace Pellucid.Tests.Models;

/// <summary>
/// GPT-2 in double precision and plain loops, from the files alone: it knows nothing of the engine but the reader of weights,
/// and so judges what the engine makes of a folder.
/// </summary>
internal sealed class PlainGpt2
{
    private readonly Dictionary<string, float[]> _weights = [];
    private readonly JsonElement _config;
    private readonly int _width, _heads, _layers, _neurons, _vocabulary;

    public PlainGpt2(string folder)
    {
        _config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json"))).RootElement;
        using var reader = new SafetensorsReader(Path.Combine(folder, "model.safetensors"));
        foreach (var name in reader.Names)
            _weights[name.Replace("transformer.", "", StringComparison.Ordinal)] = reader.ReadFloat32(name);
        (_width, _heads, _layers) = (Number("n_embd"), Number("n_head"), Number("n_layer"));
        _neurons = _config.TryGetProperty("n_inner", out var inner) && inner.ValueKind == JsonValueKind.Number ? inner.GetInt32()
            : 4 * _width;
        _vocabulary = Number("vocab_size");
    }

    /// <summary>Log-probabilities (T, V) of the next token.</summary>
    public double[][] LogProbabilities(int[] tokens)
    {
        var x = tokens.Select((token, t) =>
            Vector(c => Weight("wte.weight", token * _width + c) + Weight("wpe.weight", t * _width + c))).ToArray();
        for (var layer = 0; layer < _layers; layer++)
        {
            var h = $"h.{layer}.";
            var attended = Attention(layer, [.. x.Select(row => LayerNorm(row, h + "ln_1"))]);
            x = [.. x.Zip(attended, (row, added) => Sum(row, added))];
            x = [.. x.Select(row => Sum(row, FeedForward(h, LayerNorm(row, h + "ln_2"))))];
        }
        var table = Flag("tie_word_embeddings", true) ? "wte.weight" : "lm_head.weight";
        return [.. x.Select(row => LogSoftmax(Logits(LayerNorm(row, "ln_f"), table)))];
    }

    private double[][] Attention(int layer, double[][] x)
    {
        var (h, D) = ($"h.{layer}.attn.", _width / _heads);
        var qkv = x.Select(row => Linear(row, h + "c_attn", 3 * _width)).ToArray();
        var mixed = x.Select(_ => new double[_width]).ToArray();
        for (var head = 0; head < _heads; head++)
        for (var i = 0; i < x.Length; i++)
        {
            var scores = new double[i + 1];
            for (var j = 0; j <= i; j++)
            {
                for (var d = 0; d < D; d++)
                    scores[j] += qkv[i][head * D + d] * qkv[j][_width + head * D + d];
                if (Flag("scale_attn_weights", true))
                    scores[j] /= Math.Sqrt(D);
                if (Flag("scale_attn_by_inverse_layer_idx", false))
                    scores[j] /= layer + 1;
            }
            var weights = LogSoftmax(scores).Select(Math.Exp).ToArray();
            for (var j = 0; j <= i; j++)
            for (var d = 0; d < D; d++)
                mixed[i][head * D + d] += weights[j] * qkv[j][2 * _width + head * D + d];
        }
        return [.. mixed.Select(row => Linear(row, h + "c_proj", _width))];
    }

    private double[] FeedForward(string h, double[] x)
    {
        var name = _config.TryGetProperty("activation_function", out var value) ? value.GetString() : "gelu_new";
        return Linear([.. Linear(x, h + "mlp.c_fc", _neurons).Select(neuron => Activated(name!, neuron))], h + "mlp.c_proj", _width);
    }

    private static double Activated(string name, double x) => name switch
    {
        "gelu_new" or "gelu_pytorch_tanh" => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        "gelu_fast" => 0.5 * x * (1 + Math.Tanh(x * 0.7978845608 * (1 + 0.044715 * x * x))),
        "gelu" => x * NormalDistribution(x),
        "quick_gelu" => x / (1 + Math.Exp(-1.702 * x)),
        "relu" => Math.Max(x, 0),
        "silu" => x / (1 + Math.Exp(-x)),
        "tanh" => Math.Tanh(x),
        _ => throw new ArgumentException(name),
    };

    // By Simpson's rule, 400 intervals: 1e-12 where it matters.
    private static double NormalDistribution(double x)
    {
        var (sum, end) = (0.0, Math.Clamp(x, -9, 9));
        for (var i = 0; i <= 400; i++)
            sum += (i is 0 or 400 ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-end * i / 400 * (end * i / 400) / 2);
        return 0.5 + sum * end / 1200 / Math.Sqrt(2 * Math.PI);
    }

    private double[] LayerNorm(double[] x, string name)
    {
        var (mean, epsilon) = (x.Average(), _config.TryGetProperty("layer_norm_epsilon", out var value) ? value.GetDouble() : 1e-5);
        var deviation = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + (float)epsilon);
        return Vector(c => (x[c] - mean) / deviation * Weight(name + ".weight", c) + Weight(name + ".bias", c));
    }

    private double[] Linear(double[] x, string name, int columns) => [.. Enumerable.Range(0, columns).Select(n =>
    {
        var sum = Weight(name + ".bias", n);
        for (var k = 0; k < x.Length; k++)
            sum += x[k] * Weight(name + ".weight", k * columns + n);
        return sum;
    })];

    private double[] Logits(double[] x, string table) => [.. Enumerable.Range(0, _vocabulary).Select(token =>
    {
        var sum = 0.0;
        for (var c = 0; c < _width; c++)
            sum += x[c] * Weight(table, token * _width + c);
        return sum;
    })];

    private static double[] LogSoftmax(double[] x)
    {
        var largest = x.Max();
        var total = largest + Math.Log(x.Sum(value => Math.Exp(value - largest)));
        return [.. x.Select(value => value - total)];
    }

    private double[] Vector(Func<int, double> of) => [.. Enumerable.Range(0, _width).Select(of)];

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private double Weight(string name, int index) => _weights[name][index];

    private int Number(string name) => _config.GetProperty(name).GetInt32();

    private bool Flag(string name, bool otherwise) => _config.TryGetProperty(name, out var value) ? value.GetBoolean() : otherwise;
}
