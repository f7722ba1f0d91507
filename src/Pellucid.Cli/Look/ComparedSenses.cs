using System.Text.Json.Serialization;
using Pellucid.Looking;
using Pellucid.Looking.Probes;
using Pellucid.Looking.Senses;

namespace Pellucid.Cli.Look;

/// <summary>How far apart a model takes the same words in different contexts.</summary>
internal sealed record ComparedSenses([property: JsonIgnore] ModelResult About, string Data, int Pairs, int LeftOut, ulong Seed,
    string Ablation, IReadOnlyList<RecordedDistance> Recorded, IReadOnlyList<ComparedLayer> Layers) : ModelResult(About)
{
    public static ComparedSenses Of(ModelResult about, SenseReport report, ProbeReport? probe, ulong seed) => new(about, report.Data.Name,
        report.Data.Pairs.Count, report.Data.LeftOut, seed, "none",
        [.. report.Data.Recorded.Keys.Select(column => new RecordedDistance(column, report.WithError(report.RecordedSpearman(column))))],
        [.. report.Layers.Select(layer => new ComparedLayer(layer, report.WithError(layer.Spearman), probe?.Places[layer.Place]))]);
}

/// <summary>Relatedness beside distances that the file brought along.</summary>
internal sealed record RecordedDistance(string Column, [property: JsonIgnore] Estimate Correlation)
{
    public double Spearman => Correlation.Mean;

    public double SpearmanStandardError => Correlation.StandardError;
}

/// <summary>What one place of the model makes of words in context; layer −1 is the embedding.</summary>
internal sealed record ComparedLayer([property: JsonIgnore] SenseLayer Found, [property: JsonIgnore] Estimate Correlation,
    [property: JsonIgnore] ProbedPlace? Probe)
{
    public int Layer => Found.Place - 1;

    public double Spearman => Correlation.Mean;

    public double SpearmanStandardError => Correlation.StandardError;

    public IReadOnlyList<ComparedKind> Kinds => [.. Found.Kinds.Select(kind => new ComparedKind(kind.Kind, kind.Same, kind.Different))];

    public IReadOnlyList<ComparedCentroids> Centroids =>
        [.. Found.Centroids.Select(pair => new ComparedCentroids(pair.FirstSense, pair.SecondSense, pair.Distance))];

    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of(("NearestCentroid", Found.Nearest),
        (nameof(Probe), Probe?.Linear), (nameof(Probe.Control), Probe?.Control));
}

/// <summary>Distances of words of one kind, where they mean the same and where they do not.</summary>
internal sealed record ComparedKind(string Kind, [property: JsonIgnore] Estimate Same, [property: JsonIgnore] Estimate Different)
{
    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(Same), Same), (nameof(Different), Different));
}

/// <summary>How far the centroids of two senses are apart.</summary>
internal sealed record ComparedCentroids(string Sense, string Other, double Distance);
