using System.Runtime.CompilerServices;

namespace Pellucid.Tensors;

/// <summary>Work that a team shares: each member does its own, fixed part.</summary>
internal interface ITeamJob
{
    /// <summary>Does the part of <paramref name="member"/>, from 0 to <paramref name="members"/> − 1.</summary>
    void Execute(int member, int members);
}

/// <summary>
/// Threads that compute together, one job at a time. The caller is member 0; the others spin for a moment after a job,
/// because the next one usually follows at once, and then sleep. A part that nobody has begun when the caller is done
/// with its own is done by the caller: on a machine that does something else too, a member may come late. Which thread
/// does a part changes nothing, for its place in the results is its number's. Sharing work makes no garbage.
/// </summary>
internal sealed unsafe class ThreadTeam : IDisposable
{
    private const int SpinsBeforeSleep = 4000;

    private readonly Lock _oneJobAtATime = new();
    private readonly object _sleep = new();
    private readonly Thread[] _threads;

    // The round whose part was begun last, for each member.
    private readonly int[] _begun;
    private delegate*<void*, int, int, void> _work;
    private void* _job;
    private volatile int _round, _busy, _sleeping;
    private volatile bool _ended;
    private Exception? _failure;

    /// <summary>A team of that many members, the caller among them.</summary>
    public ThreadTeam(int members)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        Members = members;
        _begun = new int[members];
        _threads = new Thread[members - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var member = i + 1;
            _threads[i] = new Thread(() => Serve(member)) { IsBackground = true, Name = $"pellucid {member}" };
            _threads[i].Start();
        }
    }

    /// <summary>Number of members.</summary>
    public int Members { get; }

    /// <summary>Runs a job on all members and returns when every one is done.</summary>
    public void Run<TJob>(TJob job) where TJob : unmanaged, ITeamJob
    {
        if (Members == 1)
        {
            job.Execute(0, 1);
            return;
        }
        lock (_oneJobAtATime)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            _job = &job;
            _work = &Work<TJob>;
            _busy = Members - 1;
            var round = Interlocked.Increment(ref _round);
            if (_sleeping > 0)
                lock (_sleep)
                    Monitor.PulseAll(_sleep);
            Guarded(0);
            for (var member = 1; member < Members; member++)
                DoPart(member, round);
            var spinner = new SpinWait();
            while (_busy > 0)
                spinner.SpinOnce(sleep1Threshold: -1);
            if (Interlocked.Exchange(ref _failure, null) is { } failure)
                throw new InvalidOperationException("a part of a shared computation failed", failure);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        lock (_oneJobAtATime)
        {
            if (_ended)
                return;
            _ended = true;
            Interlocked.Increment(ref _round);
            lock (_sleep)
                Monitor.PulseAll(_sleep);
        }
        foreach (var thread in _threads)
            thread.Join();
    }

    private static void Work<TJob>(void* job, int member, int members) where TJob : unmanaged, ITeamJob =>
        Unsafe.Read<TJob>(job).Execute(member, members);

    private void Serve(int member)
    {
        var done = 0;
        while (true)
        {
            done = NextRound(done);
            if (_ended)
                return;
            DoPart(member, done);
        }
    }

    // Whoever comes first does it; who comes late finds it begun, or the round over.
    private void DoPart(int member, int round)
    {
        if (Interlocked.CompareExchange(ref _begun[member], round, round - 1) != round - 1)
            return;
        Guarded(member);
        Interlocked.Decrement(ref _busy);
    }

    private void Guarded(int member)
    {
        try
        {
            _work(_job, member, Members);
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _failure, error, null);
        }
    }

    private int NextRound(int done)
    {
        for (var spin = 0; spin < SpinsBeforeSleep; spin++)
        {
            if (_round is var round && round != done)
                return round;
            Thread.SpinWait(8);
        }
        lock (_sleep)
        {
            Interlocked.Increment(ref _sleeping);
            while (_round == done)
                Monitor.Wait(_sleep);
            Interlocked.Decrement(ref _sleeping);
            return _round;
        }
    }
}
