using Microsoft.ML.OnnxRuntime;

namespace Pellucid.Benchmarks.Onnx;

/// <summary>A session of ONNX Runtime that reads one prompt.</summary>
internal sealed class OnnxPrompt : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly Dictionary<string, OrtValue> _input;

    public OnnxPrompt(byte[] model, int[] prompt, int threads)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL
        };
        _session = new InferenceSession(model, options);
        _input = new()
        {
            ["tokens"] = OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(prompt, token => (long)token), [1, prompt.Length])
        };
    }

    /// <summary>Logits of the last token.</summary>
    public float[] Logits { get; private set; } = [];

    /// <summary>Keys and values of all layers, and then the logits.</summary>
    public void Read()
    {
        using var results = _session.Run(_options, _input, _session.OutputNames);
        Logits = results[results.Count - 1].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        foreach (var value in _input.Values)
            value.Dispose();
        _options.Dispose();
        _session.Dispose();
    }
}
