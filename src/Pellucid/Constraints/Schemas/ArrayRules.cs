using Pellucid.Constraints.Grammars;

namespace Pellucid.Constraints.Schemas;

/// <summary>Makes rules for arrays.</summary>
internal sealed class ArrayRules(ValueRules values)
{
    private const int MostPlaces = 2_000, MostDemands = 4;

    /// <summary>Adds the arrays of an alternative to a rule.</summary>
    public void Add(RuleSymbol rule, Alternative alternative)
    {
        var (min, max) = AlternativeReader.Counts(alternative.Of<ItemCountFact>().Select(fact => (fact.Min, fact.Max)));
        if (max >= 0 && min > max)
            return;
        if (alternative.Of<UniqueItemsFact>().FirstOrDefault() is { } unique && max is < 0 or > 1)
            throw new ConstraintException($"{unique.Path}/uniqueItems is not supported");
        var array = new Array(values, [.. alternative.Of<ItemsFact>()], [.. alternative.Of<SomeItemFact>()], min, max);
        rule.Alternatives.Add([values.Grammar.Text("["), array.From(0, 0),
            values.Grammar.Text(values.Json.Terms.Sequence(values.Json.Space, values.Json.Terms.Literal("]")))]);
    }

    private sealed class Array
    {
        private readonly ValueRules _values;
        private readonly ItemsFact[] _items;
        private readonly SomeItemFact[] _demands;
        private readonly Dictionary<(int, int), RuleSymbol> _rules = [];
        private readonly int _min, _max, _alike;

        public Array(ValueRules values, ItemsFact[] items, SomeItemFact[] demands, int min, int max)
        {
            (_values, _items, _demands, _min, _max) = (values, items, demands, min, max);
            // from there on all places are told the same
            _alike = items.Select(fact => Math.Max(fact.From, fact.To)).Concat(demands.Select(fact => fact.From)).Append(0).Max();
            if (demands.Length > MostDemands)
                throw new ConstraintException($"contains is not supported more than {MostDemands} times for one array");
            if (_alike > MostPlaces || demands.Length > 0 && Math.Max(min, max) > MostPlaces)
                throw new ConstraintException($"an array of more than {MostPlaces} places that are told apart is not supported");
        }

        /// <summary>The items from a place on, where some demands are met already, a bit each.</summary>
        public Symbol From(int place, int met)
        {
            place = _max < 0 ? Math.Min(place, Math.Max(_alike, _min) + 1) : place;
            if (_demands.Length == 0 && place > 0 && place >= _alike)
                return _values.Grammar.Repeat(Item(place, [], comma: true), Math.Max(0, _min - place), _max < 0 ? -1 : _max - place);
            if (_rules.TryGetValue((place, met), out var known))
                return known;
            Depth.Check();
            var rule = _rules[(place, met)] = _values.Grammar.Rule("items");
            if (place >= _min && met == (1 << _demands.Length) - 1)
                rule.Alternatives.Add([]);
            if (place == _max)
                return rule;
            for (var more = 0; more < 1 << _demands.Length; more++)
                if ((more & met) == 0 && MayMeet(more, place))
                    rule.Alternatives.Add([Item(place, [.. _demands.Where((_, i) => (more >> i & 1) != 0).Select(demand => demand.Value)],
                        comma: place > 0), From(place + 1, met | more)]);
            return rule;
        }

        private bool MayMeet(int demands, int place) =>
            _demands.Index().All(demand => (demands >> demand.Index & 1) == 0 || demand.Item.From <= place);

        private RuleSymbol Item(int place, Formula[] demands, bool comma)
        {
            var value = _values.Value([.. _items.Where(fact => place >= fact.From && (fact.To < 0 || place < fact.To))
                .Select(fact => fact.Value), .. demands]);
            var before = _values.Json.Terms.Sequence(_values.Json.Terms.Literal(comma ? "," : ""), _values.Json.Space);
            return _values.Grammar.Rule("item", [_values.Grammar.Text(before), value]);
        }
    }
}
