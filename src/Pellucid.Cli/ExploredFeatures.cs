using System.CommandLine;
using Pellucid.Cli.Look.Features;
using Pellucid.Cli.Terminal;
using Pellucid.Generation;
using Pellucid.Looking.Features;
using Pellucid.Web;

namespace Pellucid.Cli;

/// <summary>Features for the page, as arguments name their folders; the texts that were opened for them are closed with it.</summary>
internal sealed class ExploredFeatures : IDisposable
{
    private readonly List<FeatureText> _texts = [];

    /// <summary>What the page is given.</summary>
    /// <exception cref="ArgumentException">A folder is none of features, or two have one name.</exception>
    public IReadOnlyList<FeatureSource> Of(ParseResult words)
    {
        var folders = FeatureFolder.Expand(words.GetValue(FeatureFolder.Several)!).ToList();
        foreach (var folder in folders)
            _ = SaeLensFolder.ModelOf(folder); // so that what is none is told at once
        string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return folders.GroupBy(NameOf).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new ArgumentException($"--features: two folders are called {twice.Key}")
            : [.. folders.Select(folder => new FeatureSource(NameOf(folder), folder)
                { Text = (model, cancellation) => Text(words, folder, model, cancellation) })];
    }

    public void Dispose() => _texts.ForEach(text => text.Dispose());

    // As look features show reads it.
    private TokenWindows Text(ParseResult words, string folder, LanguageModel model, CancellationToken cancellation)
    {
        var config = SaeLensFolder.ConfigOf(folder);
        var sources = words.GetValue(FeatureFolder.Data) is { Length: > 0 } given ? given : FeatureText.SourcesOf(config)
            ?? throw new ArgumentException("the folder does not say what text its features were learned from: give --data");
        var text = new FeatureText(words, new Output(words.GetValue(CommonOptions.Json)), model.Tokenizer, model.Specials, model.Gpt.Config,
            FeatureText.BeginOf(config, model.Specials), sources, config.Context ?? model.Gpt.Context, cancellation);
        _texts.Add(text);
        return text.Windows;
    }
}
