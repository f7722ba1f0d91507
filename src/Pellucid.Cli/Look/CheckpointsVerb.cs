using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking.Checkpoints;
using Pellucid.Training;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look checkpoints</c>.</summary>
internal static class CheckpointsVerb
{
    private const string Method = "logit lens at the end of the text; heads on random tokens repeated once; who is given something by the "
        + "sign of the logit difference; a moment is the steepest rise by step between checkpoints that follow each other";

    private static readonly Argument<string> Run =
        new("RUN") { Description = "A folder that train or tune wrote with --keep-every; of an adapter BASE+RUN" };
    private static readonly Argument<string?> Prompt =
        new("PROMPT") { Description = "A text whose end every layer reads", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Target =
        new("--target") { Description = "Follow this token there; what the last checkpoint says, if not given" };
    private static readonly Option<int> Prompts = new("--prompts")
    {
        Description = "Sentences of each of 15 templates, in each of 2 orders, in which who is given something is to be told; 0 for none",
        DefaultValueFactory = _ => 5,
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("checkpoints", "Shows what a run learned when: the lens, what heads do, and who is "
            + "given something, at every checkpoint that it kept; and where a score rises fastest, the moment at which a circuit forms.")
        {
            Run, Prompt, PromptOptions.Tokens, Target, PromptOptions.TargetToken, Prompts, Seed, PromptOptions.BeginOfText,
        }.WithPictures().WithExample("pellucid train --data indirect-object --tokenizer bpe:1500 --width 64 --steps 3000 --keep-every 100 "
            + "--out runs/gifts\n  pellucid look checkpoints runs/gifts --svg moments.svg");
        command.SetInterruptibleAction(Look);
        return command;
    }

    private static int Look(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (words.GetValue(Prompts) < 0)
            throw new ArgumentException("--prompts must be at least 0");
        var run = words.GetValue(Run)!;
        var parts = ModelFolder.Parts(run);
        var folder = parts?.Adapter ?? ModelFolder.Resolve(run);
        var kept = KeptCheckpoint.Of(folder);
        if (kept.Count == 0)
            throw new FileNotFoundException($"{folder} has no checkpoints: train and tune keep them with --keep-every");
        using var subject = Subject.Load(parts?.Base ?? run, CommonOptions.CreateBackend(words), words);
        var tokens = words.GetValue(Prompt) is null && !PromptOptions.AreNumbers(words) ? []
            : subject.Prompt(words, words.GetValue(Prompt));
        var questions = new CheckpointQuestions(subject.Tokenizer, subject.Begin, words.GetValue(Seed), words.GetValue(Prompts))
        {
            Text = tokens, Answer = subject.TokenOf(words, Target, PromptOptions.TargetToken),
        };
        using (var last = kept[^1].Load(subject.Gpt.Backend, subject.Gpt))
            questions.FollowWhatIsSaidBy(last);
        var looks = new List<CheckpointLook>();
        foreach (var checkpoint in kept)
        {
            cancellation.ThrowIfCancellationRequested();
            using var gpt = checkpoint.Load(subject.Gpt.Backend, subject.Gpt);
            looks.Add(questions.Look(gpt, checkpoint.Step));
        }
        var seen = SeenCheckpoints.Of(ModelResult.Of(subject, Method, tokens), run, questions, looks, subject.Tokenizer);
        Tell(output, subject, seen);
        PictureFiles.Write(words, () => CheckpointPictures.Draw(looks));
        output.Json(seen, Results.Default.SeenCheckpoints);
        return PellucidCommand.Done;
    }

    private static void Tell(Output output, Subject subject, SeenCheckpoints seen)
    {
        if (seen.WhyNoSentences is { } why)
            output.Line($"nobody is asked who is given something: {why}");
        else if (seen.Sentences > 0)
            output.Line($"who is given something, in {seen.Sentences} sentences; heads on random tokens repeated once");
        var table = Reports.NewTable("step", ["right", "logit difference", "previous token", "duplicate token", "induction",
            .. seen.Target is null ? (string[])[] : [$"rank of '{subject.Show(seen.Target.Token)}'", "p"]]);
        foreach (var one in seen.Checkpoints)
            table.AddPlainRow([$"{one.Step}", double.IsNaN(one.Accuracy) ? "–" : Reports.Percent(one.Accuracy), Cell(one.LogitDifference),
                Cell(one.PreviousToken), Cell(one.DuplicateToken), Cell(one.Induction),
                .. seen.Target is null ? (string[])[] : [Units.Count(one.Lens[^1].TargetRank), Cell(one.Lens[^1].TargetProbability)]]);
        output.People.Write(table);
        foreach (var moment in seen.Moments)
            output.Line(moment.From is not { } from
                ? $"{moment.Name}: it has not risen by {Units.Number(moment.Least, 2)}: nothing has formed"
                : $"{moment.Name}: it rises fastest from step {from} to {moment.To}, from {Units.Number(moment.Before!.Value, 3)} to "
                    + $"{Units.Number(moment.After!.Value, 3)}, {Reports.Percent(moment.Share!.Value)} of its whole way"
                    + (moment.Head is { } head ? $"; then the best head is {head}" : ""));
    }

    private static string Cell(double value) => double.IsNaN(value) ? "–" : Units.Number(value, 3);

    private static string Cell(BestHead best) => $"{Units.Number(best.Score, 3)} ({best.Layer}.{best.Head})";
}
