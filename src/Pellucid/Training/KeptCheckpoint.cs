using System.Globalization;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>What a run had learned after some steps, kept beside it: a folder under <c>checkpoints</c>, named by the step.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Folder">A model's, or an adapter's.</param>
public sealed record KeptCheckpoint(int Step, string Folder)
{
    private const string Parent = "checkpoints";

    /// <summary>Whether it is an adapter, which says something of a model only together with its base.</summary>
    public bool IsAdapter => AdapterFolder.Exists(Folder);

    /// <summary>Those of a run, in order of steps; one that is being written is not among them.</summary>
    public static IReadOnlyList<KeptCheckpoint> Of(string run)
    {
        var parent = Path.Combine(run, Parent);
        return !Directory.Exists(parent) ? []
            : [.. Directory.GetDirectories(parent)
                .Where(folder => File.Exists(Path.Combine(folder, Checkpoint.WeightsFile))
                    || File.Exists(Path.Combine(folder, AdapterFolder.WeightsFile)))
                .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                    ? new KeptCheckpoint(step, folder) : null)
                .OfType<KeptCheckpoint>().OrderBy(one => one.Step)];
    }

    /// <summary>The model as it was then.</summary>
    /// <param name="backend">What it is to compute with.</param>
    /// <param name="based">The base of adapters; not needed for whole models.</param>
    /// <exception cref="ArgumentException">It is an adapter, and there is no base.</exception>
    /// <exception cref="InvalidDataException">Files are damaged, or do not fit the base.</exception>
    public Gpt Load(Backend backend, Gpt? based = null)
    {
        if (!IsAdapter)
            return Checkpoint.Load(Folder, backend);
        using var adapter = AdapterFolder.Read(Folder, based
            ?? throw new ArgumentException($"{Folder} is an adapter: its base is needed, as BASE+ADAPTER"));
        return AdapterMerge.Merge(based, adapter);
    }

    /// <summary>Where what is learned after a step is kept.</summary>
    internal static string PathOf(string run, int step) =>
        Path.Combine(run, Parent, step.ToString("D8", CultureInfo.InvariantCulture));

    /// <summary>Takes those of an earlier run away.</summary>
    internal static void Clear(string run)
    {
        foreach (var kept in Of(run))
            Directory.Delete(kept.Folder, recursive: true);
    }
}
