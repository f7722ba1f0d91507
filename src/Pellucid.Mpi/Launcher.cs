using System.Globalization;

namespace Pellucid.Mpi;

/// <summary>What started this process as one of several, as far as the environment tells.</summary>
/// <param name="Name">The program, for people.</param>
/// <param name="Kind">Whose library goes with it.</param>
/// <param name="Size">Processes that it started.</param>
/// <param name="Rank">Which of them this one is, from 0.</param>
/// <param name="Here">How many of them are on this machine; null where it does not say.</param>
/// <param name="Variables">What says so, for messages.</param>
internal sealed record Launcher(string Name, MpiKind? Kind, int Size, int Rank, int? Here, string Variables)
{
    /// <summary>The launcher of this process; null if it was started by itself.</summary>
    public static Launcher? Current => From(Environment.GetEnvironmentVariable);

    /// <summary>The launcher that such variables tell of.</summary>
    public static Launcher? From(Func<string, string?> variable)
    {
        int? Number(string name) => int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : null;
        Launcher? Of(string name, MpiKind? kind, string size, string rank, string here) =>
            Number(size) is { } count && Number(rank) is { } own
                ? new(name, kind, count, own, Number(here), $"{size}={count}, {rank}={own}") : null;

        // The more particular first: srun sets its own variables beside those of the interface through which it starts MPI programs.
        return Of("Open MPI's mpirun", MpiKind.OpenMpi, "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE")
            ?? Of("MPICH's mpirun", MpiKind.Mpich, "PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS")
            // A step of one task is what srun makes of any program.
            ?? (Of("srun", null, "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "") is { Size: > 1 } step ? step : null);
    }
}
