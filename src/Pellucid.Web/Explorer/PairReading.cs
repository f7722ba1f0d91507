using Pellucid.Looking;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer;

/// <summary>What was measured on two prompts: so far, or all.</summary>
/// <param name="Experiment">What was asked.</param>
/// <param name="Pair">The prompts as tokens.</param>
/// <param name="Base">Logit difference of the prompt.</param>
/// <param name="Source">That of the second prompt, of the same answers.</param>
internal sealed record MeasuredPair(Experiment Experiment, PromptPair Pair, double Base, double Source)
{
    /// <summary>Cells of a sweep, where one was asked for.</summary>
    public PatchResult? Sweep { get; init; }

    /// <summary>Paths, where they were asked for.</summary>
    public IReadOnlyList<PathEffect> Paths { get; init; } = [];

    /// <summary>The circuit, where one was asked for.</summary>
    public PairCircuit? Circuit { get; init; }

    /// <summary>What it is worth; null before all of it was found.</summary>
    public PairCircuitWorth? Worth { get; init; }
}

/// <summary>
/// Measures what a reader asks of two prompts, a step at a time, so that whatever else is asked of the engine waits for one step at
/// most; what was found last is kept while panels come and go.
/// </summary>
internal sealed class PairReading
{
    private const string Question = "pair";

    private readonly Session _session;
    private readonly ReaderLanguage _language;
    private int _begun; // measurements so far

    public PairReading(Session session, ReaderLanguage language)
    {
        (_session, _language) = (session, language);
        session.ModelChanged += () => Found = null;
    }

    public MeasuredPair? Found { get; private set; }

    /// <summary>Share of the steps that was done, as far as they are known.</summary>
    public double Share { get; private set; }

    /// <summary>What is being asked.</summary>
    public string Doing { get; private set; } = "";

    public bool IsRunning { get; private set; }

    /// <summary>Told when there is more.</summary>
    public event Action? Changed;

    /// <summary>The two prompts as tokens, and their answers.</summary>
    /// <exception cref="ArgumentException">They do not align, or an answer is not one token.</exception>
    public PromptPair Pair(string text, string source, string answer, string wrong)
    {
        var (tokens, others) = (_session.Encode(text), _session.Encode(source));
        return tokens.Length == others.Length ? new PromptPair(new Question(tokens, Token(answer), Token(wrong)), others)
            : throw new ArgumentException(_language["experiments.not-as-many-tokens", tokens.Length, others.Length]);
    }

    /// <summary>An answer as it is one token: as written, or with the space that words begin with in a text; null where it is
    /// none.</summary>
    public string? OneToken(string word) => word.Length == 0 ? null
        : ((string[])[word, " " + word]).FirstOrDefault(form => _session.Tokenizer.Encode(form).Length == 1);

    /// <summary>Measures to the end, or until it is stopped.</summary>
    /// <exception cref="ArgumentException">The prompts do not align, or something is not in the model.</exception>
    public async Task MeasureAsync(Experiment experiment)
    {
        Stop();
        var own = ++_begun;
        (Found, Share, Doing, IsRunning) = (null, 0, "", true);
        var steps = Steps(experiment).GetEnumerator();
        try
        {
            while (await _session.RunAsync(Question, _ => steps.MoveNext()))
            {
                (Found, Share, Doing) = steps.Current;
                Changed?.Invoke();
            }
        }
        finally
        {
            steps.Dispose();
            IsRunning &= own != _begun; // another one may have begun since, which stopped this one
            Changed?.Invoke();
        }
    }

    /// <summary>Stops; what was found so far stays.</summary>
    public void Stop() => _session.Cancel(Question);

    private int Token(string word) => OneToken(word) is { } one ? _session.Tokenizer.Encode(one)[0]
        : throw new ArgumentException(_language["experiments.answer-is-not-one-token", word]);

    private IEnumerable<(MeasuredPair Found, double Share, string Doing)> Steps(Experiment experiment)
    {
        var (gpt, pair) = (_session.Gpt, Pair(experiment.Text, experiment.Source, experiment.Answer ?? "", experiment.Wrong ?? ""));
        var found = new MeasuredPair(experiment, pair, pair.Base.LogitDifference(gpt),
            (pair.Base with { Tokens = pair.Source }).LogitDifference(gpt));
        yield return (found, 0, "");
        switch (experiment.Measure)
        {
            case PatchMeasure { IsEstimate: true, Sweep: var sweep }:
                yield return (found with { Sweep = AttributionPatching.Run(gpt, [pair], sweep) }, 1, "");
                break;
            case PatchMeasure { Sweep: var sweep }:
                foreach (var cells in ActivationPatching.Stepwise(gpt, [pair], sweep))
                    yield return (found with { Sweep = cells }, (cells.Cells[^1].Layer + 1.0) / gpt.Config.Layers,
                        _language["shared.layer", cells.Cells[^1].Layer]);
                break;
            case PathsMeasure paths:
                foreach (var senders in paths.Senders(gpt.Config).GroupBy(sender => sender.Layer))
                {
                    found = found with { Paths = [.. found.Paths, .. PathPatching.Run(gpt, [pair], [.. senders], paths.Receivers,
                        [paths.PositionIn(pair.Base.Tokens.Length)], paths.FreezesFeedForward)] };
                    yield return (found, (senders.Key + 1.0) / gpt.Config.Layers, _language["shared.layer", senders.Key]);
                }
                break;
            case PairCircuitMeasure { Share: var share }:
                for (var search = new PairCircuitSearch(gpt, pair, share); ; search.MoveNext())
                {
                    found = found with { Circuit = search.Found };
                    yield return (found, (double)search.Asked / (search.Asked + search.Left + 1), search.Next ?? "");
                    if (search.Next is null)
                        break;
                }
                yield return (found with { Worth = PairCircuitWorth.Of(gpt, pair, found.Circuit!) }, 1, "");
                break;
        }
    }
}
