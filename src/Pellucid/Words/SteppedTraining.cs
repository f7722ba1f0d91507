using System.Runtime.InteropServices;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Words;

/// <summary>
/// The corpus in sections that advance together, their number fixed by the vocabulary. In a step each trains on a few batches from the
/// weights as they stand; then all updates are applied in the order of the sections. So threads change nothing but the time.
/// </summary>
internal sealed class SteppedTraining<T> where T : unmanaged, ISimd<T>
{
    private const int MostSections = 32, CentresPerStep = 8;

    // With few words each has many updates in a step, all from the same weights: together they would overshoot.
    private const int WordsPerSection = 64;

    private const int StepsBetween = 40;

    private readonly Section[] _sections;
    private float _rate;

    private SteppedTraining(Section[] sections) => _sections = sections;

    public static void Run(ThreadTeam team, Word2VecWeights weights, Word2VecOptions options, Func<int, int, SentenceStream> section,
        Func<long, float> rateAt, Action<long> report, CancellationToken cancellation)
    {
        var sections = Math.Clamp(weights.Input.Rows / WordsPerSection, 1, MostSections);
        var training = new SteppedTraining<T>(
            [.. Enumerable.Range(0, sections).Select(number => new Section(section(number, sections), weights, options, number))]);
        var handle = GCHandle.Alloc(training);
        try
        {
            for (var step = 0L; training._sections.Any(part => part.HasMore) && !cancellation.IsCancellationRequested; step++)
            {
                var words = training._sections.Sum(part => part.WordsRead);
                training._rate = rateAt(words);
                if (step % StepsBetween == 0)
                    report(words);
                team.Run(new TrainJob(handle));
                team.Run(new ApplyJob(handle));
            }
            report(training._sections.Sum(part => part.WordsRead));
        }
        finally
        {
            handle.Free();
            foreach (var part in training._sections)
                part.Dispose();
        }
    }

    private sealed class Section : IDisposable
    {
        private readonly RowUpdates _updates;
        private readonly BatchPipeline<T> _pipeline;

        public Section(SentenceStream stream, Word2VecWeights weights, Word2VecOptions options, int number)
        {
            _updates = new RowUpdates(weights.Input.Stride);
            _pipeline = new BatchPipeline<T>(stream, weights, options, number, _updates);
        }

        public bool HasMore => _pipeline.HasMore;

        public long WordsRead => _pipeline.WordsRead;

        public void Train(float rate)
        {
            _updates.Clear();
            for (var centres = 0; centres < CentresPerStep && HasMore;)
                centres += _pipeline.Train(rate);
        }

        public void Apply(int member, int members) => _updates.Apply<T>(member, members);

        public void Dispose() => _pipeline.Dispose();
    }

    private readonly struct TrainJob(GCHandle training) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var self = (SteppedTraining<T>)training.Target!;
            var part = Part.Of(self._sections.Length, member, members);
            for (var number = part.Start; number < part.End; number++)
                self._sections[number].Train(self._rate);
        }
    }

    private readonly struct ApplyJob(GCHandle training) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            foreach (var section in ((SteppedTraining<T>)training.Target!)._sections)
                section.Apply(member, members);
        }
    }
}
