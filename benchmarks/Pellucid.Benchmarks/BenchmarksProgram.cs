using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Pellucid.Benchmarks.LlamaCpp;
using Pellucid.Benchmarks.Onnx;
using Pellucid.Benchmarks.Torch;
using Pellucid.Cli;
using Perfolizer.Horology;

namespace Pellucid.Benchmarks;

/// <summary>Kernels alone, and whole jobs in turn with native peers.</summary>
internal static class BenchmarksProgram
{
    private static readonly Argument<string> Shape = new Argument<string>("SHAPE")
    {
        Description = "What is trained",
        DefaultValueFactory = _ => TrainingShape.All[0].Name
    }.AcceptOnlyFromAmong([.. TrainingShape.All.Select(shape => shape.Name)]);
    private static readonly Option<int> Rounds = Number("--rounds", "Measurements of which the median counts", 9);
    private static readonly Option<int> TorchThreads = Number("--torch-threads", "Threads of libtorch; as many as ours when 0", 0);
    private static readonly Option<int> Rank = Number("--rank", "Rank of LoRA", 8);
    private static readonly Option<int> Tokens = Number("--tokens", "Tokens of the prompt", 512);
    private static readonly Option<bool> Integers =
        new("--int8") { Description = "Weights of eight bits: ONNX Runtime's dynamic quantisation beside our q8_0" };

    private static readonly Argument<string> Model = new("MODEL") { Description = "A model folder or a GGUF file" };
    private static readonly Option<string[]> Types = new("--types")
    {
        Description = $"Types that the model is written in; for its quality also {LlamaCppQuality.AsItIs}",
        DefaultValueFactory = _ => ["f32", "f16", "bf16", "q8_0", "q5_1", "q4_0", "q4_1", "q4_K", "q6_K"],
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Data = new("--data") { Description = "A text", Required = true };
    private static readonly Option<int> Window = Number("--context", "Tokens of a window", 1024);
    private static readonly Option<int> MaxTokens = Number("--max-tokens", "Tokens of the text that count", 4096);

    private static readonly Option<string> TimedJob = new Option<string>("--job")
    {
        Description = $"What is timed: {string.Join(", ", LlamaCppBench.Jobs)}", DefaultValueFactory = _ => LlamaCppBench.Jobs[0],
    }.AcceptOnlyFromAmong(LlamaCppBench.Jobs);
    private static readonly Argument<string> GgufFile = new("FILE") { Description = "A GGUF file" };
    private static readonly Option<string> RandomShape =
        new("--shape") { Description = "llama3.2-1b, or a preset of the command's", DefaultValueFactory = _ => "gpt2" };
    private static readonly Option<int?> RandomContext =
        new("--context") { Description = "Tokens it may read [default: as the shape has it]" };
    private static readonly Option<string> RandomType =
        new("--type") { Description = "How matrices are stored", DefaultValueFactory = _ => "q4_K" };

    public static async Task<int> Main(string[] args)
    {
        var kernels = new Command("kernels",
            "Times our kernels with BenchmarkDotNet, whose own options may follow: --filter '*Attention*'.")
        {
            TreatUnmatchedTokensAsErrors = false
        };
        kernels.SetAction(words => Kernels([.. words.UnmatchedTokens]));
        var torch = new Command("torch", "Times training steps in turn with libtorch (TorchSharp).") { Shape, Rounds, TorchThreads };
        torch.SetAction(words => TorchBench.Train(words, ShapeOf(words), words.GetValue(TorchThreads), Positive(words, Rounds)));
        var lora = new Command("torch-lora", "Times LoRA steps in turn with libtorch (TorchSharp).") { Shape, Rank, Rounds, TorchThreads };
        lora.SetAction(words => TorchBench.Tune(words, ShapeOf(words), Positive(words, Rank), words.GetValue(TorchThreads),
            Positive(words, Rounds)));
        var onnx =
            new Command("onnx", "Times the reading of a prompt by GPT-2 124M in turn with ONNX Runtime.") { Tokens, Integers, Rounds };
        onnx.SetAction(words => OnnxBench.Run(words, Positive(words, Tokens), words.GetValue(Integers), Positive(words, Rounds)));

        var llamaCpp = new Command("llama-cpp",
            "Judges the GGUF files that we write: llama.cpp must read the same tokens in them and say the same.") { Model, Types };
        llamaCpp.SetAction(words => LlamaCppJudge.Run(words, words.GetValue(Model)!, words.GetValue(Types)!));

        var quality = new Command("llama-cpp-quality",
            "Measures what a text costs a model in each type, beside llama.cpp on the same file.")
        {
            Model, Types, Data, Window, MaxTokens
        };
        quality.SetAction(words => LlamaCppQuality.Run(words, words.GetValue(Model)!, words.GetValue(Types)!, words.GetValue(Data)!,
            Positive(words, Window), Positive(words, MaxTokens)));
        var speed = new Command("llama-cpp-speed", "Times a GGUF file in turn with llama.cpp.")
        {
            GgufFile, TimedJob, Tokens, Rounds, CommonOptions.Activations
        };
        speed.SetAction(words => LlamaCppBench.Run(words, words.GetValue(GgufFile)!, words.GetValue(TimedJob)!, Positive(words, Tokens),
            Positive(words, Rounds)));
        var random = new Command("random-gguf", "Writes a GGUF file of random weights, to time.")
        {
            GgufFile, RandomShape, RandomContext, RandomType,
        };
        random.SetAction(words => RandomGguf.Write(words.GetValue(GgufFile)!,
            RandomGguf.Shape(words.GetValue(RandomShape)!, words.GetValue(RandomContext)), words.GetValue(RandomType)!));

        var words = new RootCommand("Pellucid's kernels alone, and whole jobs beside native peers.")
        {
            kernels, torch, lora, onnx, llamaCpp, quality, speed, random, CommonOptions.Json, CommonOptions.Threads, CommonOptions.Device,
            CommonOptions.Verbose
        }.Parse(args);
        try
        {
            return words.Errors.Count == 0 ? await words.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false })
                : throw new ArgumentException($"{words.Errors[0].Message} See --help");
        }
        catch (Exception error) when (!words.GetValue(CommonOptions.Verbose))
        {
            Console.Error.WriteLine(error.Message.ReplaceLineEndings(" "));
            return error is ArgumentException ? PellucidCommand.WrongWords : PellucidCommand.Failed;
        }
    }

    private static TrainingShape ShapeOf(ParseResult words) => TrainingShape.All.Single(shape => shape.Name == words.GetValue(Shape));

    // In this process: a project of its own for each run would fetch and build all that this one needs once more.
    private static int Kernels(string[] args)
    {
        var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithIterationTime(TimeInterval.FromMilliseconds(150)).WithIterationCount(5)
            .WithToolchain(InProcessEmitToolchain.Instance));
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(BenchmarksProgram).Assembly)
            .Run(args.Length == 0 ? ["--filter", "*"] : args, config).ToArray();
        return summaries.Length > 0 && summaries.All(summary => !summary.HasCriticalValidationErrors
            && summary.Reports.All(report => report.Success)) ? PellucidCommand.Done : PellucidCommand.Failed;
    }

    private static int Positive(ParseResult words, Option<int> option) => words.GetValue(option) is > 0 and var value ? value
        : throw new ArgumentException($"{option.Name} must be at least 1");

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
