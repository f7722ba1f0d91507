using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Looking.Differences;
using Spectre.Console;

namespace Pellucid.Cli.Look;

/// <summary><c>pellucid look diff</c>.</summary>
internal static class DiffVerb
{
    private const string Method = "two models of one shape over the same texts: lengths of differences over lengths, KL in nats";
    private const int ShownHeads = 12;

    private static readonly Argument<string> Base = new("BASE") { Description = "A model" };
    private static readonly Argument<string> Tuned = new("TUNED") { Description = "The same one tuned: a model, or BASE+ADAPTER" };
    private static readonly Argument<string[]> Texts = new("TEXT")
    {
        Description = "Texts that both read; without one, random tokens that are repeated once", Arity = ArgumentArity.ZeroOrMore,
    };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("diff", "Shows what tuning changed: weights, activations and what heads do, layer by "
            + "layer, and what the model says in the end.") { Base, Tuned, Texts, Seed, PromptOptions.BeginOfText }
            .WithExample("pellucid look diff MODEL MODEL+tuned \"What is the capital of France?\"");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        using var before = Subject.Load(words, Base);
        using var after = Subject.Load(words, Tuned);
        var texts = words.GetValue(Texts) is { Length: > 0 } given ? new Prompts(given.Select(before.Encode))
            : HeadSummary.RepeatedTokens(before.Gpt, words.GetValue(Seed));
        foreach (var text in words.GetValue(Texts) ?? [])
            if (!before.Encode(text).SequenceEqual(after.Encode(text)))
                throw new ArgumentException($"{before.Path} and {after.Path} do not read '{text}' as the same tokens");
        var found = ModelDifference.Of(before.Gpt, after.Gpt, texts);

        output.Line($"over {texts.Rows} tokens: KL {Number(found.Divergence)} nats, {Reports.Percent(found.Changed)} of the likeliest "
            + $"tokens changed, loss {Number(found.Loss.Before)} before and {Number(found.Loss.After)} after");
        var layers = Reports.NewTable("layer", "weights", "attention", "feed-forward", "stream after it", "KL of the lens");
        foreach (var layer in found.Layers)
            layers.AddPlainRow($"{layer.Layer}", Number(layer.Weights), Number(layer.Attention), Number(layer.FeedForward),
                Number(layer.Residual), Number(layer.Divergence));
        output.People.Write(layers);
        var heads = Reports.NewTable("head", "looks elsewhere", "writes", "previous token", "duplicate token", "induction", "first");
        foreach (var head in found.Heads.OrderByDescending(head => head.Pattern).Take(ShownHeads))
            heads.AddPlainRow($"{head.Before.Layer}.{head.Before.Head}", Number(head.Pattern), Number(head.Output),
                FromTo(head, summary => summary.PreviousToken), FromTo(head, summary => summary.DuplicateToken),
                FromTo(head, summary => summary.Induction), FromTo(head, summary => summary.First));
        output.People.Write(heads);
        if (found.Heads.Count > ShownHeads)
            output.Line($"the {ShownHeads} heads of {found.Heads.Count} that changed most where they look; --json has all");
        output.Json(DifferentModel.Of(before, after, Method, texts, found), Results.Default.DifferentModel);
        return PellucidCommand.Done;
    }

    private static string Number(double value) => double.IsNaN(value) ? "–" : Units.Number(value, 4);

    private static string FromTo(HeadDifference head, Func<HeadSummary, double> of) => double.IsNaN(of(head.Before)) ? "–"
        : $"{Units.Number(of(head.Before), 3)} → {Units.Number(of(head.After), 3)}";
}

/// <summary>How two models differ.</summary>
internal sealed record DifferentModel([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings, string Tuned,
    int Texts, int Rows, double Kl, double Changed, double LossBefore, double LossAfter, IReadOnlyList<DifferentToken> ByToken,
    IReadOnlyList<DifferentLayer> Layers, IReadOnlyList<DifferentHead> Heads) : ModelResult(About)
{
    public static DifferentModel Of(Subject before, Subject after, string method, Prompts texts, ModelDifference found) => new(
        ModelResult.Of(before, method, texts[0]), Cli.Meanings.Of("look diff"), after.Path, texts.Count, texts.Rows, found.Divergence,
        found.Changed, found.Loss.Before, found.Loss.After, [.. Enumerable.Range(0, texts.Count).SelectMany(text => texts[text])
            .Zip(found.Tokens, (token, one) => new DifferentToken(token, before.Tokenizer.Decode([token]), one.Divergence, one.Loss.Before,
                one.Loss.After, TokenResult.Of(before.Tokenizer, one.Before.Token, one.Before.Probability),
                TokenResult.Of(after.Tokenizer, one.After.Token, one.After.Probability)))],
        [.. found.Layers.Select(layer => new DifferentLayer(layer.Layer, layer.Weights, layer.Attention, layer.FeedForward, layer.Residual,
            layer.Divergence))],
        [.. found.Heads.Select(head => new DifferentHead(head.Before.Layer, head.Before.Head, head.Pattern, head.Output, head.Before,
            head.After))]);
}

/// <summary>What they say after a token, and how surprising what follows it is to both; null at the end of a text.</summary>
internal sealed record DifferentToken(int Token, string Text, double Kl, double LossBefore, double LossAfter, TokenResult Before,
    TokenResult After);

/// <summary>How a layer of them differs.</summary>
internal sealed record DifferentLayer(int Layer, double Weights, double Attention, double FeedForward, double Residual, double LensKl);

/// <summary>How a head of them differs.</summary>
internal sealed record DifferentHead(int Layer, int Head, double Pattern, double Output, HeadSummary Before, HeadSummary After);
