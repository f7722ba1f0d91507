namespace Pellucid.Constraints.Schemas;

/// <summary>Makes statements, and denies them.</summary>
internal sealed class Formulas(JsonTerms json)
{
    private int _made;

    public Formula True => field ??= All();

    public Formula False => field ??= Any();

    public Formula All(params IEnumerable<Formula> parts) => parts.ToArray() is var all && all is [var one] ? one : new AllOf(_made++, all);

    public Formula Any(params IEnumerable<Formula> parts) => parts.ToArray() is var all && all is [var one] ? one : new AnyOf(_made++, all);

    public Formula Of(Fact fact) => new FactFormula(_made++, fact);

    public Formula Types(JsonTypes types) => Of(new TypeFact(types));

    public Reference Reference(Func<Formula> find) => new(_made++, find);

    /// <summary>What is true where a statement is false.</summary>
    public Formula Not(Formula formula)
    {
        if (formula.Denial is { } known)
            return known;
        Depth.Check();
        var denial = formula switch
        {
            AllOf all => Any(all.Parts.Select(Not)),
            AnyOf any => All(any.Parts.Select(Not)),
            Reference reference => Reference(() => Not(reference.Target)),
            FactFormula fact => Not(fact.Fact),
            _ => throw new InvalidOperationException("a statement that cannot be denied"),
        };
        (formula.Denial, denial.Denial) = (denial, formula);
        return denial;
    }

    private Formula Not(Fact fact) => fact switch
    {
        TypeFact type => Types(JsonTypes.All & ~type.Types),
        TextFact text => Typed(JsonTypes.String, new TextFact(json.OtherText(text.Text))),
        NumberFact number => Typed(JsonTypes.Number, new NumberFact(json.OtherNumber(number.Number))),
        ItemCountFact count => Any(Fewer(count.Min, most => Typed(JsonTypes.Array, new ItemCountFact(0, most))),
            More(count.Max, least => Typed(JsonTypes.Array, new ItemCountFact(least, -1)))),
        PropertyCountFact count => Any(Fewer(count.Min, most => Typed(JsonTypes.Object, new PropertyCountFact(0, most))),
            More(count.Max, least => Typed(JsonTypes.Object, new PropertyCountFact(least, -1)))),
        ItemsFact { To: < 0 } items => Typed(JsonTypes.Array, new SomeItemFact(items.From, Not(items.Value))),
        ItemsFact items => Any(Enumerable.Range(items.From, items.To - items.From).Select(place => All(Types(JsonTypes.Array),
            Of(new ItemCountFact(place + 1, -1)), Of(new ItemsFact(place, place + 1, Not(items.Value)))))),
        SomeItemFact some => Typed(JsonTypes.Array, new ItemsFact(some.From, -1, Not(some.Value))),
        UniqueItemsFact unique => throw new ConstraintException($"{unique.Path}: uniqueItems is not supported where it is denied"),
        RequiredFact required => Typed(JsonTypes.Object, new PropertyFact(required.Name, False)),
        PropertyFact property => All(Types(JsonTypes.Object), Of(new RequiredFact(property.Name)),
            Of(new PropertyFact(property.Name, Not(property.Value)))),
        NamesFact names => Typed(JsonTypes.Object, new SomeNameFact(names.Names, Not(names.Value))),
        SomeNameFact some => Typed(JsonTypes.Object, new NamesFact(some.Names, Not(some.Value))),
        _ => throw new InvalidOperationException("a fact that cannot be denied"),
    };

    private Formula Typed(JsonTypes types, Fact fact) => All(Types(types), Of(fact));

    private Formula Fewer(int min, Func<int, Formula> atMost) => min == 0 ? False : atMost(min - 1);

    private Formula More(int max, Func<int, Formula> atLeast) => max < 0 ? False : atLeast(max + 1);
}
