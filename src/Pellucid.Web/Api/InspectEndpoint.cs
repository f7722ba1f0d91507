using System.ComponentModel;
using Microsoft.AspNetCore.Http;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Web.Api;

/// <summary>What <c>/v1/inspect</c> takes: an experiment, as <c>pellucid look intervene</c> and the explorer save it,
/// and what is to be told of it.</summary>
internal sealed record InspectRequest
{
    [Description("Name of the model, as /v1/models tells it; the one there is if left out")]
    public string? Model { get; init; }

    [Description("The text that the model reads")]
    public required string Text { get; init; }

    [Description("A second text, for changes that take something from it")]
    public string? Source { get; init; }

    [Description("What is changed: 1.3=0 switches head 3 of layer 1 off, m2=mean, a1*0.5, n3.17@4=source, r2+4( love| hate) steers")]
    public IReadOnlyList<string>? Changes { get; init; }

    [Description("Tokens told at each place, 5 if left out")]
    public int? Top { get; init; }

    [Description("Whether to tell what every layer would say at every position (logit lens)")]
    public bool? Lens { get; init; }

    [Description("Whether the lens reads between attention and feed-forward too")]
    public bool? Midway { get; init; }

    [Description("Activations to tell, with the changes made: names such as resid_post, pattern, z, mlp_post, and layers from 0")]
    public IReadOnlyList<TapField>? Taps { get; init; }
}

/// <summary>An activation.</summary>
internal sealed record TapField
{
    public required string Name { get; init; }

    public required int Layer { get; init; }
}

/// <summary>What was seen.</summary>
/// <param name="Object">Always <c>inspection</c>.</param>
/// <param name="Model">The model.</param>
/// <param name="Tokens">Tokens of the text.</param>
/// <param name="Changes">What was changed.</param>
/// <param name="Before">What the model says without the changes.</param>
/// <param name="After">What it says with them.</param>
/// <param name="Divergence">KL(before ‖ after) of the next token, in nats.</param>
/// <param name="Lens">What every layer would say, with the changes.</param>
/// <param name="Taps">Activations, with the changes.</param>
internal sealed record Inspection(string Object, string Model, IReadOnlyList<SeenToken> Tokens, IReadOnlyList<string> Changes,
    Saying Before, Saying After, double Divergence, IReadOnlyList<LensCell>? Lens, IReadOnlyList<SeenTap>? Taps);

/// <summary>A token, and, where it could come next, its probability.</summary>
internal sealed record SeenToken(int Token, string Text, double? Probability);

/// <summary>The likeliest next tokens, and the negative log-probability of each token of the text but the first, in nats.</summary>
internal sealed record Saying(IReadOnlyList<SeenToken> Next, IReadOnlyList<double> Losses);

/// <summary>What one layer would say at one position: entropy, and KL from it to what the model says, in nats.</summary>
internal sealed record LensCell(string Activation, int Layer, int Position, IReadOnlyList<SeenToken> Top,
    double Entropy, double Divergence);

/// <summary>An activation: its shape, and all its values in rows; null where a key is masked.</summary>
internal sealed record SeenTap(string Name, int Layer, IReadOnlyList<int> Shape, IReadOnlyList<float?> Values);

/// <summary><c>/v1/inspect</c>.</summary>
internal sealed class InspectEndpoint(ModelRegistry models, RequestTime time, Telemetry telemetry)
{
    private const int MostTop = 100, MostTaps = 64, MostChanges = 256, MostCells = 100_000, MostValues = 4 << 20;

    public async Task<Inspection> HandleAsync(InspectRequest request, HttpContext context)
    {
        using var lease = await models.UseAsync(request.Model, time, context);
        var model = lease.Model;
        var top = request.Top ?? 5;
        if (top is < 1 or > MostTop)
            throw ApiException.Invalid($"top must lie between 1 and {MostTop}", "top");
        if (request.Taps?.Count > MostTaps || (request.Taps?.Contains(null!) ?? false))
            throw ApiException.Invalid($"a request may ask for {MostTaps} taps at most, none of them null", "taps");
        if (request.Changes?.Count > MostChanges || (request.Changes?.Contains(null!) ?? false))
            throw ApiException.Invalid($"a request may make {MostChanges} changes at most, none of them null", "changes");
        int[] tokens = model.PromptBegin is { } begin ? [begin, .. model.Tokenizer.Encode(request.Text)]
            : model.Tokenizer.Encode(request.Text);
        Texts.CheckLength(model, tokens, "text");
        if ((request.Lens ?? false) && (long)tokens.Length * model.Gpt.Config.Layers * 2 > MostCells)
            throw ApiException.Invalid("this text is too long to be read through the lens at once", "text");
        var changes = (request.Changes ?? []).Select(Intervention.Parse).ToList();

        using var ended = time.Begin(context);
        using var record = telemetry.Begin("inspect", model.Name);
        try
        {
            var inspection = await model.Scheduler.RunAsync(
                () => Inspect(model, request, new Experiment(request.Text, request.Source ?? "", changes), top),
                ended.Token).WaitAsync(ended.Token); // time runs while the engine is busy too
            record.Done(tokens.Length, 0);
            return inspection;
        }
        catch (Exception error)
        {
            record.Failed(error);
            throw;
        }
    }

    private static Inspection Inspect(LanguageModel model, InspectRequest request, Experiment experiment, int top)
    {
        var gpt = model.PlainGpt;
        using var before = new ExperimentRun(gpt, model.Tokenizer, experiment with { Changes = [] }, model.PromptBegin);
        using var after = new ExperimentRun(gpt, model.Tokenizer, experiment, model.PromptBegin, null, before);
        var last = before.Tokens.Length - 1;
        var (said, says) = (before.Prediction(last), after.Prediction(last));
        return new Inspection("inspection", model.Name, [.. before.Tokens.Select(token => Seen(model, token))],
            [.. experiment.Changes.Select(change => change.ToString())],
            new Saying(Likeliest(model, said, top), before.Losses()), new Saying(Likeliest(model, says, top), after.Losses()),
            said.DivergenceFrom(says),
            request.Lens ?? false ? Lens(model, gpt, after, top, request.Midway ?? false) : null,
            request.Taps is { Count: > 0 } taps ? Taps(after, taps) : null);
    }

    private static List<LensCell> Lens(LanguageModel model, Gpt gpt, ExperimentRun run, int top, bool midway) =>
        [.. LogitLens.Read(gpt, run.Residuals, top, midway)
            .Select(reading => new LensCell(reading.Activation.Name(), reading.Layer, reading.Position,
                [.. reading.Top.Select(one => Seen(model, one.Token, one.Probability))], reading.Entropy, reading.Divergence))];

    private static List<SeenTap> Taps(ExperimentRun run, IEnumerable<TapField> fields)
    {
        var (taps, count) = (new List<SeenTap>(), 0L);
        foreach (var field in fields)
        {
            var (values, shape) = run.Values(Activations.Parse(field.Name), field.Layer);
            if ((count += values.Length) > MostValues)
                throw ApiException.Invalid($"the taps have more than {MostValues} values together", "taps");
            taps.Add(new SeenTap(field.Name, field.Layer, [.. Enumerable.Range(0, shape.Rank).Select(axis => shape[axis])],
                [.. values.Select(value => float.IsFinite(value) ? value : (float?)null)]));
        }
        return taps;
    }

    private static SeenToken[] Likeliest(LanguageModel model, Distribution distribution, int top) =>
        [.. distribution.Top(top).Select(token => Seen(model, token, distribution.Probability(token)))];

    private static SeenToken Seen(LanguageModel model, int token, double? probability = null) =>
        new(token, TokenText.Of(model.Tokenizer, token), probability);
}
