using System.Runtime.InteropServices;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Words;

/// <summary>Every thread trains on its own section of the corpus;
/// all write to the same weights without locks (Recht et al. 2011, "Hogwild!").</summary>
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

    private FastTraining(Word2VecWeights weights, Word2VecOptions options, Func<int, int, SentenceStream> section, Func<long, float> rateAt,
        Action<long> report, CancellationToken cancellation) =>
        (_weights, _options, _section, _rateAt, _report, _cancellation) = (weights, options, section, rateAt, report, cancellation);

    public static void Run(ThreadTeam team, Word2VecWeights weights, Word2VecOptions options, Func<int, int, SentenceStream> section,
        Func<long, float> rateAt, Action<long> report, CancellationToken cancellation)
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
        using var pipeline = new BatchPipeline<T>(_section(member, members), _weights, _options, member);
        var (counted, rate) = (0L, _rateAt(0));
        while (pipeline.HasMore && !_cancellation.IsCancellationRequested)
        {
            pipeline.Train(rate);
            if (pipeline.WordsRead - counted <= WordsBetween && pipeline.HasMore)
                continue;
            var words = Interlocked.Add(ref _words, pipeline.WordsRead - counted);
            (counted, rate) = (pipeline.WordsRead, _rateAt(words));
            if (member == 0)
                _report(words);
        }
        Interlocked.Add(ref _words, pipeline.WordsRead - counted);
    }

    private readonly struct Job(GCHandle training) : ITeamJob
    {
        public void Execute(int member, int members) => ((FastTraining<T>)training.Target!).Train(member, members);
    }
}
