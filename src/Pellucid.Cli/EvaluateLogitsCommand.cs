using System.CommandLine;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Evaluation;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary><c>pellucid evaluate logits</c>.</summary>
internal static class EvaluateLogitsCommand
{
    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Argument<string?> Text = new("TEXT") { Description = "The text to read", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Weights = CommonOptions.NewWeights();
    private static readonly Option<string> Out =
        new("--out") { Description = "The file, in NumPy's format: (rows, vocabulary) in single precision", Required = true };
    private static readonly Option<int> Top =
        new("--top") { Description = "Likeliest tokens to tell of each row", DefaultValueFactory = _ => 5 };

    public static Command Create()
    {
        var command = new Command("logits",
            "Writes what a model says after every token of a text, a row of logits for each, as other programs can read it.")
        {
            Model, Text, PromptOptions.Tokens, PromptOptions.BeginOfText, Out, Top, Weights, CommonOptions.Activations,
            CommonOptions.Context,
        }.WithExample("pellucid evaluate logits tiny \"Anna gave a ring to\" --out logits.npy");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var (top, path) = (words.GetValue(Top), words.GetValue(Out)!);
        if (top < 1)
            throw new ArgumentException("--top must be at least 1");
        using var subject = Subject.Load(words, Model, CommonOptions.WeightType(words, Weights));
        var tokens = subject.Prompt(words, words.GetValue(Text));
        var likeliest = LogitFile.Write(subject.Gpt, tokens, path, top);
        var written = new WrittenLogits(subject.Path, subject.Begin is not null, tokens, tokens.Length,
            subject.Gpt.Config.VocabularySize, path, [.. likeliest.Select(row => row.Select(one =>
                TokenResult.Of(subject.Tokenizer, one.Token, Math.Exp(one.LogProbability))).ToArray())]);
        output.Line($"{written.Out}: logits of {Units.Count(written.Rows)} rows, {Units.Count(written.VocabularySize)} tokens each");
        output.Json(written, Results.Default.WrittenLogits);
        return PellucidCommand.Done;
    }
}

/// <summary>A file of logits, and the likeliest tokens of its rows.</summary>
internal sealed record WrittenLogits(string Model, bool Bos, IReadOnlyList<int> Tokens, int Rows, int VocabularySize, string Out,
    IReadOnlyList<IReadOnlyList<TokenResult>> Top);
