using Pellucid.Looking.Features;
using Pellucid.Looking.Features.Graphs;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer;

/// <summary>An answer that was traced back to features.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Graph">All of it.</param>
/// <param name="Check">What the model said to it; null before it was asked.</param>
internal sealed record TracedAnswer(string Text, AttributionGraph Graph, AttributionCheck? Check);

/// <summary>
/// What was found out of features: where they fire in their text, what of the micro-world they stand for, which of them made an answer.
/// Each is asked a step at a time, so that whatever else is asked of the engine waits for one step at most, and is kept while panels come
/// and go.
/// </summary>
internal sealed class FeatureFindings
{
    private const string Question = "feature-reading";
    private const int MostWindows = 200, Follow = 1000; // as the command has it

    private readonly Session _session;
    private readonly ReaderLanguage _language;
    private int _begun; // of all that was asked

    public FeatureFindings(Session session, ReaderLanguage language)
    {
        (_session, _language) = (session, language);
        session.ModelChanged += () => (Firings, Named, Traced, _of, _ofNames) = (null, null, null, null, null);
    }

    private ExploredFeatures? _of, _ofNames;

    /// <summary>Where features fire in what was read so far.</summary>
    public FeatureFirings? Firings { get; private set; }

    /// <summary>Reads dashboards of the features that were read of.</summary>
    public FeatureReader? Reader { get; private set; }

    public IReadOnlyList<NamedFeature>? Named { get; private set; }

    public TracedAnswer? Traced { get; private set; }

    /// <summary>What goes on: a key of what is said of it; empty while nothing does.</summary>
    public string Doing { get; private set; } = "";

    /// <summary>Share of it that is done; null where that is not known.</summary>
    public double? Share { get; private set; }

    public bool IsRunning => Doing.Length > 0;

    /// <summary>Told when there is more.</summary>
    public event Action? Changed;

    /// <summary>Whether what fires was read of these features.</summary>
    public bool HasRead(ExploredFeatures features) => _of == features && Firings is not null;

    /// <summary>Whether these are the features that were named.</summary>
    public bool HasNamed(ExploredFeatures features) => _ofNames == features && Named is not null;

    /// <summary>Reads the features' text to its end, or until it is stopped.</summary>
    public Task ReadAsync(ExploredFeatures features) => DoAsync("features.reading-the-text", async () =>
    {
        (_of, Firings) = (features, null);
        var text = features.Source.Text ?? throw new ArgumentException(_language["features.no-text-is-known", features.Name]);
        Reader = await AskAsync(cancellation => new FeatureReader(_session.Gpt, features.Dictionary!,
            text(_session.Model, cancellation), MostWindows));
        using var steps = Reader.ReadStepwise().GetEnumerator();
        while (await AskAsync(_ => steps.MoveNext()))
        {
            (Firings, Share) = steps.Current;
            Changed?.Invoke();
        }
    });

    /// <summary>Names features by the truth of the micro-world, of which so many tokens are read.</summary>
    public Task NameAsync(ExploredFeatures features, int tokens) => DoAsync("features.naming-them", async () =>
    {
        (_ofNames, Named) = (features, null);
        Named = await AskAsync(cancellation => FeatureTruth.MicroWorld(_session.Gpt, _session.Tokenizer, features.Dictionary!, tokens,
            features.Dictionary!.Config.BeginsTexts ? _session.Specials.Begin : null, cancellation));
    });

    /// <summary>Traces what the model says to a prompt, and asks the model whether that is right.</summary>
    /// <param name="transcoders">What stands for feed-forward layers.</param>
    /// <param name="text">The prompt.</param>
    /// <param name="answer">The next token that is asked for; the likeliest when null.</param>
    /// <param name="wrong">The one that it is compared with; the mean of all when null.</param>
    /// <param name="suppress">Features that are taken away at most.</param>
    public Task TraceAsync(IReadOnlyList<FeatureDictionary> transcoders, string text, int? answer, int? wrong, int suppress) =>
        DoAsync("features.tracing-the-answer", async () =>
        {
            Traced = null;
            using var tracer = await AskAsync(_ => Exactly(() =>
                new AttributionTracer(_session.Gpt, transcoders, _session.Encode(text))));
            var graph = await AskAsync(_ => Exactly(() => tracer.Trace(answer ?? tracer.Said().Top(1)[0], wrong, Follow)));
            (Traced, Doing) = (new TracedAnswer(text, graph, null), "features.asking-the-model");
            Changed?.Invoke();
            Traced = Traced with { Check = await AskAsync(_ => Exactly(() => AttributionCheck.Of(tracer, graph, suppress))) };
        });

    /// <summary>Stops; what was found so far stays.</summary>
    public void Stop() => _session.Cancel(Question);

    private Task<T> AskAsync<T>(Func<CancellationToken, T> work) => _session.RunAsync(Question, work);

    // What is rounded on its way adds up to nothing.
    private T Exactly<T>(Func<T> work)
    {
        var (parameters, rounds) = (_session.Gpt.Parameters, _session.Gpt.Parameters.RoundsActivations);
        parameters.RoundsActivations = false;
        try
        {
            return work();
        }
        finally
        {
            parameters.RoundsActivations = rounds;
        }
    }

    private async Task DoAsync(string doing, Func<Task> work)
    {
        Stop();
        var own = ++_begun;
        (Doing, Share) = (doing, null);
        Changed?.Invoke();
        try
        {
            await work();
        }
        finally
        {
            if (own == _begun) // else another one has begun, which stopped this one
                Doing = "";
            Changed?.Invoke();
        }
    }
}
