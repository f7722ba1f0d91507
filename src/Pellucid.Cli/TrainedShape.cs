using System.CommandLine;
using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Tensors;

namespace Pellucid.Cli;

/// <summary>
/// What the block of a model that is trained from the beginning computes: GPT-2's, or with rotary positions Llama's, under whose name
/// it is saved.
/// </summary>
internal static class TrainedShape
{
    private const double Theta = 10_000;

    public static readonly Option<int?> KeyValueHeads = new("--kv-heads")
    {
        Description = "Heads that have keys and values; must divide --heads, as many as there are if not given",
    };

    public static readonly Option<string> Norm = Choice("--norm", "Normalisation", "layer", "rms");
    public static readonly Option<string> Positions = Choice("--positions", "How positions enter", "learned", "rotary");
    public static readonly Option<string> FeedForward = Choice("--feed-forward", "Neurons", "plain", "gated");

    /// <summary>That shape with those blocks.</summary>
    /// <exception cref="ArgumentException">No family of models has such blocks.</exception>
    public static GptConfig Of(ParseResult words, GptConfig config)
    {
        var (rms, rotary) = (words.GetValue(Norm) == "rms", words.GetValue(Positions) == "rotary");
        var gated = words.GetValue(FeedForward) == "gated";
        if ((rms, rotary, gated) == (false, false, false) && words.GetValue(KeyValueHeads) is null)
            return config;
        if ((rms, rotary, gated) != (true, true, true))
            throw new ArgumentException("no family of models that can be saved has such blocks: "
                + "--kv-heads, --norm rms, --positions rotary and --feed-forward gated go together, as in Llama");
        return config with
        {
            Family = ModelFamily.Llama,
            KeyValueHeads = words.GetValue(KeyValueHeads) ?? config.Heads,
            // Three matrices where there were two: the same number of weights (Shazeer 2020).
            FeedForwardWidth = 8 * config.Width / 3,
            Norm = new NormShape(NormKind.Rms, NormPlace.Input, 1e-6f, HasBias: false),
            Nonlinearity = Nonlinearity.Silu,
            LearnedPositions = false,
            Rotary = new RotaryShape(Theta, config.Width / config.Heads),
            AttentionBiases = AttentionBiases.None,
            Gated = true,
            FeedForwardBiases = false,
        };
    }

    private static Option<string> Choice(string name, string description, string usual, string other)
    {
        var option = new Option<string>(name) { Description = $"{description}: {usual} or {other}", DefaultValueFactory = _ => usual };
        option.AcceptOnlyFromAmong(usual, other);
        return option;
    }
}
