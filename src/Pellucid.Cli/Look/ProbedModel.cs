using System.Text.Json.Serialization;
using Pellucid.Looking;
using Pellucid.Looking.Probes;

namespace Pellucid.Cli.Look;

/// <summary>What can be read off a model's states, and where.</summary>
internal sealed record ProbedModel([property: JsonIgnore] ModelResult About, IReadOnlyDictionary<string, string> Meanings, ulong Seed,
    string Ablation, string Layers, IReadOnlyList<ProbedTask> Tasks) : ModelResult(About);

/// <summary>What was probed for, place by place.</summary>
internal sealed record ProbedTask(string Task, int Training, int Examination, int Labels, double Majority,
    [property: JsonIgnore] Estimate Expected, [property: JsonIgnore] Estimate Gain, double CentreOfGravity, double KlFromUniform,
    IReadOnlyList<TaskAtPlace> Places)
{
    public double ExpectedLayer => Expected.Mean;

    public double ExpectedLayerStandardError => Expected.StandardError;

    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(Gain), Gain));

    public static ProbedTask Of(ProbeReport report) => new(report.Task.Name, report.Task.Training.Count, report.Task.Examination.Count,
        report.Task.Labels.Count, report.Task.Majority,
        // A few examples more or less decide where a gain within chance lies.
        report.Cumulative.Gains ? report.Cumulative.ExpectedLayer : new Estimate(double.NaN, double.NaN, 0), report.Cumulative.Gain,
        report.Cumulative.CentreOfGravity, report.Cumulative.Peakedness, [.. report.Places.Select(place => new TaskAtPlace(place))]);
}

/// <summary>What probes make of one place; layer −1 is the embedding.</summary>
internal sealed record TaskAtPlace([property: JsonIgnore] ProbedPlace Found)
{
    public int Layer => Found.Place - 1;

    public double Selectivity => Found.Selectivity;

    public double Weight => Found.Weight;

    [JsonExtensionData]
    public Dictionary<string, object?> Numbers => Means.Of((nameof(Found.Linear), Found.Linear), (nameof(Found.TwoLayer), Found.TwoLayer),
        (nameof(Found.Control), Found.Control), (nameof(Found.Untrained), Found.Untrained),
        (nameof(Found.Cumulative), Found.Cumulative));
}
