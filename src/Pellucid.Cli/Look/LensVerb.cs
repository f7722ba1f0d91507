using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tokens;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look lens</c>.</summary>
internal static class LensVerb
{
    private const string Method = "logit lens: softmax(W_U ln_f(residual)), KL of the final distribution from the layer's, in nats";

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Argument<string?> Prompt = new("PROMPT") { Description = "The text to read", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int?> Position = new("--position") { Description = "Show this position, from 0; the last if not given" };
    private static readonly Option<string?> Target =
        new("--target") { Description = "Follow this token through the layers; what the model says in the end if not given" };
    private static readonly Option<int> Top = new("--top") { Description = "Likeliest tokens to show", DefaultValueFactory = _ => 5 };

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("lens", "Shows what every layer would say if the model ended there: "
            + "likeliest tokens, entropy, and the distance to what it says in the end. Blocks are counted from 0.")
        {
            Model, Prompt, PromptOptions.Tokens, Position, Target, PromptOptions.TargetToken, Top, PromptOptions.BeginOfText,
        }.WithPictures().WithSave().WithExample("pellucid look lens tiny \"The capital of France is\"");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (words.GetValue(Top) < 1)
            throw new ArgumentException("--top must be at least 1");
        using var subject = Subject.Load(words, Model);
        var tokens = subject.Prompt(words, words.GetValue(Prompt));
        var position = words.GetValue(Position) ?? tokens.Length - 1;
        if ((uint)position >= (uint)tokens.Length)
            throw new ArgumentException($"the prompt has positions 0 to {tokens.Length - 1}, not {position}");
        var target = subject.TokenOf(words, Target, PromptOptions.TargetToken);
        var prompts = new Prompts([tokens]);
        var readings = LogitLens.Read(subject.Gpt, prompts, words.GetValue(Top), target: (_, _) => target);
        var read = new LensResult(ModelResult.Of(subject, Method, tokens), Meanings.Of("look lens"),
            [.. readings.Select(reading => LensRow.Of(reading, subject.Tokenizer))]);
        var shown = read.Readings.Where(reading => reading.Position == position).ToList();

        output.Line($"after position {position}, '{subject.Show(tokens[position])}'; following '{subject.Show(shown[0].Target)}'");
        var table = new Table().Border(TableBorder.Minimal).AddColumns("where", "says", "probability", "rank of target", "p(target)",
            "entropy", "KL to end", "then");
        foreach (var row in shown)
            table.AddRow(new Text(row.Name), new Text(subject.Show(row.Top[0].Token)), Cell(row.Top[0].Probability!.Value),
                new Text(Units.Count(row.TargetRank)), Cell(row.TargetProbability), Cell(row.Entropy), Cell(row.KlToEnd),
                new Text(string.Join(" ", row.Top.Skip(1).Select(top => subject.Show(top.Token)))));
        output.People.Write(table);
        PictureFiles.Write(words, () => [LensPicture.Draw(subject, tokens, readings)]);
        SavedActivations.Write(words, subject.Gpt, prompts, (activation, layer) =>
            activation is Activation.ResidMid or Activation.ResidPost || (activation == Activation.ResidPre && layer == 0));
        output.Json(read, Results.Default.LensResult);
        return PellucidCommand.Done;
    }

    private static Text Cell(double value) => new(Units.Number(value, 3));
}

/// <summary>What every layer would say, at every position.</summary>
internal sealed record LensResult([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings,
    IReadOnlyList<LensRow> Readings) : ModelResult(About);

/// <summary>What one layer would say at one position.</summary>
internal sealed record LensRow([property: JsonIgnore] string Name, string Activation, int Layer, int Position,
    IReadOnlyList<TokenResult> Top, int Target, double TargetProbability, int TargetRank, double Entropy, double KlToEnd)
{
    public static LensRow Of(LensReading reading, Tokenizer tokenizer) => new(reading.Name, reading.Activation.Name(), reading.Layer,
        reading.Position, [.. reading.Top.Select(top => TokenResult.Of(tokenizer, top.Token, top.Probability))], reading.Target,
        reading.TargetProbability, reading.TargetRank, reading.Entropy, reading.Divergence);
}
