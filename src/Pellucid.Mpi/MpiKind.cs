namespace Pellucid.Mpi;

/// <summary>Libraries that differ in the values of their handles.</summary>
internal enum MpiKind
{
    /// <summary>Handles are addresses of symbols that the library exports.</summary>
    OpenMpi,

    /// <summary>Handles are numbers of 32 bits: MPICH, and with it Intel MPI, MVAPICH, Cray's and Microsoft's.</summary>
    Mpich,

    /// <summary>The standard's own interface of binaries, from MPI 5.0 on.</summary>
    Standard,
}
