using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Words;

namespace Pellucid.Cli.Bench;

/// <summary>Times one epoch of word2vec, the whole job from text to file of vectors,
/// beside the original where its program is given.</summary>
internal static partial class WordsBench
{
    private const int MinCount = 5, MadeUpWords = 1_000_000, MadeUpVocabulary = 30_000, WordsOfLine = 20;

    private static readonly Option<string?> Data =
        new("--data") { Description = "A text file, words parted by spaces; a made-up text of a million words if not given" };
    private static readonly Option<bool> SkipGram = new("--skip-gram") { Description =
        "Size 100, window 5, 5 noise words, sample 1e-3; without it the bag of words, size 200, window 8, 25 noise words, sample 1e-4" };
    private static readonly Option<bool> Deterministic =
        new("--deterministic") { Description = "Time the mode in which one seed gives the same bytes, instead of the fast one" };
    private static readonly Option<string?> Peer =
        new("--peer") { Description = "The program word2vec, compiled from word2vec.c, to be timed in turn" };
    private static readonly Option<int> Rounds =
        new("--rounds") { Description = "Measurements of which the median counts", DefaultValueFactory = _ => 3 };

    public static Command Create()
    {
        var command = new Command("words", "Times word2vec, text to vectors, beside the original where its program is given.")
        {
            Data, SkipGram, Deterministic, Peer, Rounds
        }.WithExample("pellucid bench words");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        using var backend = (CpuBackend)CommonOptions.CreateBackend(words);
        var (rounds, peer, folder) = (words.GetValue(Rounds), words.GetValue(Peer), Directory.CreateTempSubdirectory("pellucid-"));
        if (rounds < 1)
            throw new ArgumentException("--rounds must be at least 1");
        if (peer is not null && !File.Exists(peer))
            throw new FileNotFoundException($"there is no program {peer}");
        try
        {
            var text = words.GetValue(Data) ?? WriteMadeUpText(Path.Combine(folder.FullName, "text"));
            var options = (words.GetValue(SkipGram)
                ? new Word2VecOptions { SkipGram = true, Size = 100, Window = 5, Negative = 5, Sample = 1e-3f }
                : new Word2VecOptions { Size = 200, Window = 8, Negative = 25, Sample = 1e-4f })
                with { Epochs = 1, Threads = backend.Threads, Mode = words.GetValue(Deterministic) ? Word2VecMode.Deterministic
                    : Word2VecMode.Fast };
            var (ours, training, theirs, theirTraining) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            var flops = 0.0;
            for (var round = 0; round < rounds; round++)
            {
                var (seconds, trainingSeconds, count, work) = Train(text, options, Path.Combine(folder.FullName, "ours"));
                ours.Add(count / seconds);
                training.Add(count / trainingSeconds);
                flops = work / count;
                if (peer is null)
                    continue;
                var (peerSeconds, rate) = RunPeer(peer, text, options, Path.Combine(folder.FullName, "theirs"));
                theirs.Add(count / peerSeconds);
                theirTraining.Add(rate * options.Threads);
            }
            var (measured, ourTraining) = (Measurement.Of(ours), Measurement.Of(training));
            var floor = MachineFloor.FlopsPerSecond(backend) / flops;
            Peer[] peers = peer is null ? [] :
            [
                Beside("word2vec.c, text to file", theirs, measured),
                Beside("word2vec.c, training alone, by its own count", theirTraining, ourTraining),
            ];
            return BenchCommand.Report(words, $"{(options.SkipGram ? "skip-gram" : "bag of words")}, {options.Size} numbers, window "
                + $"{options.Window}, {options.Negative} noise words, {options.Mode.ToString().ToLowerInvariant()}, on {backend.Name}",
                measured, "words/s", peers, ourTraining.Median / floor, ("training_words_per_second", ourTraining.Median));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Peer Beside(string name, IEnumerable<double> rounds, Measurement ours)
    {
        var theirs = Measurement.Of(rounds);
        return new(name, theirs, ours.Median / theirs.Median);
    }

    private static (double Seconds, double TrainingSeconds, double Words, double Flops) Train(string text,
        Word2VecOptions options, string path)
    {
        var start = Stopwatch.GetTimestamp();
        using var corpus = new Corpus([text]);
        var vocabulary = Vocabulary.Learn(corpus, MinCount);
        using var trainer = new Word2VecTrainer(corpus, vocabulary, options);
        var training = BenchCommand.Seconds(() => trainer.Run());
        VectorFile.Write(path, trainer.ToVectors(), binary: true);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, training, vocabulary.TotalCount, Flops(vocabulary, options));
    }

    // Scores, errors and changes: three multiply-adds for each number of each output that an input is held against. A word
    // has window + 1 neighbours on average, which are as many inputs with skip-gram, and are added up and corrected without.
    private static double Flops(Vocabulary vocabulary, Word2VecOptions options)
    {
        var keep = KeepProbability.Of(vocabulary, options.Subsampling, options.Sample);
        var kept = 0.0;
        for (var word = 1; word < keep.Length; word++)
            kept += vocabulary.Counts[word] * Math.Min(1, keep[word]);
        var (outputs, neighbours) = (options.Negative + 1, options.Window + 1);
        return kept * options.Size * (options.SkipGram ? 6.0 * outputs * neighbours : 6.0 * outputs + 2 * neighbours);
    }

    private static (double Seconds, double WordsPerThreadSecond) RunPeer(string program, string text, Word2VecOptions options, string path)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        foreach (var (name, value) in (ReadOnlySpan<(string, IFormattable)>)
        [
            ("-cbow", options.SkipGram ? 0 : 1), ("-size", options.Size), ("-window", options.Window), ("-negative", options.Negative),
            ("-hs", 0), ("-sample", options.Sample),
            ("-threads", options.Threads), ("-iter", 1), ("-min-count", MinCount), ("-binary", 1), ("-debug", 2),
        ])
        {
            start.ArgumentList.Add(name);
            start.ArgumentList.Add(value.ToString(null, CultureInfo.InvariantCulture));
        }
        foreach (var argument in (string[])["-train", text, "-output", path])
            start.ArgumentList.Add(argument);
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0 || !File.Exists(path))
            throw new InvalidDataException($"{program} failed: {said.Split('\n').LastOrDefault(line => line.Length > 0)}");
        var rate = Rates().Matches(said).LastOrDefault();
        return (clock.Elapsed.TotalSeconds,
            rate is null ? double.NaN : 1000 * double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    // Words by Zipf's law: as often as 1 / rank.
    private static string WriteMadeUpText(string path)
    {
        var scale = Math.Log(MadeUpVocabulary);
        var text = new StringBuilder(8 * MadeUpWords);
        for (var word = 1; word <= MadeUpWords; word++)
            text.Append(CultureInfo.InvariantCulture, $"w{(int)Math.Exp(scale * CounterRandom.Uniform(1, 1, 0, (ulong)word))}")
                .Append(word % WordsOfLine == 0 ? '\n' : ' ');
        File.WriteAllText(path, text.ToString());
        return path;
    }

    [GeneratedRegex(@"Words/thread/sec: ([\d.]+)k")]
    private static partial Regex Rates();
}
