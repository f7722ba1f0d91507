using Pellucid.Looking;
using Pellucid.Pictures;
using Pellucid.Web.Languages;

namespace Pellucid.Cli.Tour;

/// <summary>Whether a claim holds on the model that was looked at.</summary>
internal enum Verdict
{
    Holds,
    Partly,
    No,

    /// <summary>This model cannot be asked.</summary>
    NotAsked,
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

    /// <summary>A head that was found, to be looked at.</summary>
    public Component? Head { get; set; }

    /// <summary>What the same recipe with other seeds came to, where that was recorded: their names, and this chapter.</summary>
    public IReadOnlyList<(string Name, TriedChapter Chapter)> Seeds { get; set; } = [];

    /// <summary>Whether the claim holds of some seeds, and of others not wholly.</summary>
    public bool SeedsDisagree =>
        Seeds.Any(seed => (seed.Chapter.Verdict == ChapterNumbers.Name(Verdict.Holds)) != (Alone == Verdict.Holds));

    /// <summary>Why this model cannot be asked; null where it was.</summary>
    public Phrase? NotAskedBecause { get; private init; }

    /// <summary>That of this model, or partly where seeds disagree on whether the claim holds.</summary>
    public Verdict Verdict => SeedsDisagree ? Verdict.Partly : Alone;

    /// <summary>
    /// All measures with bars reach them: it holds. It does not if a baseline is missed, without which nothing follows, or if
    /// no central measure reaches its bar, whatever the supporting ones do. Else partly.
    /// </summary>
    public Verdict Alone => NotAskedBecause is not null ? Verdict.NotAsked
        : Missed.Count == 0 ? Verdict.Holds
        : Missed.Any(measure => measure.Standing == Standing.Baseline) || !Claims.Any(measure => measure.Meets) ? Verdict.No
        : Verdict.Partly;

    /// <summary>What the claim says, as it was measured.</summary>
    public IReadOnlyList<Measure> CentralMeasures => [.. _measures.Where(measure => measure.Standing == Standing.Central)];

    public IReadOnlyList<Measure> Missed => [.. _measures.Where(measure => !measure.Meets)];

    // A chapter that marks none stands or falls with all that support it.
    private IReadOnlyList<Measure> Claims => _measures.Exists(measure => measure.Standing == Standing.Central)
        ? [.. _measures.Where(measure => measure.Standing == Standing.Central)]
        : [.. _measures.Where(measure => measure is { Bar: not null, Standing: Standing.Supporting })];

    /// <summary>A chapter that this model cannot be asked.</summary>
    public static Finding NotAsked(Phrase why) => new() { NotAskedBecause = why };

    /// <summary>A number, under what a key of the files of languages calls it.</summary>
    public void Measure(string key, double value, Unit unit, Bar? bar = null, Phrase? whyMissed = null) =>
        Measure(new Phrase(key), value, unit, bar, whyMissed);

    public void Measure(Phrase name, double value, Unit unit, Bar? bar = null, Phrase? whyMissed = null) =>
        _measures.Add(new Measure(name, value, unit, bar, whyMissed));

    /// <summary>A number with its standard error.</summary>
    public void Measure(Phrase name, Estimate value, Unit unit, Bar? bar = null, Phrase? whyMissed = null,
        Standing standing = Standing.Supporting) =>
        _measures.Add(new Measure(name, value.Mean, unit, bar, whyMissed, standing, value.StandardError));

    /// <summary>What the claim says.</summary>
    public void Central(Phrase name, Estimate value, Unit unit, Bar bar, Phrase? whyMissed = null) =>
        Measure(name, value, unit, bar, whyMissed, Standing.Central);

    /// <summary>What the claim says, of a number that nothing was drawn for.</summary>
    public void Central(Phrase name, double value, Unit unit, Bar bar, Phrase? whyMissed = null) =>
        _measures.Add(new Measure(name, value, unit, bar, whyMissed, Standing.Central));

    /// <summary>What must be so for the others to mean anything, and never counts as a pass.</summary>
    public void Baseline(Phrase name, double value, Unit unit, Bar bar, Phrase? whyMissed = null) =>
        _measures.Add(new Measure(name, value, unit, bar, whyMissed, Standing.Baseline));

    /// <summary>The same with its standard error.</summary>
    public void Baseline(Phrase name, Estimate value, Unit unit, Bar bar, Phrase? whyMissed = null) =>
        Measure(name, value, unit, bar, whyMissed, Standing.Baseline);

    /// <summary>A picture, drawn for readers of every language, over what a key of their files says of it.</summary>
    public void Show(string name, Func<Language, Picture> draw, string key) => Show(name, draw, new Phrase(key));

    public void Show(string name, Func<Language, Picture> draw, Phrase caption) =>
        _shown.Add(new Figure(name, [.. Language.All.Select(draw)], caption));

    public void Show(Sheet sheet) => _shown.Add(sheet);
}
