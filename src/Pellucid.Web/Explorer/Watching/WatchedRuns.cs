using Pellucid.Training;

namespace Pellucid.Web.Explorer.Watching;

/// <summary>The runs that a page can watch: those that the explorer was started with, and those that lie beside them.</summary>
internal sealed class WatchedRuns(HostOptions options)
{
    /// <summary>Runs that are seen at once, as many as curves have colours.</summary>
    public const int Most = 6;

    private const int MostBeside = 100;

    private readonly Dictionary<string, WatchedRun> _known = [];
    private List<string> _given = [];

    /// <summary>Whether there is one to watch.</summary>
    public bool Any => options.RunFolders.Count > 0;

    /// <summary>Names of all of them, those that were asked for first.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>Those of some names, or those that were asked for if there are none, with what they have logged by now.</summary>
    public IReadOnlyList<WatchedRun> Look(IReadOnlyList<string> names)
    {
        _given = [.. options.RunFolders.Select(Know).Distinct()];
        Names = [.. _given.Concat(options.RunFolders.SelectMany(Beside).Select(Know)).Distinct()];
        var chosen = names.Where(Names.Contains).Distinct().ToList();
        WatchedRun[] runs = [.. (chosen.Count > 0 ? chosen : _given).Take(Most).Select(name => _known[name])];
        foreach (var run in runs)
            run.Refresh();
        return runs;
    }

    private static IEnumerable<string> Beside(string folder) =>
        Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(folder))) is not { } parent ? []
            : Directory.EnumerateDirectories(parent).Where(other => File.Exists(Path.Combine(other, RunLog.FileName)))
                .Order(StringComparer.Ordinal).Take(MostBeside);

    // A folder's name; with what it lies in where two have the same.
    private string Know(string folder)
    {
        var path = Path.GetFullPath(Path.TrimEndingDirectorySeparator(folder));
        if (_known.Values.FirstOrDefault(run => run.Folder == path) is { } known)
            return known.Name;
        var name = Path.GetFileName(path);
        for (var parent = Path.GetDirectoryName(path); _known.ContainsKey(name) && parent is not null;
            parent = Path.GetDirectoryName(parent))
            name = $"{Path.GetFileName(parent)}/{name}";
        _known.Add(name, new WatchedRun(name, path));
        return name;
    }
}
