using System.Text.Json;

namespace Pellucid.Constraints.Schemas;

/// <summary>
/// Reads a schema as statements. Keywords that only describe are passed over, as JSON Schema has it of any word that it does not know;
/// those that it does know, and that are not supported, are refused.
/// </summary>
internal sealed partial class SchemaReader
{
    private static readonly string[] Unsupported =
        ["$dynamicRef", "$recursiveRef", "extends", "disallow", "divisibleBy"];

    private static readonly string[] Applicators =
        ["$ref", "allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas", "dependencies"];

    // Of these drafts a reference stands alone; what is beside it says nothing.
    private static readonly string[] DraftsOfLoneReferences = ["draft-03", "draft-04", "draft-05", "draft-06", "draft-07"];

    private readonly SchemaPlaces _places;
    private readonly JsonTerms _json;
    private readonly Formulas _formulas;
    private readonly AlternativeReader _alternatives;
    private readonly Dictionary<string, Reference> _references = [];
    private readonly HashSet<string> _following = [];
    private readonly bool _loneReferences;

    public SchemaReader(JsonElement schema, JsonTerms json, Formulas formulas, AlternativeReader alternatives)
    {
        (_places, _json, _formulas, _alternatives) = (new SchemaPlaces(schema), json, formulas, alternatives);
        _loneReferences = schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$schema", out var draft)
            && draft.ValueKind == JsonValueKind.String && DraftsOfLoneReferences.Any(draft.GetString()!.Contains);
    }

    /// <summary>What the whole schema says.</summary>
    public Formula Root() => At(_places.Root);

    // What is said at a place. It is read when it is asked for, so that it may lead back to itself.
    private Reference At(SchemaPlace place)
    {
        if (!_references.TryGetValue(place.Path, out var known))
            _references[place.Path] = known = _formulas.Reference(() => Read(place));
        return known;
    }

    private Formula Read(SchemaPlace place)
    {
        if (place.Element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return place.Element.GetBoolean() ? _formulas.True : _formulas.False;
        if (place.Element.ValueKind != JsonValueKind.Object)
            throw Refused(place, "", "is no schema: neither an object nor true or false");
        var schema = new SchemaFields(place);
        if (schema.Duplicate is { } twice)
            throw Refused(place, twice, "stands there twice");
        foreach (var name in Unsupported)
            if (schema.Has(name))
                throw Refused(place, name, "is not supported");
        if (_loneReferences && schema.Has("$ref"))
            return Referred(schema);
        List<Formula> all = [.. Values(schema), .. Numbers(schema), .. Strings(schema), .. Objects(schema), .. Arrays(schema)];
        if (schema.Has("$ref"))
            all.Add(Referred(schema));
        all.AddRange(Joined(schema));
        return _formulas.All(all);
    }

    private Formula Referred(SchemaFields schema)
    {
        var target = _places.Find(schema.Place, schema.Text("$ref")!);
        // a chain of references alone that comes back to where it was says nothing that could be true or false
        if (!_following.Add(schema.Place.Path))
            throw Refused(schema.Place, "$ref", "leads back to itself");
        try
        {
            return target.Element.ValueKind == JsonValueKind.Object && target.Element.TryGetProperty("$ref", out _)
                ? At(target).Target : At(target);
        }
        finally
        {
            _following.Remove(schema.Place.Path);
        }
    }

    private IEnumerable<Formula> Joined(SchemaFields schema)
    {
        foreach (var part in schema.List("allOf"))
            yield return At(part);
        if (schema.Has("anyOf"))
            yield return _formulas.Any(schema.List("anyOf").Select(At));
        if (schema.Has("oneOf"))
            yield return ExactlyOne([.. schema.List("oneOf").Select(At)]);
        if (schema.Schema("not") is { } not)
            yield return _formulas.Not(At(not));
        if (schema.Schema("if") is { } condition && (schema.Has("then") || schema.Has("else")))
            yield return _formulas.Any(
                _formulas.All(At(condition), schema.Schema("then") is { } then ? At(then) : _formulas.True),
                _formulas.All(_formulas.Not(At(condition)), schema.Schema("else") is { } other ? At(other) : _formulas.True));
    }

    // Where two are never true together, one need not be denied for the other's sake. That is looked at when values are made of it:
    // by then all places can be followed.
    private Reference ExactlyOne(Formula[] parts) => _formulas.Reference(() => _formulas.Any(parts.Select((part, i) => _formulas.All(
        [part, .. parts.Where((other, j) => j != i && !_alternatives.AreContrary([part, other])).Select(_formulas.Not)]))));

    private static ConstraintException Refused(SchemaPlace place, string keyword, string why) =>
        new($"{place.Path}{(keyword.Length > 0 ? "/" : "")}{keyword} {why}");
}
