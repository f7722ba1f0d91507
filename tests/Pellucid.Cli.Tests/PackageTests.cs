using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Pellucid.Cli.Tests;

/// <summary>What is shipped: packages that say what they are, a tool of modest size,
/// and programs that use them with nothing else at hand.</summary>
[Collection(PackedFeed.Name)]
public sealed class PackageTests(PackedFeed feed)
{
    private const long Mebibyte = 1 << 20, MostPacked = 25 * Mebibyte, MostInstalled = 60 * Mebibyte;

    public static TheoryData<string> Names => [.. PackedFeed.Names];

    [Theory, MemberData(nameof(Names))]
    public void A_package_says_what_it_is_and_brings_what_it_owes(string name)
    {
        var metadata = feed.Metadata(name);
        Assert.InRange(metadata["description"].Value.Length, 40, 400);
        Assert.Equal(("README.md", "icon.png", "MIT"), (metadata["readme"].Value, metadata["icon"].Value, metadata["license"].Value));
        Assert.Contains("language-model", metadata["tags"].Value, StringComparison.Ordinal);
        Assert.Equal(PackedFeed.Repository, metadata["repository"].Attribute("url")!.Value);
        if (metadata.TryGetValue("dependencies", out var dependencies))
            foreach (var dependency in dependencies.Descendants().Where(element => element.Name.LocalName == "dependency"))
                Assert.DoesNotContain('-', dependency.Attribute("version")!.Value); // nothing unfinished
        using var package = feed.Open(name);
        foreach (var file in (string[])["README.md", "icon.png", "LICENSE", "THIRD-PARTY-NOTICES.md", "CHANGELOG.md"])
            Assert.True(package.GetEntry(file) is { Length: > 0 }, file);
        Assert.All(package.Entries, entry => Assert.DoesNotContain(Path.GetExtension(entry.Name), (string[])[".so", ".dylib"]));
        using var symbols = feed.Open(name, ".snupkg");
        Assert.Contains(symbols.Entries, entry => entry.Name == name + ".pdb");
    }

    [Fact]
    public void The_tool_is_small_and_names_those_whose_work_it_carries()
    {
        using (var package = feed.Open("Pellucid.Cli"))
        {
            var notices = new StreamReader(package.GetEntry("THIRD-PARTY-NOTICES.md")!.Open()).ReadToEnd();
            var libraries = package.Entries.Where(entry => Path.GetExtension(entry.Name) == ".dll")
                .Select(entry => entry.Name[..^4]).ToList();
            var others = libraries.Where(name => !name.StartsWith("Pellucid", StringComparison.Ordinal)).ToList();
            Assert.Contains("MudBlazor", others);
            Assert.All(others, name => Assert.True(IsNamed(notices, name), $"{name} is not in the notices"));
        }
        Assert.InRange(new FileInfo(Directory.GetFiles(feed.Packages, "Pellucid.Cli.*.nupkg").Single()).Length, 1, MostPacked);
        var installed = Directory.EnumerateFiles(feed.Tools, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Assert.InRange(installed, 1, MostInstalled);
    }

    [Fact]
    public void The_installed_command_knows_its_version_and_runs_the_model_that_comes_along()
    {
        Assert.Equal(feed.Metadata("Pellucid.Cli")["version"].Value, feed.Run(feed.Command, "--version").Trim());
        string[] words = ["generate", "tiny", "The capital of France is", "--temperature", "0", "--max-tokens", "1"];
        Assert.Contains("Paris", feed.Run(feed.Command, words), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Pellucid", "")]
    [InlineData("Pellucid.Extensions.AI", "")]
    [InlineData("Pellucid.Web", "<FrameworkReference Include=\"Microsoft.AspNetCore.App\" />")]
    public async Task The_first_program_of_its_readme_works_with_one_package(string name, string also)
    {
        var port = FreePort();
        // Microsoft's container of services is what a program of its kind has anyway.
        if (name == "Pellucid.Extensions.AI")
            also = "<PackageReference Include=\"Microsoft.Extensions.DependencyInjection\" Version=\"10.0.*\" />";
        var built = BuildProgram(name, also, port);
        if (name == "Pellucid.Web")
            await AssertAnswersAsync(built, port);
        else
            Assert.Contains("Warsaw", feed.Dotnet(built), StringComparison.Ordinal);
    }

    [Fact]
    public void The_program_of_the_readme_for_many_machines_trains_on_two_ranks()
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        var built = Path.Combine(feed.Folder, BuildProgram("Pellucid.Mpi", "", 0));
        var folder = Path.GetDirectoryName(built)!;
        File.WriteAllText(Path.Combine(folder, "text.txt"), string.Concat(Enumerable.Repeat("the cat sat on the mat. ", 500)));
        var outcome = launcher.Run(folder, 2, [built]);
        Assert.True(outcome.Code == 0, outcome.Error);
        Assert.Single(outcome.Output.Split('\n'), line => line.StartsWith("step 200: ", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(folder, "model", "model.safetensors")));
    }

    // From the package alone; where the program lies, from the feed's folder.
    private string BuildProgram(string name, string also, int port)
    {
        var folder = Directory.CreateDirectory(Path.Combine(feed.Folder, name)).FullName;
        void Write(string file, string text) => File.WriteAllText(Path.Combine(folder, file), text);
        using (var package = feed.Open(name))
        {
            var readme = new StreamReader(package.GetEntry("README.md")!.Open()).ReadToEnd();
            var program = readme.Split("```csharp\n")[1].Split("```")[0];
            Write("Program.cs", program.Replace(":8080", $":{port}", StringComparison.Ordinal));
        }
        Write($"{name}.Use.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{name}" Version="{feed.Metadata(name)["version"].Value}" />{also}
              </ItemGroup>
            </Project>
            """);
        feed.Dotnet("build", name, "-c", "Release", "-o", $"{name}/out");
        Assert.True(File.Exists(Path.Combine(folder, "out", "tiny", "model.safetensors")));
        return Path.Combine(folder, "out", name + ".Use.dll");
    }

    // By its name, or with a star for a family of names.
    private static bool IsNamed(string notices, string library) => notices.Split('`')
        .Any(name => name == library
            || name.EndsWith(".*", StringComparison.Ordinal) && library.StartsWith(name[..^1], StringComparison.Ordinal));

    private static async Task AssertAnswersAsync(string program, int port)
    {
        using var server = Process.Start(
            new ProcessStartInfo("dotnet", [program]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            for (var attempt = 0; ; attempt++)
                try
                {
                    Assert.Equal("ok", await http.GetStringAsync("/health", TestContext.Current.CancellationToken));
                    break;
                }
                catch (HttpRequestException) when (attempt < 300 && !server.HasExited)
                {
                    await Task.Delay(100, TestContext.Current.CancellationToken);
                }
            Assert.Contains("blazor.web.js",
                await http.GetStringAsync("/", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
