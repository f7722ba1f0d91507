using Pellucid.Looking.Probes;
using Pellucid.Looking.Senses;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Tests.Looking.Senses;

public sealed class SenseTests
{
    private static readonly Tokenizer Characters = CharacterTokenizer.FromText(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,'-"u8);
    private static readonly GptConfig Config =
        new() { VocabularySize = Characters.VocabularySize, Context = 96, Layers = 2, Heads = 2, Width = 16 };

    private static SenseOccurrence Occurrence(string word, string sense) => new(word, sense, "", [0], 0, 0);

    // Centroids drawn by hand: bank at right angles, magazine at 45 degrees.
    [Fact]
    public void Distances_and_centroids_are_those_of_vectors_drawn_by_hand()
    {
        SenseOccurrence[] occurrences = [Occurrence("bank", "money"), Occurrence("bank", "money"), Occurrence("bank", "river"),
            Occurrence("bank", "river"), Occurrence("magazine", "copy"), Occurrence("magazine", "company")];
        var data = new SenseData("hand", occurrences,
            [new(0, 1, true, "homonym", 4), new(0, 2, false, "homonym", 0), new(4, 5, false, "polyseme", 2)], 0,
            new Dictionary<string, double[]>());
        var report = SenseReport.Of(
            new LayerStates(6, 2, [[2, 0, 1, 0, 0, 1, 0, 3, 1, 0, 1, 1], [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]]), data);
        var kinds = report.Layers[0].Kinds.ToDictionary(kind => kind.Kind);
        Assert.Equal((0, 1, 1), (kinds["homonym"].Same.Mean, kinds["homonym"].Different.Mean, kinds["homonym"].Different.Count));
        Assert.Equal(1 - Math.Sqrt(0.5), kinds["polyseme"].Different.Mean, 12);
        Assert.Equal([1, 0.292893], report.Layers[0].Centroids.Select(centroid => Math.Round(centroid.Distance, 6)));
        Assert.Equal((1, 4), (report.Layers[0].Nearest.Mean, report.Layers[0].Nearest.Count));
        Assert.Equal(-1, report.Layers[0].Spearman, 12); // the more related, the nearer
        Assert.All(report.Layers[1].Kinds, kind => Assert.Equal(0, kind.Different.Mean)); // all alike
    }

    [Fact]
    public void A_rank_correlation_is_the_less_certain_the_fewer_pairs_there_are()
    {
        SenseReport Of(int pairs) => new(new SenseData("hand", [], [.. Enumerable.Repeat(new SensePair(0, 1, true, "homonym", 4), pairs)],
            0, new Dictionary<string, double[]>()), []);
        Assert.Equal(0.1, Of(103).WithError(0).StandardError, 12); // 1 / √100
        Assert.Equal(0.0278, Of(672).WithError(-0.5784).StandardError, 4); // (1 − 0.3345) · √(1.1673 / 669)
        Assert.Equal(double.NaN, Of(3).WithError(0.5).StandardError);
    }

    [Fact]
    public void The_same_token_at_the_same_position_is_the_same_embedding_and_differs_above()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("pairs.csv");
        File.WriteAllText(path, "sentence1,sentence2,string,same,mean_relatedness\nIt was a gold band.,It was a jazz band.,band,False,0.2\n"
            + "It was a fine band.,It was a jazz band.,band,True,3.9\n");
        using var backend = TestBackends.CreateCpu(TestBackends.WidestCpu, threads: 1);
        using var gpt = new Gpt(Config, backend);
        gpt.Initialize(1);
        var report = SenseReport.Of(gpt, SenseData.Read(path, Characters, Config));
        Assert.Equal(3, report.Data.Occurrences.Count);
        Assert.Equal((0, 0), (report.Layers[0].Kinds[0].Same.Mean, report.Layers[0].Kinds[0].Different.Mean));
        Assert.All(report.Layers.Skip(1), layer => Assert.True(layer.Kinds[0].Different.Mean > 0));
    }

    [Fact]
    public void The_micro_world_has_words_with_two_senses_in_contexts_of_their_own()
    {
        var data = SenseData.MicroWorld(Characters, Config, contexts: 4);
        Assert.Equal(["homonym", "monoseme", "polyseme"], data.Pairs.Select(pair => pair.Kind).Distinct().Order());
        Assert.All(data.Occurrences,
            one => Assert.Equal(one.Word, Characters.Decode(one.Tokens.AsSpan(one.First, one.Last - one.First + 1))));
        Assert.All(data.Occurrences.GroupBy(one => one.Sense), sense => Assert.Equal(4, sense.Select(one => one.Text).Distinct().Count()));
        Assert.Contains(data.Pairs, pair => !pair.Same && pair.Kind == "polyseme");
        Assert.DoesNotContain(data.Pairs, pair => !pair.Same && pair.Kind == "monoseme");
    }

    [Theory]
    [InlineData("line 2 has the word 'bank', which does not stand in 'It was a band.'",
        "sentence1,sentence2,string,same,mean_relatedness\nIt was a band.,It was a bank.,bank,True,1\n")]
    [InlineData("line 2 says 'maybe' where same or Same_sense is True or False",
        "sentence1,sentence2,string,same,mean_relatedness\na bank.,It was a bank.,bank,maybe,1\n")]
    [InlineData("line 2 has 'x' where mean_relatedness is a number",
        "sentence1,sentence2,string,same,mean_relatedness\na bank.,a bank.,bank,True,x\n")]
    [InlineData("'mean_relatedness' is needed", "sentence1,sentence2,string,same\n")]
    [InlineData("has 0 pairs of sentences that fit", "sentence1,sentence2,string,same,mean_relatedness\n")]
    public void Bad_rows_are_named_by_line(string message, string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bad.csv"), text);
        Assert.Contains(message,
            Assert.Throws<InvalidDataException>(() => SenseData.Read(folder.File("bad.csv"), Characters, Config)).Message,
            StringComparison.Ordinal);
    }

    // Trott and Bergen (2021): 672 pairs, correlations of human relatedness with the distances the file has.
    [Fact]
    public void The_public_raw_c_has_its_published_correlations()
    {
        if (Environment.GetEnvironmentVariable("PELLUCID_RAWC") is not { Length: > 0 } path)
        {
            Assert.Skip("set PELLUCID_RAWC to raw-c.csv of github.com/seantrott/raw-c");
            return;
        }
        var data = SenseData.Read(path, Characters, Config with { Context = 1024 });
        var report = new SenseReport(data, []);
        Assert.Equal((672, -0.5784, -0.5291), (data.Pairs.Count, Math.Round(report.RecordedSpearman("distance_bert"), 4),
            Math.Round(report.RecordedSpearman("distance_elmo"), 4)));
        double Mean(string kind, bool same) =>
            Math.Round(data.Pairs.Where(pair => pair.Kind == kind && pair.Same == same).Average(pair => pair.Relatedness), 3);
        Assert.Equal((3.581, 3.238, 1.765, 0.458),
            (Mean("polysemy", true), Mean("homonymy", true), Mean("polysemy", false), Mean("homonymy", false)));
    }
}
