namespace Pellucid.Words;

/// <summary>What word2vec learns: a vector for each word as input, and as output one for each word,
/// for each inner node of the tree, or both.</summary>
internal sealed class Word2VecWeights : IDisposable
{
    public Word2VecWeights(Vocabulary vocabulary, Word2VecOptions options)
    {
        var V = vocabulary.Counts.Length;
        Input = new WordMatrix(V, options.Size);
        if (options.Negative > 0)
        {
            NegativeOutput = new WordMatrix(V, options.Size);
            Sampler = new UnigramSampler(vocabulary.Counts);
        }
        if (options.HierarchicalSoftmax)
        {
            Tree = new HuffmanTree(vocabulary.Counts);
            TreeOutput = new WordMatrix(Tree.Nodes, options.Size);
        }
        var random = new OriginalRandom(options.Seed);
        for (var word = 0; word < V; word++)
            foreach (ref var value in Input[word])
                value = ((random.Next() & 0xFFFF) / 65536f - 0.5f) / options.Size;
    }

    /// <summary>Uniform within ±0.5 / size at first, drawn as word2vec.c draws it.</summary>
    public WordMatrix Input { get; }

    public WordMatrix? NegativeOutput { get; }

    public WordMatrix? TreeOutput { get; }

    public UnigramSampler? Sampler { get; }

    public HuffmanTree? Tree { get; }

    public void DisposeOutputs()
    {
        NegativeOutput?.Dispose();
        TreeOutput?.Dispose();
    }

    public void Dispose()
    {
        Input.Dispose();
        DisposeOutputs();
    }
}
