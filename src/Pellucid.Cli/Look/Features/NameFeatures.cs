using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking.Features;

namespace Pellucid.Cli.Look.Features;

/// <summary><c>pellucid look features name</c>.</summary>
internal static class NameFeatures
{
    private static readonly Option<int> Tokens = new("--count")
    {
        Description = "Tokens of the micro-world that are read", DefaultValueFactory = _ => 100_000,
    };
    private static readonly Option<int> Top = new("--top") { Description = "Features to tell", DefaultValueFactory = _ => 20 };

    public static Command Create()
    {
        var command = new Command("name", "Names features by the truth that the micro-world knows of its words: what a passage is about, "
            + "what a word means here, whom it stands for. One half of the text chooses, the other is asked.")
        {
            FeatureFolder.Folder, FeatureFolder.OfModel, Tokens, Top, PromptOptions.BeginOfText,
        }.WithExample("pellucid look features name features");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (words.GetValue(Tokens) < 1000 || words.GetValue(Top) < 1)
            throw new ArgumentException("--count must be at least 1000, and --top at least 1");
        using var folder = FeatureFolder.Load(words);
        var named = new NamedFeatures(folder.Subject.Path, folder.Dictionary.Config.Reads.Hook, [.. FeatureTruth.MicroWorld(
            folder.Subject.Gpt, folder.Subject.Tokenizer, folder.Dictionary, words.GetValue(Tokens), folder.Begin, cancellation)
            .Select(one => new NamedRow(one.Feature, one.Kind, one.Label, one.Threshold, one.Precision, one.Recall, one.F1, one.Tokens))
            .Take(words.GetValue(Top))]);
        var table = Reports.NewTable("stands for", "feature", "above", "precision", "recall", "F1", "tokens");
        foreach (var row in named.Features)
            table.AddPlainRow($"{row.Kind} {row.Label}", $"{row.Feature}", Units.Number(row.Threshold, 2), Reports.Percent(row.Precision),
                Reports.Percent(row.Recall), Units.Number(row.F1, 3), Units.Count(row.Tokens));
        output.People.Write(table);
        output.Json(named, Results.Default.NamedFeatures);
        return PellucidCommand.Done;
    }
}

/// <summary>Features, and what of the micro-world they stand for.</summary>
internal sealed record NamedFeatures(string Model, string Hook, IReadOnlyList<NamedRow> Features);

/// <summary>One of them.</summary>
internal sealed record NamedRow(int Feature, string Kind, string Label, double Threshold, double Precision, double Recall, double F1,
    int Tokens);
