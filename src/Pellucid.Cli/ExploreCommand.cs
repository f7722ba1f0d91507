using System.CommandLine;
using Pellucid.Cli.Look.Features;
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

    private static readonly Option<string[]> RunFolders = new("--run")
    {
        Description = "Watch these runs, folders that train or tune --out writes, side by side; every MODEL and ADAPTER itself that has "
            + "a log if not given",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> TourFolder = new("--tour")
    {
        Description = $"Folder of a tour that the page's examples lead to, as tour --out writes it; {TourCommand.Folder} if there is one",
    };

    public static Command Create()
    {
        var command = new Command("explore", "Opens a model up in the browser, or several, and offers them to programs as serve does. "
            + $"{ListenOptions.Keys} A browser asks for one as a password, whatever the name.")
        {
            Models, RunFolders, TourFolder, FeatureFolder.Several, FeatureFolder.Data, TrainingText.TextField, PromptOptions.BeginOfText,
        }.WithExample("pellucid explore runs/micro-world --urls http://127.0.0.1:8080");
        foreach (var option in ListenOptions.All)
            command.Add(option);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult words, CancellationToken cancellation)
    {
        if (!PellucidHost.HasExplorer)
            throw new NotSupportedException(Without);
        using var features = new ExploredFeatures();
        return await ServeCommand.ServeAsync(words, words.GetValue(Models)!, null, null, new Generation.SchedulerOptions(),
            ListenOptions.Read(words) with
            {
                HasExplorer = true, RunFolders = FindRuns(words), TourReport = FindTour(words), Features = features.Of(words),
            }, cancellation);
    }

    private static string? FindTour(ParseResult words)
    {
        var given = words.GetValue(TourFolder);
        var report = Path.GetFullPath(Path.Combine(given ?? TourCommand.Folder, TourCommand.ReportFile));
        return File.Exists(report) ? report
            : given is null ? null : throw new ArgumentException($"--tour: there is no {TourCommand.ReportFile} in {given}");
    }

    private static string[] FindRuns(ParseResult words)
    {
        if (words.GetValue(RunFolders) is not { Length: > 0 } given)
            return [.. words.GetValue(Models)!.Select(model => ModelFolder.Parts(model)?.Adapter ?? model)
                .Where(folder => File.Exists(Path.Combine(folder, Training.RunLog.FileName))).Distinct()];
        return given.FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing
            ? throw new ArgumentException($"--run: there is no folder {missing}") : given;
    }
}
