using Pellucid.Looking;
using Pellucid.Models;

namespace Pellucid.Web.Explorer.Flow;

/// <summary>A word that may come next.</summary>
/// <param name="Token">The word.</param>
/// <param name="Logit">Before softmax.</param>
/// <param name="Probability">After it.</param>
public readonly record struct NextToken(int Token, double Logit, double Probability);

/// <summary>What is drawn of a block: where its attention looks, and how its neurons answer.</summary>
/// <param name="Looks">Of each drawn row, attention to the tokens before the drawn ones, to each drawn one; mean of all heads,
/// or of the head that is looked at.</param>
/// <param name="Head">That head; −1 for the mean of all.</param>
/// <param name="Strongest">Of each drawn row, in as many groups of neurons as numbers are drawn, the strongest answer; of experts, and
/// where there are no neurons, none.</param>
internal sealed record FlowBlock(IReadOnlyList<float[]> Looks, int Head, IReadOnlyList<float[]> Strongest);

/// <summary>A text on its way through the model, as much of it as is drawn. All numbers are the engine's, with the changes made.</summary>
/// <param name="Tokens">Of the whole text.</param>
/// <param name="Position">The token whose way is followed.</param>
/// <param name="First">The first one drawn.</param>
/// <param name="Stages">What is drawn, from left to right.</param>
/// <param name="Embedded">The first numbers of each drawn row of the stream, before the first block.</param>
/// <param name="Blocks">By their layers.</param>
/// <param name="Normed">The first numbers of each drawn row, as the output table reads them; empty where nothing is normalised.</param>
/// <param name="Next">The likeliest words after the position, likeliest first.</param>
/// <param name="Detail">The numbers of the stage that is looked at.</param>
internal sealed record FlowReading(int[] Tokens, int Position, int First, IReadOnlyList<FlowStage> Stages,
    IReadOnlyList<float[]> Embedded, IReadOnlyDictionary<int, FlowBlock> Blocks, IReadOnlyList<float[]> Normed,
    IReadOnlyList<NextToken> Next, FlowDetail? Detail)
{
    /// <summary>Tokens that are drawn at most, numbers of each that are, and words.</summary>
    public const int MostRows = 12, Cells = 10, Words = 8;

    /// <summary>Tokens that are drawn.</summary>
    public int Rows => Math.Min(MostRows, Tokens.Length - First);

    /// <summary>Reads what is drawn of a run.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="run">It has read the text.</param>
    /// <param name="position">The token whose way is followed.</param>
    /// <param name="stages">What is drawn.</param>
    /// <param name="chosen">What is looked at.</param>
    /// <param name="head">The head that is looked at.</param>
    /// <param name="key">The key that is looked at; the one of most attention when negative.</param>
    /// <param name="neurons">What neurons write.</param>
    public static FlowReading Of(Gpt gpt, ExperimentRun run, int position, IReadOnlyList<FlowStage> stages, FlowStage chosen, int head,
        int key, Neurons neurons)
    {
        var first = Math.Max(0, position - MostRows + 1);
        var rows = Enumerable.Range(first, Math.Min(MostRows, run.Tokens.Length - first)).ToArray();
        var blocks = stages.Where(stage => stage.Part == FlowPart.Attention).ToDictionary(stage => stage.Layer, stage =>
        {
            var own = stage == chosen ? head : -1;
            return new FlowBlock(Looks(gpt.Config, run, stage.Layer, own, rows), own, Strongest(gpt.Config, run, stage.Layer, rows));
        });
        var normed = gpt.Config.HasFinalNorm ? run.Values(Activation.LnFinal, gpt.Config.Layers).Values : [];
        return new FlowReading(run.Tokens, position, first, stages,
            [.. rows.Select(row => run.Residuals.Row(Activation.ResidPre, 0, 0, row)[..Math.Min(Cells, gpt.Config.Width)])], blocks,
            normed.Length == 0 ? [] : [.. rows.Select(row =>
                normed.AsSpan(row * gpt.Config.Width, Math.Min(Cells, gpt.Config.Width)).ToArray())],
            Likeliest(run.Logits(position), Words), FlowDetail.Of(gpt, run, position, chosen, head, key, neurons));
    }

    /// <summary>The likeliest words of logits.</summary>
    public static IReadOnlyList<NextToken> Likeliest(float[] logits, int count)
    {
        var said = new Distribution(logits);
        return [.. said.Top(count).Select(token => new NextToken(token, logits[token], said.Probability(token)))];
    }

    private static float[][] Looks(GptConfig config, ExperimentRun run, int layer, int head, int[] rows)
    {
        var (T, patterns) = (run.Tokens.Length, run.Patterns(layer));
        var (from, to) = head < 0 ? (0, config.Heads) : (head, head + 1);
        return [.. rows.Select(row =>
        {
            var looks = new float[rows.Length + 1];
            for (var h = from; h < to; h++)
            for (var key = 0; key <= row; key++)
                looks[Math.Max(0, key - rows[0] + 1)] += patterns[(h * T + row) * T + key] / (to - from);
            return looks;
        })];
    }

    private static float[][] Strongest(GptConfig config, ExperimentRun run, int layer, int[] rows)
    {
        if (config.FeedForwardWidth == 0 || config.Experts is not null)
            return [];
        var (values, shape) = run.Values(Activation.MlpPost, layer);
        var (F, groups) = ((int)shape[1], Math.Min(Cells, (int)shape[1]));
        return [.. rows.Select(row => Enumerable.Range(0, groups).Select(group => values[(row * F + group * F / groups)..(row * F
            + (group + 1) * F / groups)].MaxBy(Math.Abs)).ToArray())];
    }
}
