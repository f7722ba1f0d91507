using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Pellucid.Mpi;

/// <summary>
/// An MPI library that is found when the program runs, and of it the dozen functions that training calls. One binding serves
/// all kinds, because their functions differ in nothing but the values of handles.
/// </summary>
internal sealed unsafe partial class MpiLibrary
{
    /// <summary>Names the library to load, in the environment.</summary>
    public const string Variable = "PELLUCID_MPI";

    // MPICH writes that much of its version, whatever is asked.
    private const int LongestText = 8192;

    private static readonly (string Name, MpiKind Kind)[] Known =
    [
        ("libmpi_abi.so.0", MpiKind.Standard), ("libmpi.so.40", MpiKind.OpenMpi), ("libmpich.so.12", MpiKind.Mpich),
        ("libmpi.so.12", MpiKind.Mpich), ("libmpi.40.dylib", MpiKind.OpenMpi), ("libmpich.12.dylib", MpiKind.Mpich),
        ("msmpi.dll", MpiKind.Mpich),
    ];

    private readonly nint _library;

    private MpiLibrary(nint library, string path)
    {
        (_library, Path) = (library, path);
        Initialise = (delegate* unmanaged[Cdecl]<int*, byte***, int, int*, int>)Export("MPI_Init_thread");
        Finalise = (delegate* unmanaged[Cdecl]<int>)Export("MPI_Finalize");
        Abort = (delegate* unmanaged[Cdecl]<nint, int, int>)Export("MPI_Abort");
        RankOf = (delegate* unmanaged[Cdecl]<nint, int*, int>)Export("MPI_Comm_rank");
        SizeOf = (delegate* unmanaged[Cdecl]<nint, int*, int>)Export("MPI_Comm_size");
        Duplicate = (delegate* unmanaged[Cdecl]<nint, nint*, int>)Export("MPI_Comm_dup");
        SetErrorHandler = (delegate* unmanaged[Cdecl]<nint, nint, int>)Export("MPI_Comm_set_errhandler");
        ExchangeParts = (delegate* unmanaged[Cdecl]<void*, int*, int*, nint, void*, int*, int*, nint, nint, nint*, int>)
            Export("MPI_Ialltoallv");
        GatherParts = (delegate* unmanaged[Cdecl]<void*, int, nint, void*, int*, int*, nint, nint, nint*, int>)Export("MPI_Iallgatherv");
        Barrier = (delegate* unmanaged[Cdecl]<nint, nint*, int>)Export("MPI_Ibarrier");
        Test = (delegate* unmanaged[Cdecl]<nint*, int*, nint, int>)Export("MPI_Test");
        Version = Text((delegate* unmanaged[Cdecl]<byte*, int*, int>)Export("MPI_Get_library_version"));
        Kind = MpiHandles.KindOf(library, path, Version);
        Handles = MpiHandles.Of(library, Kind);
    }

    /// <summary>What it was loaded by.</summary>
    public string Path { get; }

    /// <summary>What it calls itself, in a line.</summary>
    public string Version { get; }

    /// <summary>How it writes handles.</summary>
    public MpiKind Kind { get; }

    /// <summary>Its handles.</summary>
    public MpiHandles Handles { get; }

    // In the words of the standard; every one gives a code, 0 where all is well.
    public readonly delegate* unmanaged[Cdecl]<int*, byte***, int, int*, int> Initialise;
    public readonly delegate* unmanaged[Cdecl]<int> Finalise;
    public readonly delegate* unmanaged[Cdecl]<nint, int, int> Abort;
    public readonly delegate* unmanaged[Cdecl]<nint, int*, int> RankOf, SizeOf;
    public readonly delegate* unmanaged[Cdecl]<nint, nint*, int> Duplicate;
    public readonly delegate* unmanaged[Cdecl]<nint, nint, int> SetErrorHandler;
    public readonly delegate* unmanaged[Cdecl]<void*, int*, int*, nint, void*, int*, int*, nint, nint, nint*, int> ExchangeParts;
    public readonly delegate* unmanaged[Cdecl]<void*, int, nint, void*, int*, int*, nint, nint, nint*, int> GatherParts;
    public readonly delegate* unmanaged[Cdecl]<nint, nint*, int> Barrier;
    public readonly delegate* unmanaged[Cdecl]<nint*, int*, nint, int> Test;

    /// <summary>Loads the library that is named, or else the first there is, those first that go with the launcher.</summary>
    /// <exception cref="MpiException">There is none; the message says what was sought.</exception>
    public static MpiLibrary Load(string? named, MpiKind? preferred)
    {
        LeaveProcess();
        if (!string.IsNullOrEmpty(named))
            return TryLoad(named, out var one) ? one : throw new MpiException($"{Variable} is {named}, which cannot be loaded");
        var sought = Known.OrderBy(known => known.Kind == preferred ? 0 : 1).Select(known => known.Name).ToArray();
        foreach (var name in sought)
            if (TryLoad(name, out var library))
                return library;
        throw new MpiException($"there is no MPI library here: sought were {string.Join(", ", sought)}; install one, such as Debian's "
            + $"openmpi-bin, or name its file in {Variable}");
    }

    /// <summary>Throws what a code says, if it says that something went wrong.</summary>
    /// <exception cref="MpiException">It does.</exception>
    public void Require(int code, string what)
    {
        if (code == 0)
            return;
        var text = stackalloc byte[LongestText];
        int length;
        var said = ((delegate* unmanaged[Cdecl]<int, byte*, int*, int>)Export("MPI_Error_string"))(code, text, &length) == 0
            ? Line(text, length) : $"error {code}";
        throw new MpiException($"{what}: {said} ({Path}, {Version})");
    }

    // UCX, by which libraries may send, would take over signals that .NET lives by, and write its own code over that of munmap and its
    // like, while other threads may be running through it; a registration cache of networks that write into memory is what it has of
    // that. Whoever has set these keeps them. UCX reads the environment as C has it, which .NET's own does not change.
    private static void LeaveProcess()
    {
        if (!OperatingSystem.IsLinux())
            return;
        foreach (var (variable, value) in (ReadOnlySpan<(string, string)>)[("UCX_ERROR_SIGNALS", ""), ("UCX_MEM_EVENTS", "n")])
            _ = setenv(variable, value, overwrite: 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    private static bool TryLoad(string name, [NotNullWhen(true)] out MpiLibrary? library)
    {
        library = NativeLibrary.TryLoad(name, out var handle) ? new MpiLibrary(handle, name) : null;
        return library is not null;
    }

    private nint Export(string name) => NativeLibrary.TryGetExport(_library, name, out var address) ? address
        : throw new MpiException($"{Path} is no MPI library: it has no {name}");

    private static string Text(delegate* unmanaged[Cdecl]<byte*, int*, int> of)
    {
        var text = stackalloc byte[LongestText];
        int length;
        return of(text, &length) == 0 ? Line(text, length) : "no version";
    }

    private static string Line(byte* text, int length) =>
        Encoding.UTF8.GetString(text, Math.Clamp(length, 0, LongestText)).Split('\n')[0].Trim().TrimEnd('\0');
}
