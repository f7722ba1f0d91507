using System.Threading.Channels;
using Pellucid.Models;

namespace Pellucid.Generation;

/// <summary>Everything that computes with a model, one job at a time, on a thread of its own.</summary>
public sealed class Scheduler : IAsyncDisposable
{
    private readonly Channel<Action> _jobs = Channel.CreateUnbounded<Action>();
    private readonly Task _loop;

    /// <summary>A scheduler for that model.</summary>
    public Scheduler(Gpt gpt)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        _loop = Task.Factory.StartNew(Loop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Runs work on the engine while nothing else does, between the steps of texts being written. Work is best short: texts wait for it.</summary>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation = default)
    {
        var task = new Task<T>(work, cancellation);
        ObjectDisposedException.ThrowIf(!_jobs.Writer.TryWrite(() => task.RunSynchronously(TaskScheduler.Default)), this);
        return task;
    }

    private void Loop()
    {
        while (_jobs.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            while (_jobs.Reader.TryRead(out var job))
                job();
    }

    /// <summary>Ends once what was asked for is done.</summary>
    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        await _loop;
    }
}
