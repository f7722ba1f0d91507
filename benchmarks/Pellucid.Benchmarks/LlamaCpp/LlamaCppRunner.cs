using LLama;
using LLama.Common;
using LLama.Native;

namespace Pellucid.Benchmarks.LlamaCpp;

/// <summary>A GGUF file as llama.cpp runs it through LLamaSharp, with its own settings for speed.</summary>
internal sealed class LlamaCppRunner : IDisposable
{
    private const int Batch = 512;

    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tokens">Longest sequence that will be read.</param>
    /// <param name="threads">Threads that compute.</param>
    public LlamaCppRunner(string path, int tokens, int threads)
    {
        NativeLogConfig.llama_log_set((_, _) => { });
        var settings = new ModelParams(path)
        {
            ContextSize = (uint)tokens,
            BatchSize = Batch,
            UBatchSize = Batch,
            GpuLayerCount = 0,
            Threads = threads,
            BatchThreads = threads,
        };
        _weights = LLamaWeights.LoadFromFile(settings);
        _context = _weights.CreateContext(settings);
    }

    /// <summary>Reads tokens at positions from one on, after which nothing else is held, up to the logits of the last one.</summary>
    public void Read(ReadOnlySpan<int> tokens, int position)
    {
        _context.NativeHandle.MemorySequenceRemove(LLamaSeqId.Zero, position, -1);
        for (var first = 0; first < tokens.Length; first += Batch)
        {
            var batch = new LLamaBatch();
            for (var i = first; i < Math.Min(tokens.Length, first + Batch); i++)
                batch.Add((LLamaToken)tokens[i], position + i, LLamaSeqId.Zero, logits: i == tokens.Length - 1);
            if (_context.Decode(batch) is not DecodeResult.Ok and var result)
                throw new InvalidDataException($"llama.cpp does not read the tokens: {result}");
        }
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }
}
