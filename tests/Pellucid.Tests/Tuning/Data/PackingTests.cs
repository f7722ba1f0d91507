using Pellucid.Tuning;
using Pellucid.Tuning.Data;

namespace Pellucid.Tests.Tuning.Data;

/// <summary>Texts in rows, as TRL's own tests have them.</summary>
public sealed class PackingTests
{
    [Fact]
    public void Wrapped_texts_run_into_each_other() =>
        Assert.Equal("[1 2 3] [4 5 6] [7 8]", Show(Packing.Wrapped(Texts([1, 2, 3], [4, 5, 6, 7], [8]), 3)));

    [Fact]
    public void Best_fit_fills_rows_longest_first()
    {
        Assert.Equal("[4 5 6 7] [1 2 3|8]", Show(Packing.BestFit(Texts([1, 2, 3], [4, 5, 6, 7], [8]), 4, splits: false)));
        var texts = Texts([1, 2, 3, 4, 5], [6, 7], [8, 9, 10, 11], [12]);
        Assert.Equal("[1 2 3 4] [8 9 10 11] [6 7|12]", Show(Packing.BestFit(texts, 4, splits: false)));
        Assert.Equal("[1 2 3 4] [8 9 10 11] [6 7|5|12]", Show(Packing.BestFit(texts, 4, splits: true)));
    }

    private static TuningExample[] Texts(params int[][] texts) => [.. texts.Select(TuningExample.OfText)];

    private static string Show(List<TuningExample[]> rows) => string.Join(' ', rows.Select(row =>
        $"[{string.Join('|', row.Select(text => string.Join(' ', text.Tokens)))}]"));
}
