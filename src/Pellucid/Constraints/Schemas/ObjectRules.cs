using Pellucid.Constraints.Grammars;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Schemas;

/// <summary>
/// Makes rules for objects. Properties that the schema names come in its order, each once; others after them.
/// </summary>
internal sealed class ObjectRules(ValueRules values)
{
    private const int MostDemands = 4;

    /// <summary>Adds the objects of an alternative to a rule.</summary>
    public void Add(RuleSymbol rule, Alternative alternative)
    {
        var (min, max) = AlternativeReader.Counts(alternative.Of<PropertyCountFact>().Select(fact => (fact.Min, fact.Max)));
        if (max >= 0 && min > max)
            return;
        if (alternative.Of<SomeNameFact>().Count() > MostDemands)
            throw new ConstraintException($"more than {MostDemands} demands on some property of one object are not supported");
        var written = new Writer(values, alternative, min, max);
        rule.Alternatives.Add([values.Grammar.Text("{"), written.From(0, false, 0, 0),
            values.Grammar.Text(values.Json.Terms.Sequence(values.Json.Space, values.Json.Terms.Literal("}")))]);
    }

    private sealed class Writer
    {
        private readonly ValueRules _values;
        private readonly JsonTerms _json;
        private readonly string[] _names;
        private readonly HashSet<string> _required;
        private readonly Alternative _told;
        private readonly SomeNameFact[] _demands;
        private readonly int _min, _max;
        private readonly Dictionary<(int, bool, int, int), RuleSymbol> _rules = [];
        private readonly Dictionary<(Term, bool), TermSymbol> _keys = [];
        private readonly List<OtherNames> _others;

        public Writer(ValueRules values, Alternative told, int min, int max)
        {
            (_values, _json, _told, _min, _max, _demands) = (values, values.Json, told, min, max, [.. told.Of<SomeNameFact>()]);
            _required = [.. told.Of<RequiredFact>().Select(fact => fact.Name)];
            _names = [.. told.Of<PropertyFact>().Select(fact => fact.Name).Concat(_required).Distinct()];
            _others = OtherNames.Of(values, told, _names, _demands);
        }

        /// <summary>The properties from one name on.</summary>
        /// <param name="place">Which of the schema's names is next.</param>
        /// <param name="isLater">Whether there was a property before.</param>
        /// <param name="count">Properties before, as far as that matters.</param>
        /// <param name="met">Demands that are met, a bit each.</param>
        public RuleSymbol From(int place, bool isLater, int count, int met)
        {
            if (_rules.TryGetValue((place, isLater, count, met), out var known))
                return known;
            Depth.Check();
            var rule = _rules[(place, isLater, count, met)] = _values.Grammar.Rule("properties");
            var isFull = _max >= 0 && count == _max;
            if (place == _names.Length)
            {
                if (count >= _min && met == (1 << _demands.Length) - 1)
                    rule.Alternatives.Add([]);
                foreach (var other in isFull ? [] : _others)
                    if ((other.Met & met) == 0)
                        rule.Alternatives.Add([Key(other.Names, isLater), other.Value, From(place, true, Counted(count), met | other.Met)]);
                return rule;
            }
            var name = _names[place];
            if (!_required.Contains(name))
                rule.Alternatives.Add([From(place + 1, isLater, count, met)]);
            var told = Told(name).ToArray();
            if (isFull || told.Any(value => value is AnyOf { Parts.Length: 0 }))
                return rule;
            var meets = _demands.Index().Where(demand => _json.Contains(demand.Item.Names, name)).Sum(demand => 1 << demand.Index);
            for (var more = 0; more <= meets; more++)
                if ((more & ~meets) == 0 && (more & met) == 0)
                    rule.Alternatives.Add([Key(_json.Spelling(name), isLater),
                        _values.Value([.. told, .. _demands.Where((_, i) => (more >> i & 1) != 0).Select(demand => demand.Value)]),
                        From(place + 1, true, Counted(count), met | more)]);
            return rule;
        }

        // Counts matter up to a bound.
        private int Counted(int count) => _max >= 0 ? count + 1 : Math.Min(count + 1, _min);

        private IEnumerable<Formula> Told(string name) =>
            _told.Of<PropertyFact>().Where(fact => fact.Name == name).Select(fact => fact.Value)
            .Concat(_told.Of<NamesFact>().Where(fact => _json.Contains(fact.Names, name)).Select(fact => fact.Value));

        private TermSymbol Key(Term name, bool isLater) => _keys.TryGetValue((name, isLater), out var known) ? known
            : _keys[(name, isLater)] = _values.Grammar.Text(_json.Terms.Sequence(_json.Terms.Literal(isLater ? "," : ""), _json.Space,
                _json.Quoted(name), _json.Terms.Literal(":"), _json.Space));
    }
}
