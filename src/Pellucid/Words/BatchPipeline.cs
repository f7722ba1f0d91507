using Pellucid.Tensors.Cpu;

namespace Pellucid.Words;

/// <summary>Trains on the batches of a stream; while one is trained, the memory brings the rows of the one after it.</summary>
internal sealed class BatchPipeline<T> : IDisposable where T : unmanaged, ISimd<T>
{
    private readonly BatchSource _source;
    private readonly BatchedUpdate<T> _update;
    private WordBatch _batch, _next;

    /// <summary>With <paramref name="later"/>, the weights stay as they are and updates are put there.</summary>
    public BatchPipeline(SentenceStream stream, Word2VecWeights weights, Word2VecOptions options,
        int streamNumber, RowUpdates? later = null)
    {
        _source = new BatchSource(stream, options, weights.Sampler, (ulong)streamNumber);
        _update = new BatchedUpdate<T>(weights, options, BatchSource.Centres(options), later);
        (_batch, _next) = (BatchSource.NewBatch(options), BatchSource.NewBatch(options));
        HasMore = _source.Fill(_next);
    }

    /// <summary>Whether there is another batch.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Words of the vocabulary read so far.</summary>
    public long WordsRead => _source.WordsRead;

    /// <summary>Trains on the next batch.</summary>
    /// <returns>The words in the middle of it.</returns>
    public int Train(float rate)
    {
        (_batch, _next) = (_next, _batch);
        HasMore = _source.Fill(_next);
        if (HasMore)
            _update.Prefetch(_next);
        _update.Train(_batch, rate);
        return _batch.Count;
    }

    public void Dispose() => _source.Dispose();
}
