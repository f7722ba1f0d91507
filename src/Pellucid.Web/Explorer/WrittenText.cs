using System.Runtime.InteropServices;
using Pellucid.Generation;
using Pellucid.Looking;

namespace Pellucid.Web.Explorer;

/// <summary>A text that is written on token by token, by the model as it is, or as it is changed. A change may look at the whole text, so
/// that there are no keys and values to keep: each token is then written by a model that reads all of it.</summary>
internal sealed class WrittenText : IDisposable
{
    private readonly IEnumerator<int> _writing;
    private readonly IReadOnlyCollection<int> _ends;

    /// <param name="session">The model.</param>
    /// <param name="experiment">What is changed.</param>
    /// <param name="tokens">The text so far; what is written is added to it.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="limit">Tokens to write at most.</param>
    public WrittenText(Session session, Experiment experiment, List<int> tokens, SamplingOptions sampling, int limit)
    {
        (Tokens, _ends) = (tokens, session.Specials.Ends);
        var sampler = new Sampler(sampling, session.Tokenizer.VocabularySize, session.Specials.Ends);
        _writing = (experiment.Changes.Count > 0 ? Changed(session, experiment, tokens, sampler)
            : Plain(session, [.. tokens], sampler, limit)).GetEnumerator();
    }

    /// <summary>The text so far.</summary>
    public List<int> Tokens { get; }

    /// <summary>Writes a token, on the engine; false where the text has ended.</summary>
    public bool MoveNext()
    {
        if (!_writing.MoveNext() || _ends.Contains(_writing.Current))
            return false;
        Tokens.Add(_writing.Current);
        return true;
    }

    public void Dispose() => _writing.Dispose();

    private static IEnumerable<int> Plain(Session session, int[] prompt, Sampler sampler, int limit)
    {
        using var generator = new Generator(session.Gpt);
        foreach (var token in generator.Generate(prompt, sampler, limit))
            yield return token;
    }

    private static IEnumerable<int> Changed(Session session, Experiment experiment, List<int> tokens, Sampler sampler)
    {
        for (var step = 0; ; step++)
        {
            using var run = new ExperimentRun(session.Gpt, session.Tokenizer, experiment with { Tokens = [.. tokens] },
                session.PromptBegin, session.Facts.Dictionaries);
            yield return sampler.Choose(run.Logits(tokens.Count - 1), step, CollectionsMarshal.AsSpan(tokens));
        }
    }
}
