using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Distributed;
using Pellucid.Evaluation;
using Pellucid.Mpi;
using Pellucid.Training;

namespace Pellucid.Cli;

/// <summary><c>pellucid evaluate</c>.</summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> Weights = CommonOptions.NewWeights();
    private static readonly Option<string[]> Data = TrainingText.NewData(required: false);

    private static readonly Option<int?> Window = new("--context")
    {
        Description =
            "Cut the text into windows of so many tokens, each on its own: the first token of a window is not predicted. "
            + "If not given, windows are as long as the model can look back, and all but the text's first token are predicted",
    };

    private static readonly Option<int?> MaxTokens =
        new("--max-tokens") { Description = "Measure only so many tokens, from the text's start on" };

    public static Command Create()
    {
        var loss = new Command("loss", "Measures how surprised a model is by a text: loss, perplexity, bits per byte. "
            + "The text is read in windows of the model's context, "
            + "side by side; between documents stands what stands there in training.")
        {
            Model, Data, TrainingText.TextField, PromptOptions.Tokens, PromptOptions.BeginOfText, Window, MaxTokens, Weights,
            CommonOptions.Activations,
        }.WithExample("pellucid evaluate loss runs/micro-world --data micro-world:1MB");
        loss.SetAction(words => Ranks.Run(words, (replicas, output) => Run(words, output, replicas)));
        return new Command("evaluate",
            "Measures a model.") { loss, EvaluateLogitsCommand.Create(), EvaluateClozeCommand.Create(), EvaluateBeliefsCommand.Create() };
    }

    private static int Run(ParseResult words, Output output, Replicas replicas)
    {
        var (sources, numbers) = (words.GetValue(Data) ?? [], PromptOptions.AreNumbers(words));
        if (sources.Length == 0 == !numbers)
            throw new ArgumentException(numbers ? "give either --data or --tokens" : "--data is needed, or --tokens");
        if (words.GetValue(MaxTokens) is < 2)
            throw new ArgumentException("--max-tokens must be at least 2");
        using var subject = Subject.Load(words, Model, CommonOptions.WeightType(words, Weights));
        var name = numbers ? "--tokens" : string.Join(", ", sources);
        if (words.GetValue(Window) is { } window && (window < 2 || window > subject.Gpt.Context))
            throw new ArgumentException($"--context must lie between 2 and {subject.Gpt.Context}, the model's context");
        var (tokens, bytes) = numbers ? (subject.Prompt(words, null), 0)
            : Read(words, subject, TrainingText.Open(sources, words.GetValue(TrainingText.TextField)!));
        if (words.GetValue(MaxTokens) is { } most && most < tokens.Length)
        {
            tokens = tokens[..most];
            bytes = subject.Tokenizer.DecodeBytes(tokens).Length;
        }
        if (words.GetValue(Window) is { } length && !numbers)
            bytes = subject.Tokenizer.DecodeBytes([.. tokens.Where((_, i) => i % length > 0)]).Length;
        Perplexity measured;
        try
        {
            Ranks.Agree(replicas, subject.Gpt, words.GetValue(Model)!, "the text", MemoryMarshal.AsBytes(tokens.AsSpan()));
            measured = Perplexity.Measure(subject.Gpt, tokens, bytes, window: words.GetValue(Window), replicas: replicas);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{name}: {error.Message}", error);
        }
        var loss = new EvaluatedLoss(Meanings.Of("evaluate loss"), measured.Loss, measured.Value, numbers ? null : measured.BitsPerByte,
            measured.Tokens, words.GetValue(Window) ?? subject.Gpt.Context, subject.Begin is not null,
            replicas.Count > 1 ? replicas.Count : null,
            (replicas as MpiReplicas)?.Library, (replicas as MpiReplicas)?.BytesSent);
        output.Line($"loss {Units.Number(loss.Loss, 4)} nats a token, perplexity {Units.Number(loss.Perplexity, 2)}"
            + $"{(loss.BitsPerByte is { } bits ? $", {Units.Number(bits, 4)} bits a byte" : "")}, over {Units.Count(loss.Tokens)} tokens");
        output.Json(loss, Results.Default.EvaluatedLoss);
        return PellucidCommand.Done;
    }

    // As training reads documents, but the first one begins the text, with nothing that stands before it.
    private static (int[] Tokens, long Bytes) Read(ParseResult words, Subject subject, TextSource source)
    {
        var (tokens, bytes) = (new List<int>(), 0L);
        foreach (var part in DocumentTokens.Of(source, subject.Tokenizer, subject.Specials.Separator,
            words.GetValue(CommonOptions.Threads), done => bytes = done))
            tokens.AddRange(part);
        if (source.Files[0].IsJsonLines && tokens.Count > 0 && tokens[0] == subject.Specials.Separator)
            tokens.RemoveAt(0);
        return (subject.Begin is { } begin ? [begin, .. tokens] : [.. tokens], bytes);
    }
}

/// <summary>
/// How surprised a model is by a text; without bytes where it was given as tokens, and with ranks where several have read it.
/// </summary>
internal sealed record EvaluatedLoss(IReadOnlyDictionary<string, string> Meanings, double Loss, double Perplexity,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? BitsPerByte, long Tokens, int Context, bool Bos,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Ranks,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Mpi,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? BytesSent);
