using System.Text.Json;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Schemas;

internal sealed partial class SchemaReader
{
    private IEnumerable<Formula> Objects(SchemaFields schema)
    {
        var (names, patterns) = (new List<string>(), new List<Term>());
        foreach (var (name, value) in schema.Named("properties"))
        {
            names.Add(name);
            yield return _formulas.Of(new PropertyFact(name, Whole(value)));
        }
        foreach (var (pattern, value) in schema.Named("patternProperties"))
        {
            patterns.Add(Pattern(schema.Place, "patternProperties", pattern));
            yield return _formulas.Of(new NamesFact(patterns[^1], Whole(value)));
        }
        if (Others(schema, "additionalProperties", "unevaluatedProperties") is { } others)
            yield return _formulas.Of(Unnamed(names, patterns, Whole(others)));
        if (schema.Schema("propertyNames") is { } propertyNames)
            yield return _formulas.Reference(() => _formulas.Of(new NamesFact(_json.OtherText(Names(At(propertyNames))), _formulas.False)));
        foreach (var name in schema.Texts("required"))
            yield return _formulas.Of(new RequiredFact(name));
        var (min, max) = (schema.Count("minProperties") ?? 0, schema.Count("maxProperties") ?? -1);
        if (min > 0 || max >= 0)
            yield return _formulas.Of(new PropertyCountFact(min, max));
        foreach (var keyword in (string[])["dependencies", "dependentRequired", "dependentSchemas"])
            foreach (var (name, needed) in schema.Named(keyword))
                yield return Dependent(schema, keyword, name, needed);
    }

    private NamesFact Unnamed(List<string> names, List<Term> patterns, Formula value)
    {
        var others = _json.OtherNames(names);
        var described = patterns.Count == 0 ? _json.AnyText : _json.Terms.Both([_json.AnyText, .. patterns.Select(_json.Terms.Except)]);
        var all = patterns.Count == 0 ? others : _json.Terms.Both([others, .. patterns.Select(_json.Terms.Except)]);
        return new NamesFact(all, value) { Excluded = names, Described = described };
    }

    // Where an object has a property, something else is true of it too.
    private Formula Dependent(SchemaFields schema, string keyword, string name, SchemaPlace needed)
    {
        Formula Required(JsonElement one) => one.ValueKind == JsonValueKind.String ? _formulas.Of(new RequiredFact(one.GetString()!))
            : throw schema.Wrong(keyword, "lists of texts");

        var told = needed.Element.ValueKind == JsonValueKind.String ? Required(needed.Element)
            : needed.Element.ValueKind == JsonValueKind.Array ? _formulas.All(needed.Element.EnumerateArray().Select(Required))
            : At(needed);
        return _formulas.Any(_formulas.Types(JsonTypes.All & ~JsonTypes.Object), _formulas.Of(new PropertyFact(name, _formulas.False)),
            _formulas.All(_formulas.Of(new RequiredFact(name)), told));
    }

    // False is told as such, so that what it forbids is seen at once.
    private Formula Whole(SchemaPlace place) => place.Element.ValueKind == JsonValueKind.False ? _formulas.False : At(place);

    // Names of which a statement is true, as strings.
    private Term Names(Formula formula) => _json.Terms.Either(_alternatives.Read([formula])
        .Where(alternative => alternative.Types.HasFlag(JsonTypes.String)).Select(_alternatives.Texts));

    // What no other keyword has told of; where other schemas are applied, only following them could say what that is.
    private static SchemaPlace? Others(SchemaFields schema, string plain, string unevaluated)
    {
        if (schema.Schema(unevaluated) is not { } others || others.Element.ValueKind == JsonValueKind.True)
            return schema.Schema(plain);
        if (Array.Find(Applicators, schema.Has) is { } applicator)
            throw Refused(schema.Place, unevaluated, $"is not supported beside {applicator}");
        return schema.Schema(plain) ?? others;
    }

    private IEnumerable<Formula> Arrays(SchemaFields schema)
    {
        var isList = schema.Value("items")?.ValueKind == JsonValueKind.Array; // before 2020-12
        var first = schema.List(isList ? "items" : "prefixItems").ToArray();
        for (var i = 0; i < first.Length; i++)
            yield return _formulas.Of(new ItemsFact(i, i + 1, Whole(first[i])));
        var plain = isList ? "additionalItems" : "items";
        if (schema.Has("contains") && schema.Schema("unevaluatedItems") is { Element.ValueKind: not JsonValueKind.True })
            throw Refused(schema.Place, "unevaluatedItems", "is not supported beside contains");
        if (Others(schema, plain, "unevaluatedItems") is { } rest)
            yield return rest.Element.ValueKind == JsonValueKind.False ? _formulas.Any(_formulas.Types(JsonTypes.All & ~JsonTypes.Array),
                _formulas.Of(new ItemCountFact(0, first.Length))) : _formulas.Of(new ItemsFact(first.Length, -1, At(rest)));
        var (min, max) = (schema.Count("minItems") ?? 0, schema.Count("maxItems") ?? -1);
        if (min > 0 || max >= 0)
            yield return _formulas.Of(new ItemCountFact(min, max));
        if (schema.Value("uniqueItems") is { ValueKind: JsonValueKind.True })
            yield return _formulas.Of(new UniqueItemsFact(schema.Place.Path));
        if (schema.Schema("contains") is { } some)
        {
            if (schema.Count("minContains") is > 1)
                throw Refused(schema.Place, "minContains", "above 1 is not supported");
            if (schema.Has("maxContains"))
                throw Refused(schema.Place, "maxContains", "is not supported");
            if (schema.Count("minContains") != 0)
                yield return _formulas.Of(new SomeItemFact(0, At(some)));
        }
    }
}
