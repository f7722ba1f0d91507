using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking;

/// <summary>Path patching as it is written down: four passes, each a whole forward.</summary>
internal static class FourPasses
{
    public static double Effect(SmallGpt model, Arena kept, PromptPair pair, Sender sender, Receiver[] receivers,
        int position, bool freezeFeedForward)
    {
        kept.Reset();
        var (tokens, length) = (pair.Base.Tokens, pair.Base.Tokens.Length);
        var (row, count) = position < 0 ? (0, length) : (position, 1);
        double Difference(Taps? taps) => PlainRun.LogitDifference(model, tokens, pair.Base.Right, pair.Base.Wrong, taps);
        TapEdit Put(Activation activation, int layer, Tensor source) => new(activation, layer, EditOperation.Replace, source);

        var hold = new Taps(); // B, and C
        for (var layer = 0; layer < model.Gpt.Config.Layers; layer++)
        {
            hold.Edit(Put(Activation.Z, layer, PlainRun.Keep(model, kept, tokens, Activation.Z, layer)));
            if (freezeFeedForward)
                hold.Edit(Put(Activation.MlpOut, layer, PlainRun.Keep(model, kept, tokens, Activation.MlpOut, layer)));
        }
        var sent = PlainRun.Keep(model, kept, pair.Source, sender.Output, sender.Layer); // A
        hold.Edit(Put(sender.Output, sender.Layer, sent) with { FirstRow = row, RowCount = count, Head = sender.Head });
        if (receivers.Length == 0)
            return Difference(hold) - Difference(null);
        var receive = new Taps(); // D: at every position, so that no receiver hears another
        foreach (var receiver in receivers)
            receive.Edit(Put(receiver.Part, receiver.Layer, PlainRun.Keep(model, kept, tokens, receiver.Part, receiver.Layer, hold)) with
            {
                Head = receiver.Head
            });
        return Difference(receive) - Difference(null);
    }
}
