using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Models;

namespace Pellucid.Cli.Tour;

/// <summary>Trains other models as the built-in one was and asks them chapters, so that the report can show how what was found moves with
/// size, or whether other seeds find it too. A run that was broken off goes on.</summary>
internal static class ModelTrials
{
    private const string Smaller = "train --data micro-world:8MB --tokenizer tiny --context 96 --batch 16 --steps 1500 --seed 2 "
        + "--lr 4e-3 --min-lr 2e-4 --eval-every 500";

    private static readonly string[] Shapes =
        ["--layers 2 --heads 2 --width 32", "--layers 3 --heads 4 --width 64", "--layers 4 --heads 4 --width 96"];

    /// <summary>Seeds of the recipe beside that of the built-in model.</summary>
    private static readonly ulong[] Seeds = [1, 3];

    /// <summary>Smaller models, asked the chapters that the built-in one does not pass.</summary>
    public static void OfSizes(ParseResult words, string folder, Output output, CancellationToken cancellation) =>
        Run(words, folder, (TrialRecord.SizesFile, "--sizes"),
            [.. Shapes.Select((shape, i) => ($"size{i + 1}", $"{Smaller} {shape}", 1UL))],
        [
            new SensesChapter(), new LayersChapter(), new CircuitChapter(), new NeuronsChapter(), new ArithmeticChapter(),
            new DivisionChapter(),
        ], output, cancellation);

    /// <summary>The recipe of the built-in model with other seeds, asked all chapters; what these train themselves has other seeds too.
    /// </summary>
    public static void OfSeeds(ParseResult words, string folder, IReadOnlyList<Chapter> chapters, Output output,
        CancellationToken cancellation) => Run(words, folder, (TrialRecord.SeedsFile, "--seeds"),
            [.. Seeds.Select((seed, i) => ($"seed{seed}", "train " + Recipe.TinyOf(seed), (ulong)i + 2))], chapters, output, cancellation);

    private static void Run(ParseResult words, string folder, (string File, string Option) record,
        IReadOnlyList<(string Name, string Training, ulong Seed)> trials, IReadOnlyList<Chapter> chapters, Output output,
        CancellationToken cancellation)
    {
        var threads = words.GetValue(CommonOptions.Threads);
        var models = new List<TriedModel>();
        foreach (var (name, training, seed) in trials)
        {
            var path = Path.Combine(folder, name);
            output.Line($"pellucid {training} --out {path}");
            TrainCommand.Run(PellucidCommand.Parse(words.RootCommandResult.Command, [.. training.Split(' '), "--out", path,
                .. RunRecord.IsIn(path) ? ["--resume"] : Array.Empty<string>(),
                "--threads", threads.ToString(CultureInfo.InvariantCulture)]), Output.Silent, (_, _, _) => { }, cancellation);
            using var subject = Subject.Load(path, CommonOptions.CreateBackend(words));
            var guide = new Guide(subject, new History("", false, []), quick: true, threads, cancellation, seed);
            models.Add(new TriedModel(training, subject.Gpt.Config.Parameters, Ask(guide, chapters, output)));
        }
        new TrialRecord(string.Create(CultureInfo.InvariantCulture, $"by pellucid tour {record.Option} --threads {threads}, "
            + $"{RuntimeInformation.ProcessArchitecture}, {DateTime.UtcNow:d MMMM yyyy}"), models).Save(folder, record.File);
        output.Line($"The record is {Path.Combine(folder, record.File)}");
    }

    private static List<TriedChapter> Ask(Guide guide, IReadOnlyList<Chapter> chapters, Output output)
    {
        var asked = new List<TriedChapter>();
        foreach (var chapter in chapters)
        {
            guide.Cancellation.ThrowIfCancellationRequested();
            var finding = chapter.Look(guide);
            double? Said(double? value) => value is { } number && double.IsFinite(number) ? number : null;
            asked.Add(new TriedChapter(chapter.Id, ChapterNumbers.Name(finding.Verdict), [.. finding.CentralMeasures.Select(measure =>
                new TriedMeasure(measure.Name.English, measure.Value, Said(measure.StandardError), Said(measure.Bar?.Chance),
                    measure.Meets))]));
            output.Line($"{chapter.Id}: {asked[^1].Verdict}");
        }
        return asked;
    }
}
