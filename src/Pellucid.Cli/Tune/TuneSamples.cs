using Pellucid.Tuning;
using Pellucid.Tuning.Policies;

namespace Pellucid.Cli.Tune;

/// <summary>Answers that are shown while a model is tuned, always to the same prompts: lines on the screen and in <c>samples.jsonl</c>.
/// </summary>
internal sealed class TuneSamples : IDisposable
{
    private const int Prompts = 2, MaxTokens = 40;

    private readonly TuneRun _run;
    private readonly int[][] _prompts;
    private readonly int _every;
    private readonly Rollouts _rollouts;

    private TuneSamples(TuneRun run, int[][] prompts, int every)
    {
        (_run, _prompts, _every) = (run, prompts, every);
        _rollouts = new Rollouts(run.Gpt, run.Adapter, new RolloutOptions { MaxTokens = MaxTokens, Ends = run.Specials.Ends });
    }

    /// <summary>Samples of a run; null where none are asked for.</summary>
    /// <exception cref="ArgumentException">There is nothing to answer.</exception>
    public static TuneSamples? Of(TuneRun run, IReadOnlyList<TuningExample> shown)
    {
        if (run.Words.GetValue(TuneOptions.SampleEvery) is not (> 0 and var every))
            return null;
        if (run.Adapter.Config.HasHead)
            throw new ArgumentException("--sample-every shows answers, and a reward model writes none");
        var prompts = shown.Select(PromptOf).Where(prompt => prompt.Length > 0 && prompt.Length < run.Gpt.Context)
            .DistinctBy(prompt => string.Join(' ', prompt)).Take(Prompts).ToArray();
        return prompts.Length > 0 ? new(run, prompts, every)
            : throw new ArgumentException("--sample-every shows answers, and the examples have no prompts");
    }

    /// <summary>Shows answers where it is time to.</summary>
    public void Show(int step, Action<string> tell, string folder)
    {
        if (step % _every != 0)
            return;
        var samples = _rollouts.Write(_prompts, 0, CancellationToken.None).Select(answer => new WrittenSample(
            _run.Tokenizer.Decode(answer.Prompt), _run.Tokenizer.Decode(answer.Said), answer.HasEnded)).ToList();
        foreach (var sample in samples)
            tell(sample.Line);
        SampleFile.Add(folder, step, samples);
    }

    public void Dispose() => _rollouts.Dispose();

    // Up to what is learned; a prompt alone is all of it.
    private static int[] PromptOf(TuningExample example)
    {
        var learned = Array.IndexOf(example.Learned, true);
        return learned < 0 ? example.Tokens : example.Tokens[..learned];
    }
}
