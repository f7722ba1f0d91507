namespace Pellucid.Mpi;

/// <summary>All ranks of a job, from joining to leaving.</summary>
internal sealed unsafe class MpiWorld : IDisposable
{
    private const int Serialised = 2; // of MPI's levels of threads: one at a time, whichever

    private readonly nint _farewell;
    private bool _left;

    private MpiWorld(MpiLibrary library, Launcher? launcher)
    {
        Library = library;
        int provided;
        library.Require(library.Initialise(null, null, Serialised, &provided), "joining the others");
        Handle = library.Handles.World;
        library.Require(library.SetErrorHandler(Handle, library.Handles.ErrorsReturn), "asking for codes of errors");
        int rank, size;
        library.Require(library.RankOf(Handle, &rank), "asking for the rank");
        library.Require(library.SizeOf(Handle, &size), "asking for the number of ranks");
        (Rank, Size) = (rank, size);
        // What is said in leaving must not be taken for a part of what others still wait for.
        nint farewell = 0;
        library.Require(library.Duplicate(Handle, &farewell), "preparing to leave");
        _farewell = farewell;
        if (launcher is not null && launcher.Size != size)
        {
            Leave(TimeSpan.FromSeconds(1));
            Dispose();
            throw new MpiException($"{launcher.Name} has started {launcher.Size} processes ({launcher.Variables}), but {library.Path} "
                + $"({library.Version}) finds {size}: they are of different MPIs; name the launcher's library in {MpiLibrary.Variable}");
        }
        if (provided < Serialised && size > 1)
            throw new MpiException($"{library.Path} ({library.Version}) was built without threads, and cannot be used");
    }

    public MpiLibrary Library { get; }

    /// <summary>The communicator of all.</summary>
    public nint Handle { get; }

    public int Rank { get; }

    public int Size { get; }

    /// <summary>Loads a library and joins the others.</summary>
    public static MpiWorld Join(Launcher? launcher) =>
        new(MpiLibrary.Load(Environment.GetEnvironmentVariable(MpiLibrary.Variable), launcher?.Kind), launcher);

    /// <summary>Whether what was begun has come to its end; where not, this moves it on.</summary>
    public bool IsDone(nint* request)
    {
        int done;
        Library.Require(Library.Test(request, &done, Library.Handles.IgnoreStatus), "waiting for others");
        return done != 0;
    }

    /// <summary>Says farewell, and waits so long for the others to say it.</summary>
    public bool Leave(TimeSpan patience)
    {
        nint request = 0;
        Library.Require(Library.Barrier(_farewell, &request), "leaving");
        var end = patience == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (!(_left = IsDone(&request)) && Environment.TickCount64 < end)
            Thread.Sleep(2);
        return _left;
    }

    public void Abort(int code) => _ = Library.Abort(Handle, code);

    public void Dispose()
    {
        if (!_left)
            Leave(Timeout.InfiniteTimeSpan);
        // Once more: whoever left has perhaps still something to say, and a launcher ends all when the first has ended badly.
        Leave(Timeout.InfiniteTimeSpan);
        Library.Require(Library.Finalise(), "leaving");
    }
}
