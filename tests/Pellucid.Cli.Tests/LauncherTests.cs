using Pellucid.Mpi;

namespace Pellucid.Cli.Tests;

/// <summary>What a process takes for its launcher, by the environment alone.</summary>
public sealed class LauncherTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_LOCAL_SIZE=2 PMI_SIZE=9 PMI_RANK=1",
        "Open MPI's mpirun", 4, 3, 2)]
    [InlineData("PMI_SIZE=2 PMI_RANK=0 MPI_LOCALNRANKS=1", "MPICH's mpirun", 2, 0, 1)]
    [InlineData("SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=5", "srun", 8, 5, null)]
    [InlineData("SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=5 PMI_SIZE=8 PMI_RANK=5", "MPICH's mpirun", 8, 5, null)]
    public void A_launcher_is_told_by_its_variables(string variables, string name, int size, int rank, int? here)
    {
        var launcher = Launcher.From(In(variables))!;
        Assert.Equal((name, size, rank, here), (launcher.Name, launcher.Size, launcher.Rank, launcher.Here));
    }

    [Theory]
    [InlineData("")]
    [InlineData("PMI_SIZE=2")]
    [InlineData("OMPI_COMM_WORLD_SIZE=x OMPI_COMM_WORLD_RANK=0")]
    [InlineData("SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0")]
    [InlineData("SLURM_NTASKS=4 SLURM_PROCID=0")]
    public void Whoever_was_started_alone_has_none(string variables) => Assert.Null(Launcher.From(In(variables)));

    [Fact]
    public void What_is_no_mpi_library_is_refused_by_its_name()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("the C library has another name");
        Assert.Equal("libc.so.6 is no MPI library: it has no MPI_Init_thread",
            Assert.Throws<MpiException>(() => MpiLibrary.Load("libc.so.6", null)).Message);
    }

    private static Func<string, string?> In(string variables) => name => variables.Split(' ')
        .Select(word => word.Split('=')).FirstOrDefault(pair => pair[0] == name)?[^1];
}
