namespace Pellucid.Tests;

/// <summary>Public data sets that lie beside a checkout in continuous integration;
/// a user's clone has none, and tests that need them are skipped.</summary>
internal static class SharedData
{
    /// <summary>Path of a file of the data sets; skips the test where it is missing.</summary>
    public static string Path(string relative)
    {
        if (Find(relative) is { } found)
            return found;
        Assert.Skip($"needs the data file {relative}, which is not beside this checkout");
        return "";
    }

    /// <summary>Path of a file of the data sets; null where it is missing.</summary>
    public static string? Find(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = System.IO.Path.Combine(folder.FullName, "shared", "data", relative);
            if (File.Exists(path))
                return path;
        }
        return null;
    }
}
