using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    // The tiled attention never stores scores; they are derived beside it, and an edit of them corrects z by the difference it makes.
    private static Tensor ShowPattern(GptBlock block, int layer, Tensor z, Tensor qkv, TokenRows rows, GptRun run)
    {
        var (operations, taps, shape) = (run.Operations, run.Taps!, block.Shape.Attention);
        var scores = operations.AttentionScores(qkv, rows, shape, run.Store, layer); // (H, R, K)
        var pattern = operations.Softmax(scores, block.Sinks);
        if (taps.IsEdited(Activation.AttnScores, layer) || taps.IsEdited(Activation.Pattern, layer))
        {
            if (run.Store is not null && shape.Window > 0)
                throw new NotSupportedException($"layer {layer} sees {shape.Window} keys, and the store holds no others: "
                    + "its scores and pattern are changed in runs over whole texts");
            var edited = run.TapHeads(Activation.AttnScores, layer, scores, shape);
            edited = taps.IsEdited(Activation.AttnScores, layer) ? operations.Softmax(edited, block.Sinks) : pattern;
            edited = run.TapHeads(Activation.Pattern, layer, edited, shape);
            return operations.AttentionCorrection(z, pattern, edited, qkv, rows, shape, run.Store, layer);
        }
        if (operations.Tape is not { } tape)
        {
            run.TapHeads(Activation.AttnScores, layer, scores, shape);
            run.TapHeads(Activation.Pattern, layer, pattern, shape);
            return z;
        }
        // So that gradients of scores and pattern can be asked for, both enter as leaves of their own, by a correction of exactly zero.
        var watched = operations.Softmax(run.TapHeads(Activation.AttnScores, layer, tape.Watch(scores.Detached), shape), block.Sinks);
        watched = run.TapHeads(Activation.Pattern, layer, watched, shape);
        return operations.AttentionCorrection(z, pattern.Detached, watched, qkv, rows, shape, run.Store, layer);
    }
}
