using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Tuning.Policies;

/// <summary>
/// Has a model with its adapter answer prompts, many at once, by the scheduler that also serves. The chance of an answer follows from
/// seed, step and place alone, so that a run that is resumed writes the same ones.
/// </summary>
internal sealed class Rollouts : IDisposable
{
    private const uint Purpose = 1 << 21;

    private readonly Scheduler _scheduler;
    private readonly RolloutOptions _options;
    private readonly int _context;

    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public Rollouts(Gpt gpt, Adapter? adapter, RolloutOptions options)
    {
        options.Validate();
        (_options, _context) = (options, gpt.Context);
        _scheduler = new Scheduler(gpt, new SchedulerOptions
        {
            Adapter = adapter, Temperature = options.Temperature, MostRunning = options.MostRunning, MostWaiting = 1 << 20,
            PrefixBytes = 0, // what was read with another adapter is of no use
        });
    }

    /// <summary>Tokens of an answer, at most.</summary>
    public int MaxTokens => _options.MaxTokens;

    /// <summary>Answers, one to each prompt; the same prompt may come several times. Prompts that are equal are read once.</summary>
    /// <exception cref="ArgumentException">A prompt leaves no room for an answer.</exception>
    /// <exception cref="OperationCanceledException">Answers that were begun are given up.</exception>
    public Rollout[] Write(IReadOnlyList<int[]> prompts, int step, CancellationToken cancellation)
    {
        var key = CounterRandom.Key(_options.Seed, Purpose, (ulong)step);
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writing = prompts.Select((prompt, place) => WriteAsync(prompt, CounterRandom.LongBits(key, (ulong)place), all)).ToArray();
        return Task.WhenAll(writing).GetAwaiter().GetResult();
    }

    private async Task<Rollout> WriteAsync(int[] prompt, ulong seed, CancellationTokenSource all)
    {
        var room = Math.Min(_options.MaxTokens, _context - prompt.Length);
        if (room < 1)
            throw new ArgumentException($"a prompt of {prompt.Length} tokens leaves no room for an answer in a context of {_context}");
        var (tokens, old) = (new List<int>(), new List<double>());
        var request = new GenerationRequest(prompt)
        {
            Sampling = new SamplingOptions { Temperature = 1, Seed = seed }, MaxTokens = room, Ends = _options.Ends, IsRollout = true,
        };
        try
        {
            await foreach (var token in _scheduler.GenerateAsync(request, all.Token).ConfigureAwait(false))
            {
                tokens.Add(token.Token);
                old.Add(token.LogProbability!.Value);
            }
        }
        catch
        {
            await all.CancelAsync().ConfigureAwait(false); // of no use without this one
            throw;
        }
        return new Rollout(prompt, [.. tokens], [.. old], _options.Ends.Contains(tokens[^1]));
    }

    /// <summary>Gives the memory back; model and adapter stay.</summary>
    public void Dispose() => _scheduler.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
