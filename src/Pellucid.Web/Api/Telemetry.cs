using System.Diagnostics;
using System.Diagnostics.Metrics;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>What is measured, under the names that OpenTelemetry's conventions for generative AI give.</summary>
internal sealed class Telemetry : IDisposable
{
    public const string Name = "Pellucid";

    private static readonly double[] Seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    private readonly ActivitySource _activities = new(Name);
    private readonly Meter _meter;
    private readonly Histogram<double> _duration, _firstToken, _perToken;
    private readonly Histogram<int> _tokens;

    public Telemetry(IMeterFactory meters, ModelRegistry models)
    {
        _meter = meters.Create(Name);
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds };
        _duration = _meter.CreateHistogram("gen_ai.server.request.duration", "s", "From the request to the last token", advice: advice);
        _firstToken = _meter.CreateHistogram("gen_ai.server.time_to_first_token", "s",
            "From the request to the first token", advice: advice);
        _perToken = _meter.CreateHistogram("gen_ai.server.time_per_output_token", "s", "Between tokens after the first", advice: advice);
        _tokens = _meter.CreateHistogram<int>("gen_ai.client.token.usage", "{token}", "Tokens read and written");
        _meter.CreateObservableGauge("pellucid.texts.running", () => Loaded().Sum(one => one.Running),
            "{text}", "Texts being read or written");
        _meter.CreateObservableGauge("pellucid.texts.waiting", () => Loaded().Sum(one => one.Waiting),
            "{text}", "Texts waiting for their turn");
        _meter.CreateObservableGauge("pellucid.key_value.memory", () => Loaded().Sum(one => one.KeyValueBytes), "By",
            "Keys and values of texts, and of those that are kept for texts to come");
        _meter.CreateObservableCounter("pellucid.steps", () => Loaded().Sum(one => one.Steps), "{step}", "Forwards computed");

        IEnumerable<Scheduler> Loaded() => models.All.Select(one => one.Model?.Scheduler).OfType<Scheduler>();
    }

    /// <summary>A request for texts has begun.</summary>
    public RequestRecord Begin(Telling told) => new(this, told.Operation, told.Model, told.Request, told.Texts);

    /// <summary>Another request has begun.</summary>
    public RequestRecord Begin(string operation, string model) => new(this, operation, model, null, null);

    public void Dispose() => _activities.Dispose();

    /// <summary>One request, from its beginning to its end.</summary>
    internal sealed class RequestRecord : IDisposable
    {
        private readonly Telemetry _telemetry;
        private readonly Texts? _texts;
        private readonly Activity? _activity;
        private readonly long _begun = Stopwatch.GetTimestamp();
        private readonly TagList _tags;
        private TimeSpan? _first;

        public RequestRecord(Telemetry telemetry, string operation, string model, SamplingFields? request, Texts? texts)
        {
            (_telemetry, _texts) = (telemetry, texts);
            _tags = new TagList { { "gen_ai.operation.name", operation }, { "gen_ai.provider.name", "pellucid" },
                { "gen_ai.request.model", model } };
            _activity = telemetry._activities.StartActivity($"{operation} {model}", ActivityKind.Server);
            foreach (var (name, value) in _tags)
                _activity?.SetTag(name, value);
            if (request is null)
                return;
            _activity?.SetTag("gen_ai.request.max_tokens", texts?.MaxTokens)?.SetTag("gen_ai.request.temperature",
                request.Temperature)?.SetTag("gen_ai.request.top_p", request.TopP)
                    ?.SetTag("gen_ai.request.top_k", request.TopK)?.SetTag("gen_ai.request.seed", request.Seed)
                    ?.SetTag("gen_ai.request.choice.count", texts?.Count);
        }

        /// <summary>A piece of a text has come.</summary>
        public void Piece() => _first ??= Stopwatch.GetElapsedTime(_begun);

        /// <summary>All went well.</summary>
        public void Done()
        {
            _activity?.SetTag("gen_ai.response.model", _tags[2].Value);
            if (_texts is not null)
                Done(_texts.PromptTokens, _texts.CompletionTokens);
            _activity?.SetTag("gen_ai.response.finish_reasons",
                _texts is null ? null : Enumerable.Range(0, _texts.Count).Select(_texts.Finish).ToArray());
        }

        /// <summary>All went well, with that many tokens read and written.</summary>
        public void Done(int read, int written)
        {
            _activity?.SetTag("gen_ai.usage.input_tokens", read)?.SetTag("gen_ai.usage.output_tokens", written);
            _telemetry._tokens.Record(read, With("gen_ai.token.type", "input"));
            if (written == 0)
                return;
            _telemetry._tokens.Record(written, With("gen_ai.token.type", "output"));
            if (_first is not { } first)
                return;
            _telemetry._firstToken.Record(first.TotalSeconds, _tags);
            if (written > 1)
                _telemetry._perToken.Record(
                    (Stopwatch.GetElapsedTime(_begun) - first).TotalSeconds * _texts!.Count / Math.Max(1, written - _texts.Count), _tags);
        }

        /// <summary>It did not.</summary>
        public void Failed(Exception error)
        {
            _error = error.GetType().Name;
            _activity?.SetStatus(ActivityStatusCode.Error, error.Message)?.SetTag("error.type", _error);
        }

        private string? _error;

        public void Dispose()
        {
            _telemetry._duration.Record(Stopwatch.GetElapsedTime(_begun).TotalSeconds, _error is null ? _tags : With("error.type", _error));
            _activity?.Dispose();
        }

        private TagList With(string name, object? value)
        {
            var tags = _tags;
            tags.Add(name, value);
            return tags;
        }
    }
}
