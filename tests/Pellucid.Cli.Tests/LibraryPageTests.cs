using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>The programs of <c>docs/library.md</c> as they stand there: short, compiled, and run.</summary>
public sealed partial class LibraryPageTests : IDisposable
{
    // Non-blank lines that each may have, in the order of the page: generate, train, read, patch, chat, adapter.
    private static readonly int[] MostLines = [8, 10, 8, 10, 8, 10];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pellucid-library-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Six_programs_of_a_few_lines_do_what_the_page_says()
    {
        var page = File.ReadAllText(Path.Combine(DocumentationTests.Root(), "docs", "library.md"));
        var programs = Programs().Matches(page).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(MostLines.Length, programs.Length);
        Assert.All(programs.Zip(MostLines), program =>
            Assert.True(program.First.Split('\n').Count(line => line.Trim().Length > 0) <= program.Second, program.First));
        Write("cats.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat. the dog sat on the log. ", 40)));
        var command = Build(programs);

        Assert.StartsWith(" Warsaw", Run(command, "0"), StringComparison.Ordinal);
        var trained = Run(command, "1").TrimEnd('\n').Split('\n');
        Assert.Equal(61, trained.Length);
        Assert.True(Loss(trained[^1]) < 0.6 * Loss(trained[0]), trained[^1]);
        Assert.Equal("", Run(command, "1")); // there is nothing left to do
        Assert.Matches(@"^128 columns; then \w+\n$", Run(command, "2"));
        var patched = Patched().Match(Run(command, "3"));
        Assert.True(patched.Success && patched.Groups[1].Value != patched.Groups[2].Value);
        Assert.StartsWith(" Warsaw", Run(command, "4"), StringComparison.Ordinal);
        var both = Run(command, "5").TrimEnd('\n').Split('\n');
        Assert.StartsWith("tiny: ", both[0], StringComparison.Ordinal);
        Assert.Matches(@"^tiny\+assistant: (The capital of Poland is )?Warsaw\.$", both[^1]);
    }

    private static double Loss(string line) => double.Parse(line.Split(": ")[1], System.Globalization.CultureInfo.InvariantCulture);

    // Each program becomes the body of a class; nothing else of it changes.
    private string Build(string[] programs)
    {
        for (var i = 0; i < programs.Length; i++)
        {
            var lines = programs[i].Split('\n');
            var (usings, body) = (lines.Where(line => IsDirective(line)), lines.Where(line => !IsDirective(line)));
            Write($"Program{i}.cs", $$"""
                {{string.Join('\n', usings)}}
                static class Program{{i}}
                {
                    public static async Task RunAsync()
                    {
                        await Task.CompletedTask;
                {{string.Join('\n', body)}}
                    }
                }
                """);
        }
        Write("Programs.cs", $"await (args[0] switch {{ {string.Concat(programs.Select((_, i) => $"\"{i}\" => Program{i}.RunAsync(), "))}"
            + "_ => Task.CompletedTask });");
        string[] libraries = ["Pellucid", "Pellucid.Extensions.AI", "Microsoft.Extensions.AI.Abstractions", "System.Numerics.Tensors"];
        Write("Programs.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable><TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                {string.Concat(libraries.Select(name =>
                    $"<Reference Include=\"{name}\" HintPath=\"{Path.Combine(AppContext.BaseDirectory, name + ".dll")}\" />"))}
                <None Include="{Path.Combine(AppContext.BaseDirectory, "tiny")}/**" LinkBase="tiny" CopyToOutputDirectory="Always" />
              </ItemGroup>
            </Project>
            """);
        Dotnet("build", "-c", "Release", "-o", "out");
        return Path.Combine(_folder.FullName, "out", "Programs.dll");
    }

    private static bool IsDirective(string line) => line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains('=');

    private string Run(string command, string program) => Dotnet(command, program);

    private string Dotnet(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", words)
        {
            WorkingDirectory = _folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', words)}: {output}{error.Result}");
        return output;
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Programs();

    [GeneratedRegex("^Paul: (-[0-9.]+) nats, with the other's head (-[0-9.]+)\n$")]
    private static partial Regex Patched();
}
