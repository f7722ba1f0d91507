using System.Numerics.Tensors;
using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Web.Explorer.Flow;

/// <summary>The numbers of one stage, for the token whose way is followed.</summary>
public abstract record FlowDetail
{
    private const int NeuronsShown = 8, TokensShown = 5, WordsShown = 10, ReadShown = 3;

    /// <summary>Reads them; null of a stage that has none beside what is drawn.</summary>
    internal static FlowDetail? Of(Gpt gpt, ExperimentRun run, int position, FlowStage stage, int head, int key,
        Neurons neurons) => stage.Part switch
    {
        FlowPart.Embedding => Embedding(gpt, run, position),
        FlowPart.Attention => Attention(gpt, run, position, stage.Layer, head, key),
        FlowPart.FeedForward when gpt.Config.Experts is not null => Experts(gpt, run, position, stage.Layer),
        FlowPart.FeedForward => FeedForward(gpt, run, position, stage.Layer, neurons),
        FlowPart.Norm => new NormDetail(run.Residuals.Row(Activation.ResidPost, gpt.Config.Layers - 1, 0, position),
            Row(run, Activation.LnFinal, gpt.Config.Layers, position)),
        FlowPart.Whole or FlowPart.Next => new NextDetail(FlowReading.Likeliest(run.Logits(position), WordsShown)),
        _ => null,
    };

    private static EmbeddingDetail Embedding(Gpt gpt, ExperimentRun run, int position)
    {
        float[] Of(ParameterRole role, int row)
        {
            var values = new float[gpt.Config.Width];
            gpt.Backend.Read(gpt[role].RowRange(row, 1), values);
            return values;
        }
        return new EmbeddingDetail(run.Tokens[position], Of(ParameterRole.TokenTable, run.Tokens[position]),
            gpt.Config.LearnedPositions ? Of(ParameterRole.PositionTable, position) : null, gpt.Config.EmbeddingScale,
            run.Residuals.Row(Activation.ResidPre, 0, 0, position));
    }

    private static AttentionStep Attention(Gpt gpt, ExperimentRun run, int position, int layer, int head, int key)
    {
        var row = run.Row(layer, head, position);
        var chosen = key >= 0 && key <= position ? key : Enumerable.Range(0, position + 1).MaxBy(one => row.Weights[one]);
        var after = gpt.Config.FeedForwardWidth > 0 ? Activation.ResidMid : Activation.ResidPost;
        return new AttentionStep(layer, head, position, row, chosen, run.Detail(layer, head, position, chosen),
            Change(gpt, run, position, Activation.AttnOut, layer, Before(layer), (after, layer)));
    }

    private static FeedForwardStep FeedForward(Gpt gpt, ExperimentRun run, int position, int layer, Neurons neurons)
    {
        var read = Row(run, gpt.Config.Gated ? Activation.MlpGate : Activation.MlpPre, layer, position);
        var up = gpt.Config.Gated ? Row(run, Activation.MlpUp, layer, position) : null;
        return new FeedForwardStep(layer, read.Length, read.Count(value => value > 0),
            [.. neurons.MostActive(run, layer, position, NeuronsShown).Select(neuron => new NeuronStep(neuron.Index, read[neuron.Index],
                up?[neuron.Index], neuron.Activation, neuron.Length,
                [.. neurons.ValueTokens(layer, neuron.Index, TokensShown).Select(one => one.Token)]))],
            Change(gpt, run, position, Activation.MlpOut, layer, (Activation.ResidMid, layer), (Activation.ResidPost, layer)));
    }

    private static ExpertsStep Experts(Gpt gpt, ExperimentRun run, int position, int layer)
    {
        var (shape, scores) = (gpt.Config.Experts!, Row(run, Activation.RouterLogits, layer, position));
        return new ExpertsStep(layer, shape.Active, [.. Enumerable.Range(0, scores.Length)
            .OrderByDescending(expert => scores[expert]).Take(Math.Max(NeuronsShown, shape.Active))
            .Select(expert => (expert, scores[expert]))],
            Change(gpt, run, position, Activation.MlpOut, layer, (Activation.ResidMid, layer), (Activation.ResidPost, layer)));
    }

    // What a layer wrote, and what the stream says before and after.
    private static StreamChange Change(Gpt gpt, ExperimentRun run, int position, Activation written, int layer,
        (Activation, int) before, (Activation, int) after)
    {
        double Length((Activation Activation, int Layer) place) =>
            TensorPrimitives.Norm<float>(run.Residuals.Row(place.Activation, place.Layer, 0, position));
        IReadOnlyList<NextToken> Said((Activation Activation, int Layer) place) =>
            FlowReading.Likeliest(run.Logits(place.Activation, place.Layer, position), ReadShown);
        return new StreamChange(TensorPrimitives.Norm<float>(Row(run, written, layer, position)), Length(before), Length(after),
            Said(before), Said(after));
    }

    private static (Activation, int) Before(int layer) =>
        layer == 0 ? (Activation.ResidPre, 0) : (Activation.ResidPost, layer - 1);

    private static float[] Row(ExperimentRun run, Activation activation, int layer, int position)
    {
        var (values, shape) = run.Values(activation, layer);
        return values.AsSpan(position * (int)shape[1], (int)shape[1]).ToArray();
    }
}

/// <summary>What a layer did to the stream at the position.</summary>
/// <param name="Written">Length of what it wrote.</param>
/// <param name="Before">Length of the stream before.</param>
/// <param name="After">Length of the stream after.</param>
/// <param name="SaidBefore">What the model would say if it ended before.</param>
/// <param name="SaidAfter">What it would say if it ended after.</param>
public sealed record StreamChange(double Written, double Before, double After, IReadOnlyList<NextToken> SaidBefore,
    IReadOnlyList<NextToken> SaidAfter);

/// <summary>How a token becomes a vector.</summary>
/// <param name="Token">Its number.</param>
/// <param name="TokenRow">Its row of the token table, (C).</param>
/// <param name="PositionRow">Its position's row, (C); null where positions have none.</param>
/// <param name="Scale">What the token's row is multiplied by.</param>
/// <param name="Stream">What the first block reads, (C).</param>
public sealed record EmbeddingDetail(int Token, float[] TokenRow, float[]? PositionRow, double Scale, float[] Stream) : FlowDetail;

/// <summary>How a head looks.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Head">0-based.</param>
/// <param name="Query">Which position asks.</param>
/// <param name="Row">Scores, attention, values.</param>
/// <param name="Key">The key that is looked at.</param>
/// <param name="Detail">Its score, column by column.</param>
/// <param name="Change">What all heads of the layer did together.</param>
public sealed record AttentionStep(int Layer, int Head, int Query, AttentionRow Row, int Key, AttentionDetail Detail,
    StreamChange Change) : FlowDetail;

/// <summary>A neuron at the position.</summary>
/// <param name="Index">0-based.</param>
/// <param name="Read">Before the nonlinearity: of a gated one its gate.</param>
/// <param name="Up">What is gated; null of one without a gate.</param>
/// <param name="Post">What it says.</param>
/// <param name="Length">Of what it writes.</param>
/// <param name="Tokens">That its value vector speaks for.</param>
public sealed record NeuronStep(int Index, float Read, float? Up, double Post, double Length, int[] Tokens);

/// <summary>How neurons answer.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Count">F: all of them.</param>
/// <param name="Positive">Those that are above zero before the nonlinearity.</param>
/// <param name="Strongest">Those that write most.</param>
/// <param name="Change">What all of them did together.</param>
public sealed record FeedForwardStep(int Layer, int Count, int Positive, IReadOnlyList<NeuronStep> Strongest, StreamChange Change)
    : FlowDetail;

/// <summary>Which experts are asked.</summary>
/// <param name="Layer">0-based.</param>
/// <param name="Active">k: how many.</param>
/// <param name="Best">Of the largest scores, largest first; the first k are asked.</param>
/// <param name="Change">What they did together.</param>
public sealed record ExpertsStep(int Layer, int Active, IReadOnlyList<(int Expert, float Score)> Best, StreamChange Change) : FlowDetail;

/// <summary>The last normalisation.</summary>
/// <param name="Before">The stream, (C).</param>
/// <param name="After">What the output table reads, (C).</param>
public sealed record NormDetail(float[] Before, float[] After) : FlowDetail;

/// <summary>What comes next.</summary>
/// <param name="Words">The likeliest, likeliest first.</param>
public sealed record NextDetail(IReadOnlyList<NextToken> Words) : FlowDetail;
