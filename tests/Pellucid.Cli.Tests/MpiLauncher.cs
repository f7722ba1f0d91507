using System.Diagnostics;

namespace Pellucid.Cli.Tests;

/// <summary>An MPI launcher of this machine: Open MPI's or MPICH's. Tests are skipped where it lacks one.</summary>
internal sealed class MpiLauncher
{
    public const string OpenMpi = "openmpi", Mpich = "mpich";

    private readonly string _path, _kind;

    private MpiLauncher(string path, string kind) => (_path, _kind) = (path, kind);

    /// <summary>The launcher of that kind.</summary>
    public static MpiLauncher Find(string kind)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        // Debian has both side by side under these names.
        if (folders.Select(folder => Path.Combine(folder, $"mpirun.{kind}")).FirstOrDefault(File.Exists) is not { } path)
        {
            Assert.Skip($"there is no mpirun.{kind} here; Debian has it in {(kind == OpenMpi ? "openmpi-bin" : "mpich")}");
            throw new InvalidOperationException();
        }
        return new MpiLauncher(path, kind);
    }

    /// <summary>Runs a program so many times, to the end.</summary>
    public Outcome Run(string folder, int ranks, string[] program, params (string Name, string Value)[] environment)
    {
        using var process = Start(folder, ["-np", $"{ranks}", "dotnet", .. program], environment);
        return PellucidProcess.Finish(process);
    }

    /// <summary>Starts what its words say.</summary>
    public Process Start(string folder, string[] words, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(_path, _kind == OpenMpi ? ["--oversubscribe", "--bind-to", "none", .. words] : words)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // A test machine is often a container, whose user is root and may not look into other processes.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>The process of a rank that works in a folder.</summary>
    public Process? Rank(string folder, int rank)
    {
        var variable = (_kind == OpenMpi ? "OMPI_COMM_WORLD_RANK=" : "PMI_RANK=") + rank;
        foreach (var process in Process.GetProcessesByName("dotnet"))
        {
            if (IsThat($"/proc/{process.Id}", folder, variable))
                return process;
            process.Dispose();
        }
        return null;
    }

    private static bool IsThat(string entry, string folder, string variable)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(entry, "cwd")).LinkTarget == folder
                && File.ReadAllText(Path.Combine(entry, "environ")).Split('\0').Contains(variable);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // it has just ended, or is somebody else's
        }
    }
}
