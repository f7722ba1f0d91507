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
    private static readonly Option<string> Weights = CommonOptions.NewWeights();
    private static readonly Option<string> KeyValueType = CommonOptions.NewKeyValueType();
    private static readonly Option<string[]> Alias = new("--alias")
    {
        Description = "Another name that programs may call the model by",
        AllowMultipleArgumentsPerToken = true
    };
    private static readonly Option<bool> GuardMetrics = new("--guard-metrics") { Description = "Ask for a key at /metrics too" };
    private static readonly Option<bool> Lenient =
        new("--lenient") { Description = "Log fields of requests that are not understood, instead of refusing them" };
    private static readonly Option<int> Parallel =
        new("--parallel") { Description = "Texts that are written at once", DefaultValueFactory = _ => new SchedulerOptions().MostRunning };
    private static readonly Option<int> Queue = new("--queue")
    {
        Description = "Texts that may wait; who asks for more is told to come again",
        DefaultValueFactory = _ => new SchedulerOptions().MostWaiting
    };
    private static readonly Option<int> PrefixMemory = new("--prefix-memory")
    {
        Description = "Megabytes of keys and values that are kept for texts that begin as others did; 0 keeps none",
        DefaultValueFactory = _ => (int)(new SchedulerOptions().PrefixBytes >> 20)
    };
    private static readonly Option<int> MaxTokens = new("--max-tokens")
    {
        Description = "Tokens that a request may have written at most",
        DefaultValueFactory = _ => new Web.HostOptions().MostTokens
    };
    private static readonly Option<int> MaxBody = new("--max-body") { Description = "Bytes of a request at most", DefaultValueFactory = _ =>
        (int)new Web.HostOptions().MostBodyBytes };
    private static readonly Option<int> Timeout = new("--timeout")
    {
        Description = "Seconds that a request may take, waiting included",
        DefaultValueFactory = _ => (int)new Web.HostOptions().RequestTime.TotalSeconds
    };

    public static Command Create()
    {
        var command = new Command("serve",
            "Offers a model to programs over HTTP, in the way of OpenAI's API. Ctrl-C or SIGTERM lets what runs finish, for half a minute "
                + $"at most. {ListenOptions.Keys}")
        {
            Model, Weights, CommonOptions.Activations, KeyValueType, CommonOptions.Speculate, PromptOptions.BeginOfText, Parallel,
            Queue, PrefixMemory, MaxTokens, MaxBody, Timeout, Alias, GuardMetrics, Lenient, MemoryLimit.Force,
        }.WithExample("pellucid serve runs/micro-world --urls http://127.0.0.1:8080");
        foreach (var option in ListenOptions.All)
            command.Add(option);
        command.SetAction((words, cancellation) =>
            ServeAsync(words, words.GetValue(Model)!, CommonOptions.WeightType(words, Weights), new SchedulerOptions
            {
                MostRunning = AtLeastOne(words, Parallel),
                MostWaiting = words.GetValue(Queue) is >= 0 and var queue ? queue
                    : throw new ArgumentException("--queue cannot be negative"),
                DraftTokens = CommonOptions.DraftTokens(words),
                KeyValueType = CommonOptions.KeyValueType(words, KeyValueType),
                PrefixBytes = words.GetValue(PrefixMemory) is >= 0 and var megabytes ? (long)megabytes << 20
                    : throw new ArgumentException("--prefix-memory cannot be negative"),
            }, ListenOptions.Read(words) with
            {
                Aliases = words.GetValue(Alias) ?? [],
                GuardsMetrics = words.GetValue(GuardMetrics),
                IsLenient = words.GetValue(Lenient),
                MostTokens = AtLeastOne(words, MaxTokens),
                MostBodyBytes = AtLeastOne(words, MaxBody),
                RequestTime = TimeSpan.FromSeconds(AtLeastOne(words, Timeout)),
            }, cancellation));
        return command;
    }

    /// <summary>Loads the model and listens until it is told to end.</summary>
    public static async Task<int> ServeAsync(ParseResult words, string path, ElementType? weights, SchedulerOptions scheduling,
        Web.HostOptions options, CancellationToken cancellation)
    {
        var (output, folder) = (new Output(words.GetValue(CommonOptions.Json)), ModelFolder.Resolve(path));
        options = options with
        {
            Aliases = [.. options.Aliases, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))]
        };
        RequireSaved(folder);
        MemoryLimit.CheckRunning(words, path, weights);
        using var backend = CommonOptions.CreateBackend(words);
        await using var model = ModelFolder.LoadLanguageModel(path, backend, weights, scheduling);
        CommonOptions.SetActivations(words, model.Gpt);
        model.AddsBegin = PromptOptions.Begins(words, model.Specials);
        await foreach (var _ in model.WriteAsync(new GenerationRequest([0, 0]) { MaxTokens = 2 }, cancellation: cancellation))
        {
            // So that kernels are compiled before the first request comes.
        }
        await using var application = PellucidHost.Create(model, options);
        try
        {
            await application.StartAsync(cancellation);
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException)
        {
            throw new ArgumentException($"--urls {options.Urls}: {error.Message}", error);
        }
        SamplingWords.Tell(words: null, model.Sampling);
        if (options.ApiKeys.Count == 0 && ListenOptions.IsReachable(application.Urls))
            Console.Error.WriteLine("pellucid: warning: whoever can reach this machine can use the model, for no key is asked for "
                + "(see --api-key-file)");
        output.Line($"{model.Name} listens on {string.Join(", ", application.Urls)}; Ctrl-C ends it.");
        output.Json(json =>
        {
            json.WriteString("model", model.Name);
            json.WriteStartArray("urls");
            foreach (var url in application.Urls)
                json.WriteStringValue(url);
            json.WriteEndArray();
        });
        await application.WaitForShutdownAsync(cancellation);
        CommonOptions.TellDrafts(words, model.Scheduler.Drafts);
        output.Line("Ended.");
        return PellucidCommand.Done;
    }

    // A training is in its folder from its first moment on, its model only from the first time that it saves.
    private static void RequireSaved(string folder)
    {
        if (RunRecord.IsIn(folder) && !Training.TrainingFolder.IsTaken(folder))
            throw new FileNotFoundException($"the training in {folder} has not saved yet; it does as soon as it has measured the untrained "
                + "model, so try again in a moment");
    }

    private static int AtLeastOne(ParseResult words, Option<int> option) =>
        words.GetValue(option) is >= 1 and var value ? value : throw new ArgumentException($"{option.Name} must be at least 1");
}
