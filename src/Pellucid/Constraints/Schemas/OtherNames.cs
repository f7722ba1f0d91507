using Pellucid.Constraints.Grammars;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Schemas;

/// <summary>Names that a schema does not spell out but describes, and what the properties are that have them.</summary>
/// <param name="Names">What stands between the quotes.</param>
/// <param name="Value">The values.</param>
/// <param name="Met">Which demands on some property such a one meets, a bit each.</param>
internal sealed record OtherNames(Term Names, RuleSymbol Value, int Met)
{
    private const int MostClasses = 128;

    /// <summary>All names but some, in classes of which the same is told.</summary>
    public static List<OtherNames> Of(ValueRules values, Alternative told, IReadOnlyList<string> known, SomeNameFact[] demands)
    {
        var (json, terms) = (values.Json, values.Json.Terms);
        var free = json.OtherNames(known);
        var classes = new List<(Term Names, Formula[] Values)> { (free, []) };
        foreach (var fact in told.Of<NamesFact>())
        {
            var isForbidden = fact.Value is AnyOf { Parts.Length: 0 };
            var described = fact.Excluded.All(known.Contains) ? fact.Described : fact.Names;
            var parted = new List<(Term, Formula[])>();
            foreach (var (names, formulas) in classes)
            {
                var inside = described == json.AnyText ? names : terms.Both(names, described);
                var outside = described == json.AnyText ? terms.Nothing : terms.Both(names, terms.Except(described));
                if (!isForbidden && terms.IsAlive(inside))
                    parted.Add((inside, [.. formulas, fact.Value]));
                if (terms.IsAlive(outside))
                    parted.Add((outside, formulas));
            }
            classes = parted.Count <= MostClasses ? parted
                : throw new ConstraintException($"patterns that part the names of properties into more than {MostClasses} classes");
        }
        var all = new List<OtherNames>();
        foreach (var (names, formulas) in classes)
            for (var met = 0; met < 1 << demands.Length; met++)
            {
                var meant = demands.Where((_, i) => (met >> i & 1) != 0).ToArray();
                var meeting = meant.Length == 0 ? names : terms.Both([names, .. meant.Select(demand => demand.Names)]);
                if (terms.IsAlive(meeting))
                    all.Add(new OtherNames(meeting, values.Value([.. formulas, .. meant.Select(demand => demand.Value)]), met));
            }
        return all;
    }
}
