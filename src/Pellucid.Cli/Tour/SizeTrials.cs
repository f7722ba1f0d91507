using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Models;

namespace Pellucid.Cli.Tour;

/// <summary>Trains smaller models as the built-in one was, on less text, and asks them the chapters that it does not pass: so that the
/// report can show how what is missed moves with size.</summary>
internal static class SizeTrials
{
    private const string Training = "train --data micro-world:8MB --tokenizer tiny --context 96 --batch 16 --steps 1500 --seed 2 "
        + "--lr 4e-3 --min-lr 2e-4 --eval-every 500";

    private static readonly string[] Shapes =
        ["--layers 2 --heads 2 --width 32", "--layers 3 --heads 4 --width 64", "--layers 4 --heads 4 --width 96"];

    private static readonly Chapter[] Asked =
    [
        new SensesChapter(), new LayersChapter(), new CircuitChapter(), new NeuronsChapter(), new ArithmeticChapter(),
        new DivisionChapter(),
    ];

    /// <summary>Trains them into a folder, and writes the record beside them.</summary>
    public static void Run(ParseResult words, string folder, Output output, CancellationToken cancellation)
    {
        var threads = words.GetValue(CommonOptions.Threads);
        var models = new List<SizedModel>();
        foreach (var shape in Shapes)
        {
            var path = Path.Combine(folder, $"size{models.Count + 1}");
            var train = $"{Training} {shape}";
            output.Line($"pellucid {train} --out {path}");
            TrainCommand.Run(PellucidCommand.Parse(words.RootCommandResult.Command,
                [.. train.Split(' '), "--out", path, "--threads", threads.ToString(CultureInfo.InvariantCulture)]),
                Output.Silent, (_, _, _) => { }, cancellation);
            models.Add(Ask(path, train, CommonOptions.CreateBackend(words), threads, output, cancellation));
        }
        new SizeRecord(Origin(threads), models).Save(folder);
        output.Line($"The record is {Path.Combine(folder, SizeRecord.FileName)}");
    }

    private static SizedModel Ask(string path, string training, Tensors.Backend backend, int threads, Output output,
        CancellationToken cancellation)
    {
        using var subject = Subject.Load(path, backend);
        var guide = new Guide(subject, new History("", true, []), quick: true, threads, cancellation);
        var chapters = new List<SizedChapter>();
        foreach (var chapter in Asked)
        {
            cancellation.ThrowIfCancellationRequested();
            var finding = chapter.Look(guide);
            chapters.Add(new SizedChapter(chapter.Id, ChapterNumbers.Name(finding.Verdict), [.. finding.CentralMeasures.Select(measure =>
                new SizedMeasure(measure.Name.English, measure.Value, measure.StandardError, measure.Meets))]));
            output.Line($"{chapter.Id}: {chapters[^1].Verdict}");
        }
        return new SizedModel(training, subject.Gpt.Config.Parameters, chapters);
    }

    private static string Origin(int threads) => string.Create(CultureInfo.InvariantCulture,
        $"by pellucid tour --sizes --threads {threads}, {RuntimeInformation.ProcessArchitecture}, {DateTime.UtcNow:d MMMM yyyy}");
}
