using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    private static Tensor Gate(GptBlock block, FeedForwardShape shape, int layer, Tensor x, GptRun run)
    {
        var (operations, input) = (run.Operations, block.FeedForwardInput);
        var gate = run.Tap(Activation.MlpGate, layer, block.FeedForwardGate.Of(x, operations));
        return run.Touches(Activation.MlpUp, layer) || !input.IsPlain
            ? operations.Gate(gate, run.Tap(Activation.MlpUp, layer, input.Of(x, operations)), shape.Nonlinearity)
            : operations.LinearGate(gate, x, input.Weight, input.Bias, shape.Nonlinearity);
    }

    // What the experts of each row say, weighed by the router, (R, C). Rows are sorted by expert, and each expert's multiplied together.
    private static Tensor AskExperts(GptBlock block, FeedForwardShape shape, ExpertsShape experts, int layer, Tensor x, GptRun run)
    {
        var (operations, router) = (run.Operations, block.Router);
        var scores = run.Tap(Activation.RouterLogits, layer, operations.Linear(x, router.Weight, router.Bias)); // (R, E)
        var rows = operations.ChooseExperts(scores, experts.Active);
        var weights = experts.WeighedAmongChosen ? operations.Softmax(operations.SelectColumns(scores, rows.Chosen))
            : operations.SelectColumns(operations.Softmax(scores), rows.Chosen); // (R, k)
        x = operations.SelectRows(x, rows.Sources); // (R · k, C)
        var gate = operations.LinearByGroup(x, rows.Starts, block.ExpertGates);
        var up = operations.LinearByGroup(x, rows.Starts, block.ExpertInputs);
        x = experts.Clamp is { } clamp ? operations.ClampedGate(gate, up, clamp.Slope, clamp.Limit)
            : operations.Gate(gate, up, shape.Nonlinearity); // (R · k, F)
        return operations.MixRows(operations.LinearByGroup(x, rows.Starts, block.ExpertOutputs), rows.Places, weights);
    }
}
