using Pellucid.Pictures;

namespace Pellucid.Cli.Tour;

/// <summary>Whether a claim holds on the model that was looked at.</summary>
internal enum Verdict
{
    Holds,
    Partly,
    No,
}

/// <summary>A picture with what there is to see in it.</summary>
internal sealed record Figure(string Name, Picture Picture, Both Caption);

/// <summary>A small table; the first column names the rows.</summary>
internal sealed record Sheet(Both Caption, IReadOnlyList<Both> Columns, IReadOnlyList<IReadOnlyList<Both>> Rows);

/// <summary>What the experiment of a chapter came to, in the order in which it was found.</summary>
internal sealed class Finding
{
    private readonly List<Measure> _measures = [];
    private readonly List<object> _shown = [];

    public IReadOnlyList<Measure> Measures => _measures;

    /// <summary>Figures and sheets.</summary>
    public IReadOnlyList<object> Shown => _shown;

    /// <summary>All measures with bars reach them: it holds. None does: no. Else partly.</summary>
    public Verdict Verdict => Missed.Count == 0 ? Verdict.Holds
        : Missed.Count == Measures.Count(measure => measure.Bar is not null) ? Verdict.No : Verdict.Partly;

    public IReadOnlyList<Measure> Missed => [.. _measures.Where(measure => !measure.Meets)];

    public void Measure(string english, string chinese, double value, Unit unit, Bar? bar = null, Both? whyMissed = null) =>
        _measures.Add(new Measure(new Both(english, chinese), value, unit, bar, whyMissed));

    public void Show(string name, Picture picture, string english, string chinese) =>
        _shown.Add(new Figure(name, picture, new Both(english, chinese)));

    public void Show(Sheet sheet) => _shown.Add(sheet);
}
