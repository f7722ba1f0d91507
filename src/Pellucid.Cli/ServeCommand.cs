using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Pellucid.Cli.Terminal;
using Pellucid.Generation;
using Pellucid.Tensors;
using Pellucid.Web;

namespace Pellucid.Cli;

/// <summary><c>pellucid serve</c>.</summary>
internal static class ServeCommand
{
    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> Urls = NewUrls();

    public static Command Create()
    {
        var command = new Command("serve", "Offers a model to programs over HTTP, in the way of OpenAI's API.") { Model, Urls }.WithExample("pellucid serve runs/micro-world --urls http://127.0.0.1:8080");
        command.SetAction((words, cancellation) => ServeAsync(words, words.GetValue(Model)!, null, new Web.HostOptions { Urls = words.GetValue(Urls)! }, cancellation));
        return command;
    }

    /// <summary>Where to listen.</summary>
    public static Option<string> NewUrls() => new("--urls") { Description = "Where to listen; several with ; between them", DefaultValueFactory = _ => new Web.HostOptions().Urls };

    /// <summary>Loads the model and listens until it is told to end.</summary>
    public static async Task<int> ServeAsync(ParseResult words, string path, ElementType? weights, Web.HostOptions options, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        using var backend = CommonOptions.CreateBackend(words);
        var gpt = ModelFolder.LoadGpt(path, backend, weights);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        await using var model = new LanguageModel(name, gpt, ModelFolder.LoadTokenizer(path, gpt.Config));
        await using var application = PellucidHost.Create(model, options);
        await application.StartAsync(cancellation);
        output.Line($"{model.Name} listens on {string.Join(", ", application.Urls)}; Ctrl-C ends it.");
        await application.WaitForShutdownAsync(cancellation);
        return PellucidCommand.Done;
    }
}
