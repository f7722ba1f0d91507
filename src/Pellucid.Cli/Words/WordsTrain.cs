using System.CommandLine;
using System.Diagnostics;
using Pellucid.Cli.Terminal;
using Pellucid.Files;
using Pellucid.Words;

namespace Pellucid.Cli.Words;

/// <summary><c>pellucid words train</c>.</summary>
internal static class WordsTrain
{
    private static readonly Word2VecOptions Defaults = new();

    private static readonly Option<string> Out = new("--out") { Description = "The file of vectors", Required = true };
    private static readonly Option<bool> SkipGram =
        new("--skip-gram") { Description = "Predict neighbours from a word, instead of a word from its neighbours" };
    private static readonly Option<bool> Softmax =
        new("--hierarchical-softmax") { Description = "Predict along a Huffman tree; with --negative as well, both" };
    private static readonly Option<int> Size = Number("--size", "Numbers a vector", Defaults.Size);
    private static readonly Option<int> Window = Number("--window", "Most neighbours on either side", Defaults.Window);
    private static readonly Option<int> Negative = Number("--negative",
        "Noise words a prediction; 0 for none, as is the default with --hierarchical-softmax", Defaults.Negative);
    private static readonly Option<float> Sample = Number("--sample",
        "Share of the text from which on a word is thinned out; 0 for none", Defaults.Sample);
    private static readonly Option<Subsampling> Formula = Number("--subsampling",
        "How words are thinned out: original, as word2vec.c does it, or paper", Defaults.Subsampling);
    private static readonly Option<int> Epochs = Number("--epochs", "Passes over the text", Defaults.Epochs);
    private static readonly Option<float> Alpha = Number("--alpha",
        "Learning rate at the start; 0 for 0.025 with --skip-gram and 0.05 without", Defaults.LearningRate);
    private static readonly Option<bool> Fast =
        new("--fast") { Description = "Let threads write without waiting for each other: faster, and no two runs are the same" };
    private static readonly Option<bool> Exact = new("--exact") { Description = "Go word by word on one thread as word2vec.c does: slow" };
    private static readonly Option<bool> Binary = new("--binary") { Description = "Write the binary form: smaller, and quicker to read" };
    private static readonly Option<string?> SaveVocabulary =
        new("--save-vocab") { Description = "Write words and counts to this file too" };
    private static readonly Option<string?> ReadVocabulary = new("--read-vocab") { Description = "Take words and counts from this file" };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("train",
            "Trains word vectors with word2vec. Defaults are those of word2vec.c; one seed gives the same bytes on any number of threads.")
        {
            CorpusOptions.Data, Out, SkipGram, Softmax, Size, Window, Negative, Sample, Formula, CorpusOptions.MinCount, Epochs, Alpha,
            CorpusOptions.Letters, Fast, Exact, Binary, SaveVocabulary, ReadVocabulary, Seed,
        }.WithExample("pellucid words train --data micro-world --letters --out runs/words.txt");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (words.GetValue(CommonOptions.Device) != "cpu")
            throw new NotSupportedException("word vectors are trained on the device cpu, and on no other");
        var options = Options(words);
        options.Validate();
        var path = words.GetValue(Out)!;
        SafeFile.RequireWritable(path);
        return CorpusOptions.With(words, corpus =>
        {
            var vocabulary = ChooseVocabulary(words, corpus, output, cancellation);
            output.Line($"{Units.Count(vocabulary.Words.Count)} words, which occur {Units.Count(vocabulary.TotalCount)} times");
            if (words.GetValue(SaveVocabulary) is { } file)
                vocabulary.Save(file);
            using var trainer = new Word2VecTrainer(corpus, vocabulary, options);
            var view = new WordsTrainView(output);
            try
            {
                view.Show(report => trainer.Run(report, cancellation));
            }
            catch (OperationCanceledException)
            {
                VectorFile.Write(path, trainer.ToVectors(), words.GetValue(Binary));
                throw new OperationCanceledException(
                    $"interrupted after {view.Last.Words} of {view.Last.TotalWords} words; the vectors as they are then are in {path}");
            }
            VectorFile.Write(path, trainer.ToVectors(), words.GetValue(Binary));
            output.Line($"The vectors are in {path}. "
                + $"Ask them: pellucid words near {path} {vocabulary.Words.Text(Math.Min(100, vocabulary.Words.Count - 1))}");
            output.Json(new TrainedVectors(view.WordsPerSecond, view.Seconds, vocabulary.Words.Count, vocabulary.TotalCount, options.Size,
                options.Mode.ToString().ToLowerInvariant(), Process.GetCurrentProcess().PeakWorkingSet64, path),
                Results.Default.TrainedVectors);
            return PellucidCommand.Done;
        });
    }

    private static Vocabulary ChooseVocabulary(ParseResult words, Corpus corpus, Output output, CancellationToken cancellation)
    {
        var minCount = words.GetValue(CorpusOptions.MinCount);
        if (minCount < 0)
            throw new ArgumentException("--min-count cannot be negative");
        if (words.GetValue(ReadVocabulary) is { } file)
            return File.Exists(file) ? Vocabulary.Read(file, minCount) : throw new FileNotFoundException($"there is no file {file}");
        return Vocabulary.Learn(corpus, minCount, read =>
        {
            if (read % 50_000_000 == 0)
                output.Line($"{Units.Count(read)} words counted");
        }, cancellation);
    }

    private static Word2VecOptions Options(ParseResult words)
    {
        if (words.GetValue(Fast) && words.GetValue(Exact))
            throw new ArgumentException("--fast and --exact exclude each other");
        var threads = words.GetValue(CommonOptions.Threads);
        return new Word2VecOptions
        {
            SkipGram = words.GetValue(SkipGram),
            HierarchicalSoftmax = words.GetValue(Softmax),
            Negative = words.GetValue(Softmax) && words.GetResult(Negative) is not { Implicit: false } ? 0 : words.GetValue(Negative),
            Size = words.GetValue(Size),
            Window = words.GetValue(Window),
            Sample = words.GetValue(Sample),
            Subsampling = words.GetValue(Formula),
            Epochs = words.GetValue(Epochs),
            LearningRate = words.GetValue(Alpha),
            Mode = words.GetValue(Exact) ? Word2VecMode.Exact : words.GetValue(Fast) ? Word2VecMode.Fast : Word2VecMode.Deterministic,
            Threads = threads,
            Seed = words.GetValue(Seed),
        };
    }

    private static Option<TNumber> Number<TNumber>(string name, string description, TNumber value) where TNumber : struct =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}

/// <summary>How vectors were learned.</summary>
internal sealed record TrainedVectors(double WordsPerSecond, double Seconds, int VocabularySize, long CorpusWords, int Size, string Mode,
    long PeakMemoryBytes, string Out);
