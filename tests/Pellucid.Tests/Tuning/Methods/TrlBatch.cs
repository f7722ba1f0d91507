using System.Text.Json;
using Pellucid.Tests.Tuning.Losses;
using Pellucid.Tuning;

namespace Pellucid.Tests.Tuning.Methods;

/// <summary>TRL's padded batches as examples without padding.</summary>
internal static class TrlBatch
{
    /// <summary>Rows with labels; −100 is not learned. A row of several documents has positions that begin anew.</summary>
    public static IEnumerable<TuningExample> Labelled(JsonElement inputs)
    {
        var (ids, labels) = (inputs.IntegerRows("input_ids"), inputs.IntegerRows("labels"));
        var positions = inputs.TryGetProperty("position_ids", out _) ? inputs.IntegerRows("position_ids") : null;
        var mask = positions is null ? inputs.IntegerRows("attention_mask") : null;
        for (var row = 0; row < ids.Length; row++)
        {
            var count = mask?[row].Sum() ?? ids[row].Length;
            for (var first = 0; first < count;)
            {
                var end = first + 1;
                while (end < count && positions?[row][end] != 0)
                    end++;
                yield return new TuningExample(ids[row][first..end], [.. labels[row][first..end].Select(label => label >= 0)]);
                first = end;
            }
        }
    }

    /// <summary>Rows with a mask of what is real and one, of 1 or of labels, of what is learned.</summary>
    public static IEnumerable<TuningExample> Masked(JsonElement inputs, string ids, string mask, string learned)
    {
        var (tokens, real, of) = (inputs.IntegerRows(ids), inputs.IntegerRows(mask), inputs.IntegerRows(learned));
        var isLabel = learned.EndsWith("labels", StringComparison.Ordinal);
        for (var row = 0; row < tokens.Length; row++)
            yield return new TuningExample(tokens[row][..real[row].Sum()],
                [.. of[row][..real[row].Sum()].Select(value => isLabel ? value >= 0 : value == 1)]);
    }
}
