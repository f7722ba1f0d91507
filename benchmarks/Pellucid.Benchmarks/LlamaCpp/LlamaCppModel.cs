using LLama;
using LLama.Common;
using LLama.Native;

namespace Pellucid.Benchmarks.LlamaCpp;

/// <summary>A GGUF file as llama.cpp loads it, through LLamaSharp: keys and values in singles, attention written out,
/// so that nothing is rounded but where its kernels round.</summary>
internal sealed class LlamaCppModel : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tokens">Longest sequence that will be read.</param>
    /// <param name="threads">Threads that compute.</param>
    public LlamaCppModel(string path, int tokens, int threads = 1)
    {
        NativeLogConfig.llama_log_set((_, _) => { });
        var settings = new ModelParams(path)
        {
            ContextSize = (uint)tokens,
            BatchSize = (uint)tokens,
            UBatchSize = (uint)tokens,
            GpuLayerCount = 0,
            Threads = threads,
            BatchThreads = threads,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
            FlashAttention = false,
        };
        _weights = LLamaWeights.LoadFromFile(settings);
        _context = _weights.CreateContext(settings);
    }

    /// <summary>Tokens of a text, begun as the file says; what looks like a special token stays text.</summary>
    public int[] Tokenize(string text) => [.. _context.Tokenize(text, addBos: true, special: false).Select(token => (int)token)];

    /// <summary>Logits (T, V) after every token.</summary>
    public float[][] Logits(int[] tokens)
    {
        _context.NativeHandle.MemoryClear();
        var batch = new LLamaBatch();
        for (var position = 0; position < tokens.Length; position++)
            batch.Add((LLamaToken)tokens[position], position, LLamaSeqId.Zero, logits: true);
        var result = _context.Decode(batch);
        return result == DecodeResult.Ok
            ? [.. Enumerable.Range(0, tokens.Length).Select(position => _context.NativeHandle.GetLogitsIth(position).ToArray())]
            : throw new InvalidDataException($"llama.cpp does not read the tokens: {result}");
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }
}
