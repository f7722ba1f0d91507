using Pellucid.Pictures;
using Pellucid.Web.Languages;

namespace Pellucid.Cli.Tour;

/// <summary>Whether a claim holds on the model that was looked at.</summary>
internal enum Verdict
{
    Holds,
    Partly,
    No,
}

/// <summary>A picture with what there is to see in it.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="Pictures">One for each of <see cref="Language.All"/>, in their order.</param>
/// <param name="Caption">What there is to see.</param>
internal sealed record Figure(string Name, IReadOnlyList<Picture> Pictures, Phrase Caption);

/// <summary>A small table; the first column names the rows.</summary>
internal sealed record Sheet(Phrase Caption, IReadOnlyList<Phrase> Columns, IReadOnlyList<IReadOnlyList<Phrase>> Rows);

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

    /// <summary>A number, under what a key of the files of languages calls it.</summary>
    public void Measure(string key, double value, Unit unit, Bar? bar = null, Phrase? whyMissed = null) =>
        Measure(new Phrase(key), value, unit, bar, whyMissed);

    public void Measure(Phrase name, double value, Unit unit, Bar? bar = null, Phrase? whyMissed = null) =>
        _measures.Add(new Measure(name, value, unit, bar, whyMissed));

    /// <summary>A picture, drawn for readers of every language, over what a key of their files says of it.</summary>
    public void Show(string name, Func<Language, Picture> draw, string key) => Show(name, draw, new Phrase(key));

    public void Show(string name, Func<Language, Picture> draw, Phrase caption) =>
        _shown.Add(new Figure(name, [.. Language.All.Select(draw)], caption));

    public void Show(Sheet sheet) => _shown.Add(sheet);
}
