using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Pellucid.Cli.Terminal;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Training;
using Pellucid.Web;

namespace Pellucid.Cli;

/// <summary><c>pellucid serve</c>.</summary>
internal static class ServeCommand
{
    private static readonly Argument<string[]> Models = new("MODEL")
    {
        Description = "A model, or several: folders with config.json and model.safetensors, GGUF files, BASE+ADAPTER, or tiny",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<int?> Memory = new("--memory")
    {
        Description = "Megabytes that several models may take together; the one that was asked for longest ago goes first. All of this "
            + "machine's if not given",
    };
    private static readonly Option<int> Stored = new("--stored")
    {
        Description = "Responses that are kept, so that others can go on from them; 0 keeps none",
        DefaultValueFactory = _ => new Web.HostOptions().MostStored,
    };
    private static readonly Option<string> Weights = CommonOptions.NewWeights();
    private static readonly Option<string> KeyValueType = CommonOptions.NewKeyValueType();
    private static readonly Option<string[]> Alias = new("--alias")
    {
        Description = "Another name that programs may call the first model by; or NAME=MODEL, of another one",
        AllowMultipleArgumentsPerToken = true
    };
    private static readonly Option<bool> GuardMetrics = new("--guard-metrics") { Description = "Ask for a key at /metrics too" };
    private static readonly Option<bool> Lenient =
        new("--lenient") { Description = "Log fields of requests that are not understood, instead of refusing them" };
    private static readonly Option<int?> Parallel = new("--parallel")
    {
        Description = $"Texts that are written at once; if not given {new SchedulerOptions().MostRunning}, or fewer where no more fit into "
            + "memory with a whole context each",
    };
    private static readonly Option<int> Queue = new("--queue")
    {
        Description = "Texts that may wait; who asks for more is told to come again",
        DefaultValueFactory = _ => new SchedulerOptions().MostWaiting
    };
    private static readonly Option<int> PrefixMemory = new("--prefix-memory")
    {
        Description = "Megabytes of keys and values that are kept for texts that begin as others did, shared equally by "
            + "all models; 0 keeps none",
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
            "Offers models to programs over HTTP, in the way of OpenAI's API. Ctrl-C or SIGTERM lets what runs finish, for half a minute "
                + $"at most. {ListenOptions.Keys}")
        {
            Models, Weights, CommonOptions.Activations, KeyValueType, CommonOptions.Context, CommonOptions.Speculate,
            PromptOptions.BeginOfText, Parallel, Queue, PrefixMemory, Memory, Stored, MaxTokens, MaxBody, Timeout, Alias, GuardMetrics,
            Lenient, MemoryLimit.Force,
        }.WithExample("pellucid serve runs/micro-world --urls http://127.0.0.1:8080");
        foreach (var option in ListenOptions.All)
            command.Add(option);
        command.SetAction((words, cancellation) =>
            ServeAsync(words, words.GetValue(Models)!, CommonOptions.WeightType(words, Weights), words.GetValue(Parallel) is not < 1
                ? words.GetValue(Parallel) : throw new ArgumentException("--parallel must be at least 1"), new SchedulerOptions
            {
                MostWaiting = words.GetValue(Queue) is >= 0 and var queue ? queue
                    : throw new ArgumentException("--queue cannot be negative"),
                DraftTokens = CommonOptions.DraftTokens(words),
                KeyValueType = CommonOptions.KeyValueType(words, KeyValueType),
                Context = CommonOptions.ContextOf(words),
                PrefixBytes = words.GetValue(PrefixMemory) is >= 0 and var megabytes ? (long)megabytes << 20
                    : throw new ArgumentException("--prefix-memory cannot be negative"),
            }, ListenOptions.Read(words) with
            {
                Aliases = words.GetValue(Alias) ?? [],
                GuardsMetrics = words.GetValue(GuardMetrics),
                IsLenient = words.GetValue(Lenient),
                MostStored = words.GetValue(Stored) is >= 0 and var stored ? stored
                    : throw new ArgumentException("--stored cannot be negative"),
                MostTokens = CommonOptions.AtLeastOne(words, MaxTokens),
                MostBodyBytes = CommonOptions.AtLeastOne(words, MaxBody),
                RequestTime = TimeSpan.FromSeconds(CommonOptions.AtLeastOne(words, Timeout)),
            }, cancellation));
        return command;
    }

    /// <summary>Loads the models and listens until it is told to end.</summary>
    public static async Task<int> ServeAsync(ParseResult words, IReadOnlyList<string> paths, ElementType? weights, int? parallel,
        SchedulerOptions scheduling, Web.HostOptions options, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        foreach (var path in paths)
        {
            RequireSaved(ModelFolder.Resolve(path));
            MemoryLimit.CheckRunning(words, path, weights);
        }
        var sources = ServedModels.Of(words, paths, options.Aliases, weights, scheduling, parallel);
        var memory = words.CommandResult.Command.Options.Contains(Memory) ? words.GetValue(Memory) : null;
        if (memory is < 1)
            throw new ArgumentException("--memory must be at least 1");
        if (sources.FirstOrDefault(one => one.Bytes > (long?)memory << 20) is { } tooLarge)
            throw new ArgumentException($"--memory is {memory} megabytes, and {tooLarge.Name} alone needs {Units.Bytes(tooLarge.Bytes)}");
        await using var models = new ModelRegistry(sources,
            memory is { } megabytes ? (long)megabytes << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        var model = await models.LoadFirstAsync(cancellation);
        await foreach (var _ in model.WriteAsync(new GenerationRequest([0, 0]) { MaxTokens = 2 }, cancellation: cancellation))
        {
            // So that kernels are compiled before the first request comes.
        }
        await using var application = PellucidHost.Create(models, options);
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
        var (fitting, isBounded) = (model.Scheduler.MostRunning, parallel is null && model.Scheduler.MostRunning < scheduling.MostRunning);
        output.Line($"{string.Join(", ", sources.Select(one => one.Name))} listens on {string.Join(", ", application.Urls)}; "
            + (isBounded ? $"memory holds {fitting} texts of a whole context at once; " : "")
            + "Ctrl-C ends it.");
        output.Json(json =>
        {
            json.WriteString("model", model.Name);
            json.WriteStartArray("models");
            foreach (var source in sources)
                json.WriteStringValue(source.Name);
            json.WriteEndArray();
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

    /// <summary>
    /// A training is in its folder from its first moment on, its model or adapter only from the first time that it saves.
    /// </summary>
    /// <exception cref="FileNotFoundException">It has not saved yet.</exception>
    internal static void RequireSaved(string folder)
    {
        if (RunRecord.IsIn(folder) && !AdapterFolder.Exists(folder)
            && !File.Exists(Path.Combine(folder, Checkpoint.WeightsFile)))
            throw new FileNotFoundException($"the training in {folder} has not saved yet; it does as soon as it has measured the untrained "
                + "model, so try again in a moment");
    }
}
