using System.Runtime.InteropServices;

namespace Pellucid.Mpi;

/// <summary>Handles and constants of a library, all as wide as a pointer.</summary>
internal readonly record struct MpiHandles(nint World, nint Float, nint Double, nint ErrorsReturn, nint InPlace, nint IgnoreStatus)
{
    private const string OpenMpiWorld = "ompi_mpi_comm_world";

    private static readonly string[] LikeMpich = ["MPICH", "Intel", "MVAPICH", "Cray", "Microsoft"];

    /// <summary>Which kind a loaded library is of, by what it exports and what it says of itself.</summary>
    public static MpiKind KindOf(nint library, string path, string version) =>
        NativeLibrary.TryGetExport(library, OpenMpiWorld, out _) ? MpiKind.OpenMpi
        : path.Contains("mpi_abi", StringComparison.Ordinal) ? MpiKind.Standard
        : Array.Exists(LikeMpich, name => version.Contains(name, StringComparison.OrdinalIgnoreCase)) ? MpiKind.Mpich
        : throw new MpiException($"{path} is an MPI library of a kind that is not known here: it calls itself {version}");

    /// <summary>Handles of a library of that kind.</summary>
    public static MpiHandles Of(nint library, MpiKind kind) => kind switch
    {
        MpiKind.OpenMpi => new(
            NativeLibrary.GetExport(library, OpenMpiWorld), NativeLibrary.GetExport(library, "ompi_mpi_float"),
            NativeLibrary.GetExport(library, "ompi_mpi_double"), NativeLibrary.GetExport(library, "ompi_mpi_errors_return"), 1, 0),
        MpiKind.Mpich => new(0x44000000, 0x4c00040a, 0x4c00080b, 0x54000001, -1, 1),
        _ => new(0x101, 0x210, 0x214, 0x143, 1, 0),
    };
}
