using System.CommandLine;

namespace Pellucid.Cli;

/// <summary><c>pellucid explore</c>.</summary>
internal static class ExploreCommand
{
    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> Urls = ServeCommand.NewUrls();

    public static Command Create()
    {
        var command = new Command("explore", "Opens a model up in the browser, and offers it to programs as serve does.") { Model, Urls }.WithExample("pellucid explore runs/micro-world --urls http://127.0.0.1:8080");
        command.SetAction((words, cancellation) => ServeCommand.ServeAsync(words, words.GetValue(Model)!, null, new Web.HostOptions { Urls = words.GetValue(Urls)!, HasExplorer = true }, cancellation));
        return command;
    }
}
