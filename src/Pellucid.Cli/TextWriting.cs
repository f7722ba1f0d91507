using System.Diagnostics;
using System.Text;
using Pellucid.Cli.Look;
using Pellucid.Constraints;
using Pellucid.Generation;
using Pellucid.Tensors;

namespace Pellucid.Cli;

/// <summary>What a model wrote.</summary>
/// <param name="Text">The text, up to a stop string if one came.</param>
/// <param name="Tokens">All tokens chosen.</param>
/// <param name="LogProbabilities">How likely the model held each, in nats.</param>
/// <param name="PromptSpeed">Tokens of the prompt read a second.</param>
/// <param name="Speed">Tokens written a second.</param>
internal sealed record WrittenText(string Text, IReadOnlyList<int> Tokens, IReadOnlyList<double> LogProbabilities,
    double PromptSpeed, double Speed);

/// <summary>Lets a model write to a terminal or a stream, token by token. A text that begins as the one before is read from there on.
/// </summary>
internal sealed class TextWriting(Subject subject, int limit, IReadOnlyList<string> stops, ElementType keyValueType,
    OutputConstraint? constraint = null, int draftTokens = 0, int? length = null) : IDisposable
{
    private readonly Generator _generator = new(subject.Gpt, keyValueType, draftTokens) { Length = length };
    private readonly TokenVocabulary? _vocabulary = constraint is null ? null : new TokenVocabulary(subject.Tokenizer);

    /// <summary>Tokens drafted so far, and accepted.</summary>
    public DraftCounts Drafts => _generator.Drafts;

    /// <summary>Continues a text.</summary>
    public WrittenText Continue(string prompt, SamplingOptions options, TextWriter writer, Func<bool> isInterrupted) =>
        Continue(subject.Encode(prompt), prompt, options, writer, isInterrupted);

    /// <summary>Writes the prompt as it is shown, then each token as soon as its bytes make whole characters and no stop string.</summary>
    public WrittenText Continue(int[] read, string prompt, SamplingOptions options, TextWriter writer, Func<bool> isInterrupted)
    {
        var (tokenizer, ends) = (subject.Tokenizer, subject.Specials.Ends);
        writer.Write(prompt);
        writer.Flush();
        read = read[_generator.Begin(read)..];
        var (stop, decoder, text) = (new StopStrings(stops), Encoding.UTF8.GetDecoder(), new StringBuilder());
        var (tokens, logProbabilities) = (new List<int>(), new List<double>());

        void Show(byte[] bytes, bool isLast)
        {
            var characters = new char[decoder.GetCharCount(bytes, isLast)];
            decoder.GetChars(bytes, characters, isLast);
            text.Append(characters);
            writer.Write(characters);
            writer.Flush();
        }

        var (begun, firstAt) = (Stopwatch.GetTimestamp(), 0L);
        try
        {
            foreach (var token in _generator.Generate(read, new Sampler(options, tokenizer.VocabularySize, ends), limit, ends,
                constraint?.Begin(_vocabulary!)))
            {
                if (tokens.Count == 0)
                    firstAt = Stopwatch.GetTimestamp();
                tokens.Add(token);
                logProbabilities.Add(_generator.LogProbability(token));
                Show(stop.Pass(tokenizer.BytesOrName(token)), isLast: false);
                if (stop.Found || isInterrupted())
                    break;
            }
        }
        catch (InvalidDataException)
        {
            writer.WriteLine(); // what went wrong is told on a line of its own
            throw;
        }
        Show(stop.Rest(), isLast: true);
        var promptSeconds = Stopwatch.GetElapsedTime(begun, firstAt == 0 ? Stopwatch.GetTimestamp() : firstAt).TotalSeconds;
        var seconds = firstAt == 0 ? 0 : Stopwatch.GetElapsedTime(firstAt).TotalSeconds;
        return new WrittenText(text.ToString(), tokens, logProbabilities, read.Length / promptSeconds,
            tokens.Count > 1 ? (tokens.Count - 1) / seconds : 0);
    }

    /// <summary>Gives the memory of the text back.</summary>
    public void Dispose() => _generator.Dispose();
}
