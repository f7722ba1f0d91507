using System.Runtime.InteropServices;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Words;

/// <summary>Every thread trains on its own section of the corpus; all write to the same weights without locks (Recht et al. 2011, "Hogwild!").</summary>
internal sealed class FastTraining<T> where T : unmanaged, ISimd<T>
{
    private const int WordsBetween = 10_000;

    private readonly Word2VecWeights _weights;
    private readonly Word2VecOptions _options;
    private readonly Func<int, int, SentenceStream> _section;
    private readonly Func<long, float> _rateAt;
    private readonly Action<long> _report;
    private readonly CancellationToken _cancellation;
    private long _words;

    private FastTraining(Word2VecWeights weights, Word2VecOptions options, Func<int, int, SentenceStream> section, Func<long, float> rateAt, Action<long> report, CancellationToken cancellation) =>
        (_weights, _options, _section, _rateAt, _report, _cancellation) = (weights, options, section, rateAt, report, cancellation);

    public static void Run(ThreadTeam team, Word2VecWeights weights, Word2VecOptions options, Func<int, int, SentenceStream> section, Func<long, float> rateAt, Action<long> report, CancellationToken cancellation)
    {
        var training = new FastTraining<T>(weights, options, section, rateAt, report, cancellation);
        var handle = GCHandle.Alloc(training);
        try
        {
            team.Run(new Job(handle));
        }
        finally
        {
            handle.Free();
        }
        report(training._words);
    }

    private void Train(int member, int members)
    {
        using var source = new BatchSource(_section(member, members), _options, _weights.Sampler, (ulong)member);
        var update = new BatchedUpdate<T>(_weights, _options, BatchSource.Centres(_options));
        var (batch, next) = (BatchSource.NewBatch(_options), BatchSource.NewBatch(_options));
        var (counted, rate) = (0L, _rateAt(0));
        var more = source.Fill(next);
        while (more && !_cancellation.IsCancellationRequested)
        {
            // While a batch is trained, the memory brings the rows of the one after it.
            (batch, next) = (next, batch);
            more = source.Fill(next);
            if (more)
                update.Prefetch(next);
            update.Train(batch, rate);
            if (source.WordsRead - counted <= WordsBetween && more)
                continue;
            var words = Interlocked.Add(ref _words, source.WordsRead - counted);
            (counted, rate) = (source.WordsRead, _rateAt(words));
            if (member == 0)
                _report(words);
        }
    }

    private readonly struct Job(GCHandle training) : ITeamJob
    {
        public void Execute(int member, int members) => ((FastTraining<T>)training.Target!).Train(member, members);
    }
}
