using System.CommandLine;
using Pellucid.Cli.Terminal;
using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Training;

namespace Pellucid.Cli.Look.Features;

/// <summary>The text that features are learned from and measured on.</summary>
internal sealed class FeatureText : IDisposable
{
    private readonly TokenStore _tokens;

    public FeatureText(ParseResult words, Output output, Subject subject, int? begin, IReadOnlyList<string> sources, int context,
        CancellationToken cancellation) : this(words, output, subject.Tokenizer, subject.Specials, subject.Gpt.Config, begin, sources,
            context, cancellation)
    {
    }

    public FeatureText(ParseResult words, Output output, Tokenizer tokenizer, SpecialTokens specials, GptConfig config, int? begin,
        IReadOnlyList<string> sources, int context, CancellationToken cancellation)
    {
        _tokens = new TrainingData(sources, words.GetValue(TrainingText.TextField)!).Tokens(output,
            new RunTokens(tokenizer, specials, _ => { }), config.VocabularySize, CommonOptions.ThreadsOf(words), cancellation);
        Windows = new TokenWindows(_tokens.Count, _tokens.CopyTo, Math.Min(context, config.Context), begin);
    }

    /// <summary>Sources that a folder of features names; null where it names none.</summary>
    public static IReadOnlyList<string>? SourcesOf(FeatureConfig config) => config.Data?.Split(", ");

    /// <summary>The token in front of every text, as features were learned.</summary>
    /// <exception cref="ArgumentException">There was one, and the model has none.</exception>
    public static int? BeginOf(FeatureConfig config, SpecialTokens specials) => !config.BeginsTexts ? null
        : specials.Begin ?? throw new ArgumentException("its features were learned from texts after a begin token, and this model's files "
            + "name none: --bos false reads texts as they are");

    public TokenWindows Windows { get; }

    public void Dispose() => _tokens.Dispose();
}
