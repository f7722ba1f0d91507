using System.CommandLine;
using System.Runtime.InteropServices;
using Pellucid.Cli.Terminal;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Mpi;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Cli;

/// <summary>Options that every verb understands, and those that several share.</summary>
internal static class CommonOptions
{
    // What can be asked for on this machine.
    private const string Devices = "cpu";

    private const string AsStored = "stored";

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print exactly one JSON object on standard output, last, and everything else on standard error",
        Recursive = true,
    };

    public static readonly Option<int> Threads = new("--threads")
    {
        Description = "Threads that compute; 0 for all cores, which ranks on one machine share",
        DefaultValueFactory = _ => 0,
        Recursive = true,
    };

    public static readonly Option<string> Device = new("--device")
    {
        Description = $"Where to compute; here there is {Devices}",
        DefaultValueFactory = _ => "cpu",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Show where an error happened",
        Recursive = true,
    };

    /// <summary>A seed, for verbs in which chance plays.</summary>
    public static Option<ulong> NewSeed() =>
        new("--seed")
        {
            Description = "Where all chance comes from; the same seed gives the same bytes, and random draws one and tells it",
            DefaultValueFactory = _ => 1,
        };

    /// <summary>The model a verb works on.</summary>
    public static Argument<string> NewModel() => new("MODEL")
    {
        Description = $"A model: a folder with config.json and model.safetensors, a GGUF file, or {BuiltInModel.Name}, the built-in one"
    };

    /// <summary>How rows meet weights of few bits; set what was asked for with <see cref="SetActivations"/>.</summary>
    public static readonly Option<string> Activations = new Option<string>("--activations")
    {
        Description = "How rows meet weights in blocks (q8_0, q4_K, …): q8, rounded to 8 bits (before the table of tokens to 16), "
            + "which is faster; or f32, as they are",
        DefaultValueFactory = _ => "q8",
    }.AcceptOnlyFromAmong("f32", "q8");

    /// <summary>How long texts may be.</summary>
    public static readonly Option<int?> Context = new("--context")
    {
        Description = "Tokens that a text may have, fewer than the model's context: they bound the memory of its keys and values. Models "
            + "with LongRoPE choose by it how they turn",
    };

    /// <summary>The number that was given with <see cref="Context"/>.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static int? ContextOf(ParseResult words) => words.CommandResult.Command.Options.Contains(Context)
        && words.GetValue(Context) is { } context ? context >= 1 ? context
            : throw new ArgumentException("--context must be at least 1") : null;

    /// <summary>How many tokens are drafted where a text is written.</summary>
    public static readonly Option<int> Speculate = new("--speculate")
    {
        Description = "Tokens that are drafted at most where the text said the same before, and read in one step with the last one: "
            + "text that quotes or repeats is written faster, and is what it would be without",
        HelpName = "N",
    };

    /// <summary>The number that was given with <see cref="Speculate"/>, 0 if none was.</summary>
    public static int DraftTokens(ParseResult words) => words.GetValue(Speculate) is >= 0 and var tokens ? tokens
        : throw new ArgumentException("--speculate cannot be negative");

    /// <summary>Tells people how many drafted tokens were accepted, where any were to be drafted.</summary>
    public static void TellDrafts(ParseResult words, DraftCounts drafts)
    {
        if (words.GetValue(Speculate) > 0)
            Console.Error.WriteLine($"{Units.Count(drafts.Accepted)} of {Units.Count(drafts.Drafted)} drafted tokens were accepted "
                + $"({Units.Number(100 * drafts.Rate, 1)} %)");
    }

    /// <summary>How a model that only computes stores its weights.</summary>
    /// <param name="hasFiles">Whether there are files of weights, which have types of their own.</param>
    public static Option<string> NewWeights(bool hasFiles = true) => new Option<string>("--weights")
    {
        Description = hasFiles
            ? $"How weights are stored: {AsStored}, as the files have them, or rounded at loading; fewer bits are read faster"
            : "How weights are stored; fewer bits are read faster",
        DefaultValueFactory = _ => hasFiles ? AsStored : "f32",
    }.AcceptOnlyFromAmong([.. (string[])(hasFiles ? [AsStored] : []), .. ElementTypes.OfWeights.Select(type => type.Name())]);

    /// <summary>The type of weights that was asked for.</summary>
    public static ElementType WeightType(ParseResult words, Option<string> option) =>
        words.GetValue(option) == AsStored ? ElementType.Mixed : ElementTypes.WeightNamed(words.GetValue(option)!);

    /// <summary>Has a model's rows meet its weights as was asked.</summary>
    public static void SetActivations(ParseResult words, Gpt gpt) =>
        gpt.Parameters.RoundsActivations = words.GetValue(Activations) != "f32";

    /// <summary>How keys and values of a text are stored while it is written.</summary>
    public static Option<string> NewKeyValueType() => new Option<string>("--kv-type")
    {
        Description = "How keys and values of a text are stored: f32, bf16 or q8_0; fewer bits take less memory and change logits a little",
        DefaultValueFactory = _ => "f32",
    }.AcceptOnlyFromAmong("f32", "bf16", "q8_0");

    /// <summary>The type of keys and values that was asked for.</summary>
    public static ElementType KeyValueType(ParseResult words, Option<string> option) => words.GetValue(option) switch
    {
        "bf16" => ElementType.BFloat16,
        "q8_0" => ElementType.Q8_0,
        _ => ElementType.Float32,
    };

    /// <summary>
    /// Gives a verb work that Ctrl-C asks to end. It runs on a thread of its own: only once the action has returned its
    /// task does the parser listen for the signal. That the terminal was closed, which the parser does not hear, asks the same.
    /// </summary>
    public static void SetInterruptibleAction(this Command command, Func<ParseResult, CancellationToken, int> run) =>
        command.SetAction((words, cancellation) => Task.Run(() =>
        {
            using var asked = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            using var closed = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                asked.Cancel();
            });
            return run(words, asked.Token);
        }, CancellationToken.None));

    /// <summary>How many there are to be.</summary>
    /// <exception cref="ArgumentException">Fewer than one.</exception>
    public static int AtLeastOne(ParseResult words, Option<int> option) =>
        words.GetValue(option) is >= 1 and var value ? value : throw new ArgumentException($"{option.Name} must be at least 1");

    /// <summary>Threads that compute. Ranks of one machine share its cores, unless they were told otherwise.</summary>
    /// <exception cref="ArgumentException">There cannot be so many.</exception>
    public static int ThreadsOf(ParseResult words)
    {
        var threads = words.GetValue(Threads);
        var most = Math.Max(64, 4 * Environment.ProcessorCount); // threads without a core wait for each other at every step
        if (threads < 0 || threads > most)
            throw new ArgumentException($"--threads cannot be {threads}: on this machine it is at most {most}");
        return threads == 0 && Launcher.Current is { Here: > 1 and var ranks } ? Math.Max(1, Environment.ProcessorCount / ranks) : threads;
    }

    /// <summary>The device that was asked for.</summary>
    /// <exception cref="ArgumentException">There is no device of that name.</exception>
    /// <exception cref="NotSupportedException">It cannot be used here.</exception>
    public static Backend CreateBackend(ParseResult words)
    {
        var threads = ThreadsOf(words);
        return words.GetValue(Device) switch
        {
            "cpu" => CpuBackend.Create(threads),
            "cuda" => throw new NotSupportedException(
                $"the device cuda is not available: this build has no CUDA backend; there is {Devices}"),
            var other => throw new ArgumentException($"there is no device '{other}'; there is {Devices}"),
        };
    }
}
