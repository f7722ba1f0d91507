using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Pellucid.Tests;

namespace Pellucid.Cli.Tests;

/// <summary>The command as a user runs it: a process of its own, in a folder of its own.</summary>
internal sealed class PellucidProcess : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("pellucid-").FullName;

    /// <summary>Runs it to the end.</summary>
    public Outcome Run(params string[] words) => Run(input: "", words);

    public Outcome Run(string input, string[] words, params (string Name, string Value)[] environment)
    {
        using var process = Start(words, environment);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return Finish(process);
    }

    public Process Start(string[] words, params (string Name, string Value)[] environment)
    {
        // Where a signal is ignored, as Ctrl-C by what runs in a shell's background, it would be for the command too; env takes that back.
        var start = new ProcessStartInfo(OperatingSystem.IsLinux() ? "env" : "dotnet",
            OperatingSystem.IsLinux() ? ["--default-signal=INT,HUP", "dotnet"] : [])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add(TestedCommand.Path);
        foreach (var word in words)
            start.ArgumentList.Add(word);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Ctrl-C.</summary>
    public static void Interrupt(Process process)
    {
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        kill.WaitForExit();
    }

    public static Outcome Finish(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, error.Result);
    }

    public string File(string name, string? content = null)
    {
        var path = Path.Combine(Folder, name);
        if (content is not null)
            System.IO.File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>What a run printed, and how it ended.</summary>
internal sealed record Outcome(int Code, string Output, string Error)
{
    /// <summary>The object that is the last line of standard output, and the only one.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.True(Code == 0, Error);
            return JsonDocument.Parse(Assert.Single(Output.TrimEnd('\n').Split('\n'))).RootElement;
        }
    }
}
