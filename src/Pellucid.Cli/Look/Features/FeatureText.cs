using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking.Features;
using Pellucid.Training;

namespace Pellucid.Cli.Look.Features;

/// <summary>The text that features are learned from and measured on.</summary>
internal sealed class FeatureText : IDisposable
{
    private readonly TokenStore _tokens;

    public FeatureText(ParseResult words, Output output, Subject subject, int? begin, IReadOnlyList<string> sources, int context,
        CancellationToken cancellation)
    {
        var run = new RunTokens(subject.Tokenizer, subject.Specials, _ => { });
        _tokens = new TrainingData(sources, words.GetValue(TrainingText.TextField)!).Tokens(output, run,
            subject.Gpt.Config.VocabularySize, CommonOptions.ThreadsOf(words), cancellation);
        Windows = new TokenWindows(_tokens.Count, _tokens.CopyTo, context, begin);
    }

    public TokenWindows Windows { get; }

    public void Dispose() => _tokens.Dispose();
}
