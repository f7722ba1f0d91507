using System.CommandLine;
using Pellucid.Cli.Tour;
using Pellucid.Web;

namespace Pellucid.Cli;

/// <summary><c>pellucid explore</c>.</summary>
internal static class ExploreCommand
{
    private static readonly Argument<string[]> Models = new("MODEL")
    {
        Description = "A model, or several that the page goes on to and shows beside each other: folders with config.json and "
            + "model.safetensors, GGUF files, BASE+ADAPTER, or tiny",
        Arity = ArgumentArity.OneOrMore,
    };

    private const string Without =
        "this build is native or trimmed, without the explorer's page, which needs the .NET runtime; "
            + "the installed tool has it, and serve works here too";

    private static readonly Option<string?> RunFolder =
        new("--run") { Description = "Watch this training, a folder that train --out writes; the first MODEL itself if it has a log" };

    private static readonly Option<string?> TourFolder = new("--tour")
    {
        Description = $"Folder of a tour that the page's examples lead to, as tour --out writes it; {TourCommand.Folder} if there is one",
    };

    public static Command Create()
    {
        var command = new Command("explore", "Opens a model up in the browser, or several, and offers them to programs as serve does. "
            + $"{ListenOptions.Keys} A browser asks for one as a password, whatever the name.")
        {
            Models, RunFolder, TourFolder, PromptOptions.BeginOfText,
        }.WithExample("pellucid explore runs/micro-world --urls http://127.0.0.1:8080");
        foreach (var option in ListenOptions.All)
            command.Add(option);
        command.SetAction((words, cancellation) => !PellucidHost.HasExplorer ? throw new NotSupportedException(Without)
            : ServeCommand.ServeAsync(words, words.GetValue(Models)!, null, null, new Generation.SchedulerOptions(),
                ListenOptions.Read(words) with { HasExplorer = true, RunFolder = FindRun(words), TourReport = FindTour(words) },
                cancellation));
        return command;
    }

    private static string? FindTour(ParseResult words)
    {
        var given = words.GetValue(TourFolder);
        var report = Path.GetFullPath(Path.Combine(given ?? TourCommand.Folder, TourCommand.ReportFile));
        return File.Exists(report) ? report
            : given is null ? null : throw new ArgumentException($"--tour: there is no {TourCommand.ReportFile} in {given}");
    }

    private static string? FindRun(ParseResult words)
    {
        if (words.GetValue(RunFolder) is { } folder)
            return Directory.Exists(folder) ? folder : throw new ArgumentException($"--run: there is no folder {folder}");
        var model = words.GetValue(Models)![0];
        return File.Exists(Path.Combine(model, Training.RunLog.FileName)) ? model : null;
    }
}
