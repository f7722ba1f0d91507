using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Cli.Tour.AnyModel;
using Pellucid.Files;
using Pellucid.Models;

namespace Pellucid.Cli.Tour;

/// <summary><c>pellucid tour</c>.</summary>
internal static class TourCommand
{
    public const string Folder = "runs/tour", ReportFile = "report.html", NumbersFile = "numbers.json", PicturesFolder = "pictures";

    private static readonly Argument<string?> Model = new("MODEL")
    {
        Description = "A model to put the claims to instead, with sentences and facts that need no micro-world: a folder, a GGUF file, "
            + $"or {BuiltInModel.Name}",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<string?> Out =
        new("--out") { Description = "Folder of the report, its pictures and its numbers", DefaultValueFactory = _ => Folder };
    private static readonly Option<bool> Quick =
        new("--quick") { Description = "Fewer questions and shorter trainings: a minute on two cores" };
    private static readonly Option<bool> Retrain =
        new("--retrain") { Description = "Train the built-in model anew first, into the folder's tiny, and tour that" };

    private static readonly Option<bool> Sizes = new("--sizes")
    {
        Description = "Train three smaller models instead, and record how what is missed moves with size: a quarter of an hour",
    };

    private static readonly Option<bool> Seeds = new("--seeds")
    {
        Description = $"Train {BuiltInModel.Name} with two other seeds instead, and record what all chapters say of them: an hour",
    };

    private static readonly Option<bool> World = new("--micro-world")
    {
        Description = $"Put to MODEL, which learned from the micro-world, what {BuiltInModel.Name} is asked of it",
    };
    private static readonly Option<string[]> Only = new("--chapters")
    {
        Description = "Numbers of the only chapters that are wanted, such as 02 05",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Chapter[] Chapters =
    [
        new WordVectorsChapter(), new SensesChapter(), new LayersChapter(), new AttentionChapter(), new CircuitChapter(),
        new NeuronsChapter(), new ArithmeticChapter(), new DivisionChapter(), new TrainingChapter(), new ScaleChapter(),
        new AssistantChapter(),
    ];

    public static Command Create()
    {
        var command = new Command("tour", "Puts every claim of the article \"Large language models, explained\" to the built-in model, "
            + "or to another: experiments, numbers, pictures and verdicts, in one report.") 
            { Model, Out, Quick, Retrain, Sizes, Seeds, World, Only }.WithExample("pellucid tour --quick\n  pellucid tour MODEL");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var (output, clock, folder) = (new Output(words.GetValue(CommonOptions.Json)), Stopwatch.StartNew(), words.GetValue(Out)!);
        var given = words.GetValue(Model);
        if (given is not null && words.GetValue(Retrain))
            throw new ArgumentException("--retrain trains the built-in model; leave out MODEL");
        if (words.GetValue(World) && given is null)
            throw new ArgumentException("--micro-world is for a MODEL of your own; the built-in one is asked of it anyway");
        if (words.GetValue(Sizes) || words.GetValue(Seeds))
            return TryOthers(words, output, cancellation);
        Directory.CreateDirectory(Path.Combine(folder, PicturesFolder));
        var (model, history) = given is null ? (BuiltInModel.Folder, History.Of(BuiltInModel.Folder)) : (given, new History("", true, []));
        if (words.GetValue(Retrain))
        {
            model = Path.Combine(folder, BuiltInModel.Name);
            history = Retraining.Run(words, model, output, cancellation);
        }
        using var subject = Subject.Load(model, CommonOptions.CreateBackend(words), given is null ? null : words);
        var guide = new Guide(subject, history, words.GetValue(Quick), words.GetValue(CommonOptions.Threads), cancellation);
        var findings = new List<(Chapter Chapter, Finding Finding)>();
        var (sizes, seeds) = (TrialRecord.Of(BuiltInModel.Folder, TrialRecord.SizesFile),
            TrialRecord.Of(BuiltInModel.Folder, TrialRecord.SeedsFile));
        foreach (var chapter in Asked(words, given is null || words.GetValue(World) ? Chapters : AnyModelTour.Chapters))
        {
            cancellation.ThrowIfCancellationRequested();
            var start = clock.Elapsed;
            findings.Add((chapter, given is null ? chapter.Look(guide) : AnyModelTour.Ask(chapter, guide)));
            if (given is null)
            {
                CentralClaims.Weigh(chapter, findings[^1].Finding, seeds);
                SizeCurves.Show(chapter, findings[^1].Finding, sizes, guide.Gpt.Config.Parameters);
            }
            output.Line($"{chapter.Id} {chapter.Title.English}: "
                + $"{ChapterNumbers.Name(findings[^1].Finding.Verdict)}  ({Units.Number((clock.Elapsed - start).TotalSeconds, 1)} s)");
            if (findings[^1].Finding.NotAskedBecause is { } because)
                output.Line($"   {because.English}");
            if (findings[^1].Finding.SeedsDisagree)
                output.Line($"   seeds disagree: {string.Join(", ", CentralClaims.Verdicts(findings[^1].Finding)
                    .Select(seed => $"{seed.Name} {seed.Verdict}"))}");
            foreach (var missed in findings[^1].Finding.Missed)
                output.Line($"   {missed.Name.English}: {missed.Shown}, asked {missed.ShownBar}");
        }
        var report = Path.GetFullPath(Path.Combine(folder, ReportFile));
        foreach (var figure in findings.SelectMany(pair => pair.Finding.Shown.OfType<Figure>().Select(figure => (pair.Chapter.Id, figure))))
            WriteText(Path.Combine(folder, PicturesFolder, $"{figure.Id}-{figure.figure.Name}.svg"), figure.figure.Pictures[0].ToSvg());
        var put = given is null ? new Phrase("tour.report.every-claim-of-the-article")
            : new Phrase("tour.any.report", ModelFolder.NameOf(given));
        var closing = CentralClaims.Table(findings, given is null ? seeds : new TrialRecord("", []));
        WriteText(report, Report.Html(findings, closing, put, Describe(guide), (chapter, finding) =>
            TryIt.Of(chapter.Id, given ?? (words.GetValue(Retrain) ? model : BuiltInModel.Name), guide.Gpt.Config, finding.Head)));
        var numbers = new TourNumbers([.. findings.Select(pair => ChapterNumbers.Of(pair.Chapter, pair.Finding))], report);
        SafeFile.Write(Path.Combine(folder, NumbersFile), stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            JsonSerializer.Serialize(json, numbers, Results.Default.TourNumbers);
        });
        output.Line($"\nThe report is {report}");
        output.Json(numbers with { Seconds = clock.Elapsed.TotalSeconds }, Results.Default.TourNumbers);
        return PellucidCommand.Done;
    }

    private static IEnumerable<Chapter> Asked(ParseResult words, IReadOnlyList<Chapter> chapters)
    {
        var only = words.GetValue(Only) ?? [];
        if (only.FirstOrDefault(id => chapters.All(chapter => chapter.Id != id)) is { } unknown)
            throw new ArgumentException($"the tour has no chapter '{unknown}'; it has {string.Join(", ", chapters.Select(one => one.Id))}");
        return chapters.Where(chapter => only.Length == 0 || only.Contains(chapter.Id));
    }

    private static int TryOthers(ParseResult words, Output output, CancellationToken cancellation)
    {
        var (option, folder) = (words.GetValue(Sizes) ? Sizes : Seeds, words.GetValue(Out)!);
        if (words.GetValue(Model) is not null || words.GetValue(Quick) || words.GetValue(Retrain))
            throw new ArgumentException($"{option.Name} trains models of its own; leave out MODEL, --quick and --retrain");
        if (option == Sizes)
            ModelTrials.OfSizes(words, folder, output, cancellation);
        else
            ModelTrials.OfSeeds(words, folder, Chapters, output, cancellation);
        return PellucidCommand.Done;
    }

    private static Phrase Describe(Guide guide)
    {
        var config = guide.Gpt.Config;
        var model = new Phrase("tour.model", config.Parameters, config.Layers, config.Heads, config.Width, config.VocabularySize);
        if (guide.Quick)
            model = new Phrase("tour.and", model, new Phrase("tour.model-quick"));
        return guide.History.IsRecorded ? model : new Phrase("tour.and", model, new Phrase("tour.model-retrained"));
    }

    private static void WriteText(string path, string text) => SafeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
