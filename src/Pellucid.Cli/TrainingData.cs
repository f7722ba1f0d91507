using System.Diagnostics;
using System.Text;
using Pellucid.Cli.Terminal;
using Pellucid.Files;
using Pellucid.Tokens;
using Pellucid.Training;

namespace Pellucid.Cli;

/// <summary>What a model learns from: texts, or files of tokens.</summary>
internal sealed class TrainingData
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<string> _sources;
    private readonly Lazy<string> _fingerprint;
    private readonly TextSource? _text;

    /// <summary>Texts, or files of tokens, but not both.</summary>
    /// <exception cref="ArgumentException">They are mixed.</exception>
    public TrainingData(IReadOnlyList<string> sources, string textField, string option = "--data")
    {
        _sources = sources;
        _fingerprint = new Lazy<string>(() => (_text ?? new TextSource(_sources.Select(path =>
            new TextSource.TextFile(path, () => File.OpenRead(path), FileSize.Of(path))))).Fingerprint());
        var shards = sources.Count(TokenStore.IsShard);
        if (shards > 0 && shards < sources.Count)
            throw new ArgumentException($"{option} is either texts or files of tokens (.bin, .u16, .u32), not both");
        if (shards == 0)
            _text = TrainingText.Open(sources, textField);
        else if (sources.FirstOrDefault(source => !File.Exists(source)) is { } missing)
            throw new FileNotFoundException($"there is no file {missing}");
    }

    /// <summary>SHA-256 of all of it.</summary>
    public string Fingerprint() => _fingerprint.Value;

    /// <summary>A token for each character of the text, and one that stands between documents where there are some.</summary>
    public CharacterTokenizer LearnCharacters()
    {
        var found = new HashSet<Rune>();
        foreach (var part in Text.Read(CharacterTokenizer.LastCharacter))
            try
            {
                CharacterTokenizer.Collect(part.Bytes.Span, found);
            }
            catch (InvalidDataException error)
            {
                throw new InvalidDataException($"{part.Where}: {error.Message}", error);
            }
        return new CharacterTokenizer(found, Text.HasDocuments);
    }

    /// <summary>Byte pairs of the text.</summary>
    public BpeTokenizer LearnPairs(Output output, int size, int threads, CancellationToken cancellation) =>
        TokenizerProgress.Show(output, Text.Bytes, size - BpeTrainer.SmallestVocabulary, report =>
            BpeTrainer.Train(Text.Read(BpeTrainer.LastCut).Select(part => part.Bytes), size, threads, null, report, cancellation));

    /// <summary>The tokens, all of which the model has.</summary>
    public TokenStore Tokens(Output output, RunTokens run, int vocabularySize, int threads, CancellationToken cancellation)
    {
        if (_text is null)
            return TokenStore.Open(_sources, vocabularySize);
        var (clock, next) = (Stopwatch.StartNew(), BetweenLines);
        var tokens = TokenCache.Encode(_text, run.Tokenizer, run.Specials.Separator, Fingerprint(), CacheFolder.Of("tokens"), threads,
            done =>
        {
            if (clock.Elapsed < next)
                return;
            next = clock.Elapsed + BetweenLines;
            output.Line($"cut {Units.Bytes(done)} of {Units.Bytes(_text.Bytes)} into tokens, "
                + $"{Units.Number(done / 1e6 / clock.Elapsed.TotalSeconds, 0)} MB/s, "
                + $"{Units.Duration(clock.Elapsed / done * Math.Max(0, _text.Bytes - done))} left");
        }, cancellation: cancellation);
        if (run.Tokenizer.VocabularySize > vocabularySize)
            RequireKnown(tokens, run.Tokenizer, vocabularySize);
        return tokens;
    }

    // A tokenizer may have tokens that the model has not, but the text must do without them.
    private void RequireKnown(TokenStore tokens, Tokenizer tokenizer, int vocabularySize)
    {
        var part = new int[Math.Min(tokens.Count, 1 << 16)];
        for (var start = 0L; start < tokens.Count; start += part.Length)
        {
            var some = part.AsSpan(0, (int)Math.Min(part.Length, tokens.Count - start));
            tokens.CopyTo(start, some);
            foreach (var token in some)
                if (token >= vocabularySize)
                    throw new InvalidDataException($"{string.Join(", ", _sources)}: "
                        + $"{tokenizer.Show(token)} is token {token} of the tokenizer, but the model has only {vocabularySize}");
        }
    }

    private TextSource Text => _text
        ?? throw new ArgumentException("files of tokens need the tokenizer that made them: --tokenizer FOLDER");
}
