using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Words;

/// <summary>
/// word2vec (Mikolov et al. 2013a, arXiv 1301.3781, and 2013b, arXiv 1310.4546): continuous bag of words or skip-gram,
/// negative sampling, hierarchical softmax or both.
/// </summary>
public sealed class Word2VecTrainer : IDisposable
{
    private readonly Corpus _corpus;
    private readonly Vocabulary _vocabulary;
    private readonly Word2VecOptions _options;
    private readonly float[] _keep;
    private readonly CpuInstructions _instructions;
    private readonly int _threads;

    /// <summary>A trainer with weights as they are at first.</summary>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public Word2VecTrainer(Corpus corpus, Vocabulary vocabulary, Word2VecOptions options)
        : this(corpus, vocabulary, options, CpuBackend.ChooseInstructions())
    {
    }

    internal Word2VecTrainer(Corpus corpus, Vocabulary vocabulary, Word2VecOptions options, CpuInstructions instructions)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_corpus, _vocabulary, _options, _instructions) = (corpus, vocabulary, options, instructions);
        _threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        _keep = KeepProbability.Of(vocabulary, options.Subsampling, options.Sample);
        Weights = new Word2VecWeights(vocabulary, options);
    }

    internal Word2VecWeights Weights { get; }

    private long TotalWords => _options.Epochs * _vocabulary.TotalCount;

    /// <summary>Trains from beginning to end.</summary>
    /// <param name="report">Hears now and then, on the calling thread, how far training is.</param>
    /// <param name="cancellation">Ends training early; the vectors learned so far stay.</param>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    /// <exception cref="InvalidDataException">The vectors became infinite or no numbers.</exception>
    public void Run(Action<Word2VecProgress>? report = null, CancellationToken cancellation = default)
    {
        void Report(long words) => report?.Invoke(new Word2VecProgress(words, TotalWords, RateAt(words)));
        if (_options.Mode == Word2VecMode.Exact)
            RunExact(Report, cancellation);
        else if (_instructions == CpuInstructions.Avx512)
            RunBatched<Lanes512>(Report, cancellation);
        else if (_instructions == CpuInstructions.Avx2)
            RunBatched<Lanes256>(Report, cancellation);
        else
            RunBatched<Lanes128>(Report, cancellation);
        cancellation.ThrowIfCancellationRequested();
        for (var word = 0; word < Weights.Input.Rows; word++)
            if (System.Numerics.Tensors.TensorPrimitives.Sum(Weights.Input[word]) is var sum && !float.IsFinite(sum))
                throw new InvalidDataException(
                    $"training diverged: the vector of '{_vocabulary.Words.Text(word)}' is no longer finite. A lower learning rate helps");
    }

    /// <summary>The vectors learned so far. Training is over then: what only training needs is freed first.</summary>
    public WordVectors ToVectors()
    {
        Weights.DisposeOutputs();
        var values = WordVectors.Allocate(_vocabulary.Words.Count, _options.Size);
        for (var word = 0; word < Weights.Input.Rows; word++)
            Weights.Input[word].CopyTo(values.AsSpan(word * _options.Size));
        return new WordVectors(_vocabulary.Words, values, _options.Size);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => Weights.Dispose();

    private float RateAt(long words) => _options.LearningRateAt(words, TotalWords);

    private SentenceStream Section(int section, int sections) => new(_corpus, _vocabulary, _keep, _options.Sample > 0, _options.Epochs,
        PartStart(section, sections), PartStart(section + 1, sections));

    private long PartStart(int section, int sections) => (long)((Int128)_corpus.Length * section / sections);

    // The rate is looked at again before every word but a sentence's first, as in the original.
    private void RunExact(Action<long> report, CancellationToken cancellation)
    {
        const int wordsBetween = 10_000;
        using var stream = Section(0, 1);
        var update = new ExactUpdate(Weights, _options);
        var (counted, rate) = (0L, _options.FirstLearningRate);

        void Count(bool now)
        {
            if (stream.WordsRead - counted <= wordsBetween && !now)
                return;
            counted = stream.WordsRead;
            rate = RateAt(counted);
            report(counted);
        }

        while (!cancellation.IsCancellationRequested)
        {
            Count(now: false);
            var (words, epoch) = (stream.WordsRead, stream.Epoch);
            if (!update.ReadSentence(stream))
                break;
            if (stream.Epoch != epoch)
                counted = words;
            if (stream.Sentence.IsEmpty)
                update.SkipSentence();
            for (var position = 0; position < stream.Sentence.Length; position++)
            {
                if (position > 0)
                    Count(now: false);
                update.Train(stream.Sentence, position, rate);
            }
        }
        Count(now: true);
    }

    private void RunBatched<T>(Action<long> report, CancellationToken cancellation) where T : unmanaged, ISimd<T>
    {
        using var team = new ThreadTeam(_threads);
        try
        {
            if (_options.Mode == Word2VecMode.Fast)
                FastTraining<T>.Run(team, Weights, _options, Section, RateAt, report, cancellation);
            else
                SteppedTraining<T>.Run(team, Weights, _options, Section, RateAt, report, cancellation);
        }
        catch (InvalidOperationException error) when (error.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
        }
    }
}
