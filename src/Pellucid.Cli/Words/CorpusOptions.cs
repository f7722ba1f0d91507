using System.CommandLine;
using Pellucid.Words;

namespace Pellucid.Cli.Words;

/// <summary>The text that words are learned from, as options.</summary>
internal static class CorpusOptions
{
    public static readonly Option<string[]> Data = new("--data")
    {
        Description = "Text files, words parted by spaces, or the built-in text "
            + $"{TrainingText.MicroWorldName}, of which {TrainingText.MicroWorldName}:NMB is N megabytes",
        AllowMultipleArgumentsPerToken = true,
        Required = true,
    };

    public static readonly Option<bool> Letters =
        new("--letters") { Description = "Take runs of the letters a to z as words, lower-cased; everything else parts them" };

    public static readonly Option<int> MinCount =
        new("--min-count") { Description = "Words that occur less often are left out", DefaultValueFactory = _ => 5 };

    /// <summary>Gives the corpus to some work; a built-in text lies in a file of its own meanwhile.</summary>
    public static TResult With<TResult>(ParseResult words, Func<Corpus, TResult> work)
    {
        var temporary = new List<string>();
        try
        {
            var paths = words.GetValue(Data)!.Select(source =>
            {
                if (File.Exists(source) || !source.StartsWith(TrainingText.MicroWorldName, StringComparison.Ordinal))
                    return source;
                temporary.Add(Path.GetTempFileName());
                File.WriteAllBytes(temporary[^1], TrainingText.Read([source]));
                return temporary[^1];
            }).ToArray();
            using var corpus = new Corpus(paths, words.GetValue(Letters) ? TextForm.Letters : TextForm.AsIs);
            return work(corpus);
        }
        finally
        {
            temporary.ForEach(File.Delete);
        }
    }
}
