using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
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
        var shown = readings.Where(reading => reading.Position == position).ToList();

        output.Line($"after position {position}, '{subject.Show(tokens[position])}'; following '{subject.Show(shown[0].Target)}'");
        var table = new Table().Border(TableBorder.Minimal).AddColumns("where", "says", "probability", "rank of target", "p(target)",
            "entropy", "KL to end", "then");
        foreach (var reading in shown)
            table.AddRow(new Text(reading.Name), new Text(subject.Show(reading.Top[0].Token)), Cell(reading.Top[0].Probability),
                new Text(Units.Count(reading.TargetRank)),
                Cell(reading.TargetProbability), Cell(reading.Entropy), Cell(reading.Divergence),
                new Text(string.Join(" ", reading.Top.Skip(1).Select(pair => subject.Show(pair.Token)))));
        output.People.Write(table);
        PictureFiles.Write(words, () => [LensPicture.Draw(subject, tokens, readings)]);
        SavedActivations.Write(words, subject.Gpt, prompts, (activation, layer) =>
            activation is Activation.ResidMid or Activation.ResidPost || (activation == Activation.ResidPre && layer == 0));
        output.Json(json =>
        {
            subject.WriteJson(json, Method, tokens);
            json.WriteMeanings("look lens");
            json.WriteStartArray("readings");
            foreach (var reading in readings)
                reading.Write(json, subject.Tokenizer);
            json.WriteEndArray();
        });
        return PellucidCommand.Done;
    }

    private static Text Cell(double value) => new(Units.Number(value, 3));
}
