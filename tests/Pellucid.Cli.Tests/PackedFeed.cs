using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace Pellucid.Cli.Tests;

/// <summary>
/// The packages as others get them: packed once, then installed and used with an empty package cache, from two folders alone:
/// that of our packages, and the one where the build found those of others.
/// </summary>
[CollectionDefinition(Name)]
public sealed class PackedFeed : ICollectionFixture<PackedFeed>, IDisposable
{
    public const string Name = "packages";

    public const string Repository = "https://example.org/pellucid";

    public static readonly string[] Names = ["Pellucid", "Pellucid.Extensions.AI", "Pellucid.Web", "Pellucid.Mpi", "Pellucid.Cli"];

    public PackedFeed()
    {
        Parallel.ForEach(Names, new ParallelOptions { MaxDegreeOfParallelism = 2 }, name => Dotnet("pack",
            Path.Combine(DocumentationTests.Root(), "src", name), "-c", "Release", "--no-build",
            $"-p:RepositoryUrl={Repository}", "-o", Packages));
        var others = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(Path.Combine(Folder, "NuGet.config"), $"""
            <configuration><packageSources>
              <clear /><add key="ours" value="{Packages}" /><add key="others" value="{others}" />
            </packageSources></configuration>
            """);
        File.WriteAllText(Path.Combine(Folder, "Directory.Build.props"), "<Project />"); // nothing of a folder above counts
        Dotnet("tool", "install", "Pellucid.Cli", "--tool-path", Tools, "--configfile", Path.Combine(Folder, "NuGet.config"));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("pellucid-packages-").FullName;

    public string Packages => Path.Combine(Folder, "packages");

    public string Tools => Path.Combine(Folder, "tools");

    public string Command => Path.Combine(Tools, OperatingSystem.IsWindows() ? "pellucid.exe" : "pellucid");

    /// <summary>A package, or that of its symbols, opened.</summary>
    public ZipArchive Open(string name, string extension = ".nupkg") =>
        ZipFile.OpenRead(Directory.GetFiles(Packages, $"{name}.*{extension}")
            .Single(path => char.IsDigit(Path.GetFileName(path)[name.Length + 1])));

    /// <summary>What a package says of itself.</summary>
    public Dictionary<string, XElement> Metadata(string name)
    {
        using var package = Open(name);
        using var stream = package.GetEntry(name + ".nuspec")!.Open();
        return XDocument.Load(stream).Root!.Elements().Single().Elements().ToDictionary(element => element.Name.LocalName);
    }

    /// <summary>Runs dotnet in the folder, with an empty cache of packages; it must end well.</summary>
    public string Dotnet(params string[] words) => Run("dotnet", words);

    /// <summary>Runs a command in the folder; it must end well.</summary>
    public string Run(string command, params string[] words)
    {
        var start =
            new ProcessStartInfo(command, words) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        if (words[0] is not "pack")
            start.Environment["NUGET_PACKAGES"] = Path.Combine(Folder, "cache");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', words)}: {output} {error.Result}");
        return output;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
