using Pellucid.Constraints.Grammars;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Schemas;

/// <summary>Makes rules of statements: what is written where a value must be so.</summary>
internal sealed class ValueRules
{
    private readonly Dictionary<string, RuleSymbol> _rules = [];
    private readonly Queue<(RuleSymbol Rule, Formula[] Formulas)> _open = [];
    private readonly ObjectRules _objects;
    private readonly ArrayRules _arrays;

    public ValueRules(Grammar grammar, JsonTerms json, Formulas formulas)
    {
        (Grammar, Json, Formulas, Alternatives) = (grammar, json, formulas, new AlternativeReader(json));
        (_objects, _arrays) = (new ObjectRules(this), new ArrayRules(this));
    }

    public Grammar Grammar { get; }

    public JsonTerms Json { get; }

    public Formulas Formulas { get; }

    public AlternativeReader Alternatives { get; }

    /// <summary>The rule for values of which all those statements are true.</summary>
    public RuleSymbol Value(IEnumerable<Formula> formulas)
    {
        var all = formulas.DistinctBy(formula => formula.Id).OrderBy(formula => formula.Id).ToArray();
        var name = string.Join(' ', all.Select(formula => formula.Id));
        if (_rules.TryGetValue(name, out var known))
            return known;
        var rule = Grammar.Rule("value");
        _open.Enqueue((rule, all));
        return _rules[name] = rule;
    }

    /// <summary>The closed grammar of values that a statement is true of.</summary>
    public Grammar Close(Formula formula) => Close(Value([formula]));

    /// <summary>The closed grammar of texts in which such values stand.</summary>
    public Grammar Close(Symbol root)
    {
        while (_open.TryDequeue(out var next))
            Fill(next.Rule, next.Formulas);
        return Grammar.Close(root);
    }

    private void Fill(RuleSymbol rule, Formula[] formulas)
    {
        var scalars = new List<Term>();
        foreach (var alternative in Alternatives.Read(formulas))
        {
            var types = alternative.Types;
            foreach (var (type, word) in (ReadOnlySpan<(JsonTypes, string)>)
                [(JsonTypes.Null, "null"), (JsonTypes.False, "false"), (JsonTypes.True, "true")])
                if (types.HasFlag(type))
                    scalars.Add(Json.Terms.Literal(word));
            if (types.HasFlag(JsonTypes.String))
                scalars.Add(Json.Quoted(Alternatives.Texts(alternative)));
            if ((types & JsonTypes.Number) != 0)
                scalars.Add(Alternatives.Numbers(alternative));
            if (types.HasFlag(JsonTypes.Array))
                _arrays.Add(rule, alternative);
            if (types.HasFlag(JsonTypes.Object))
                _objects.Add(rule, alternative);
        }
        var text = Json.Terms.Either(scalars);
        if (text != Json.Terms.Nothing)
            rule.Alternatives.Add([Grammar.Text(text)]);
    }
}
