using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Mpi;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Cli;

/// <summary>A verb that many processes carry out together, if an MPI launcher has started them; one does it by itself.</summary>
internal static class Ranks
{
    // Whoever fails alone is told apart from those that all fail by whether the others come to their end as soon.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const string Mark = "pellucid-told";

    /// <summary>Does the work on this rank. The first speaks for all.</summary>
    public static int Run(ParseResult words, Func<Replicas, Output, int> work)
    {
        var json = words.GetValue(CommonOptions.Json);
        if (Launcher.Current is not { } launcher)
            return work(Replicas.One, new Output(json));
        using var ranks = Join(launcher);
        try
        {
            return work(ranks, ranks.Rank == 0 ? new Output(json) : Output.Silent);
        }
        catch (Exception error)
        {
            var told = words.GetValue(CommonOptions.Verbose) ? error.ToString() : PellucidCommand.Line(error);
            if (!ranks.AllLeave(Patience))
            {
                PellucidCommand.Tell($"rank {ranks.Rank} on {Environment.MachineName}: {told}", 0);
                ranks.Abort(PellucidCommand.CodeOf(error));
            }
            if (ranks.Rank == 0)
                PellucidCommand.Tell(told, 0);
            error.Data[Mark] = true;
            throw;
        }
    }

    /// <summary>What ranks have in common whatever they do.</summary>
    public static (string What, string Value)[] Facts(Backend backend) =>
    [
        ("version", $"{typeof(Backend).Assembly.GetName().Version}"),
        ("instructions, and so would in their bits", backend is CpuBackend cpu ? $"{cpu.Instructions}" : backend.Name),
    ];

    /// <summary>Requires that all ranks read the same model and ask it the same.</summary>
    /// <exception cref="InvalidDataException">They differ; one line says in what.</exception>
    public static void Agree(Replicas replicas, Gpt gpt, string model, string what, ReadOnlySpan<byte> asked)
    {
        if (replicas.Count > 1) // a text is long to hash for nobody
            Agreement.Require(replicas, [.. Facts(gpt.Backend), ("the model", $"{model} {gpt.Config}"),
                (what, Convert.ToHexStringLower(SHA256.HashData(asked)))]);
    }

    /// <summary>The same where texts are asked.</summary>
    public static void Agree(Replicas replicas, Gpt gpt, string model, string what, IEnumerable<string> asked) =>
        Agree(replicas, gpt, model, what, replicas.Count > 1 ? Encoding.UTF8.GetBytes(string.Join('\0', asked)) : []);

    /// <summary>How many have done it, and with what.</summary>
    public static void Write(Utf8JsonWriter json, Replicas replicas)
    {
        json.WriteNumber("ranks", replicas.Count);
        if (replicas is not MpiReplicas ranks)
            return;
        json.WriteString("mpi", ranks.Library);
        json.WriteNumber("bytes_sent", ranks.BytesSent);
    }

    /// <summary>Whether a rank has said what went wrong.</summary>
    public static bool IsTold(Exception error) => error.Data.Contains(Mark);

    private static MpiReplicas Join(Launcher launcher)
    {
        try
        {
            return MpiReplicas.Join();
        }
        catch (MpiException error) when (launcher.Rank > 0)
        {
            error.Data[Mark] = true;
            throw;
        }
    }
}
