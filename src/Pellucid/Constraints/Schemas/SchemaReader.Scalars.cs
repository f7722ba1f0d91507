using System.Text.Json;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Schemas;

internal sealed partial class SchemaReader
{
    private const int LargestDivisor = 1_000_000, MostCharacters = 1_000_000;

    private static readonly (string Name, string OpenName, bool IsUpper)[] Bounds =
        [("minimum", "exclusiveMinimum", false), ("maximum", "exclusiveMaximum", true)];

    private IEnumerable<Formula> Values(SchemaFields schema)
    {
        // OpenAPI's word, which tools bring along: null too, of whatever type; a list of values says for itself whether null is one.
        var also = schema.Value("nullable") is { ValueKind: JsonValueKind.True } ? JsonTypes.Null : JsonTypes.None;
        if (schema.Value("type") is { } type)
            yield return _formulas.Types(also | (type.ValueKind == JsonValueKind.Array
                ? type.EnumerateArray().Aggregate(JsonTypes.None, (types, one) => types | Type(schema, one)) : Type(schema, type)));
        if (schema.Value("const") is { } value)
            yield return OneOf(schema.Place, [value]);
        if (schema.Value("enum") is { } values)
            yield return OneOf(schema.Place, values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()]
                : throw schema.Wrong("enum", "a list"));
    }

    private static JsonTypes Type(SchemaFields schema, JsonElement type) =>
        (type.ValueKind == JsonValueKind.String ? type.GetString() : "") switch
    {
        "null" => JsonTypes.Null,
        "boolean" => JsonTypes.Boolean,
        "integer" => JsonTypes.Whole,
        "number" => JsonTypes.Number,
        "string" => JsonTypes.String,
        "array" => JsonTypes.Array,
        "object" => JsonTypes.Object,
        "any" => JsonTypes.All,
        _ => throw schema.Wrong("type", "null, boolean, integer, number, string, array or object"),
    };

    // One of several values: those of words, numbers and texts are one statement each, however many there are.
    private Formula OneOf(SchemaPlace place, JsonElement[] values)
    {
        var (types, texts, numbers, all) = (JsonTypes.None, new List<string>(), new List<DecimalNumber>(), new List<Formula>());
        foreach (var value in values)
            switch (value.ValueKind)
            {
                case JsonValueKind.String:
                    texts.Add(value.GetString()!);
                    break;
                case JsonValueKind.Number:
                    numbers.Add(DecimalNumber.Read(value.GetRawText()) ?? throw Refused(place, "const", "has too many digits"));
                    break;
                case JsonValueKind.Object:
                    all.Add(Equal(place, value));
                    break;
                case JsonValueKind.Array:
                    all.Add(Equal(place, value));
                    break;
                default:
                    types |= value.ValueKind == JsonValueKind.Null ? JsonTypes.Null
                        : value.ValueKind == JsonValueKind.True ? JsonTypes.True : JsonTypes.False;
                    break;
            }
        if (types != JsonTypes.None)
            all.Add(_formulas.Types(types));
        if (texts.Count > 0)
        {
            var shortest = _json.Terms.Either(texts.Select(_json.Spelling));
            var told = _formulas.All(_formulas.Types(JsonTypes.String), _formulas.Of(new TextFact(shortest)));
            // denied, a text may not be there in any spelling
            told.Denial = _formulas.Any(_formulas.Types(JsonTypes.All & ~JsonTypes.String),
                _formulas.All(_formulas.Types(JsonTypes.String), _formulas.Of(new TextFact(_json.OtherNames(texts)))));
            all.Add(told);
        }
        if (numbers.Count > 0)
            all.Add(_formulas.All(_formulas.Types(JsonTypes.Number),
                _formulas.Of(new NumberFact(_json.Terms.Either(numbers.Select(_json.Equal))))));
        return _formulas.Any(all);
    }

    private Formula Equal(SchemaPlace place, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            var items = value.EnumerateArray().ToArray();
            return _formulas.All([_formulas.Types(JsonTypes.Array), _formulas.Of(new ItemCountFact(items.Length, items.Length)),
                .. items.Select((item, i) => _formulas.Of(new ItemsFact(i, i + 1, OneOf(place, [item]))))]);
        }
        var properties = value.EnumerateObject().ToArray();
        return _formulas.All([_formulas.Types(JsonTypes.Object), .. properties.SelectMany(property => new[]
            {
                _formulas.Of(new RequiredFact(property.Name)),
                _formulas.Of(new PropertyFact(property.Name, OneOf(place, [property.Value]))),
            }), _formulas.Of(Unnamed([.. properties.Select(property => property.Name)], [], _formulas.False))]);
    }

    private IEnumerable<Formula> Numbers(SchemaFields schema)
    {
        foreach (var (name, openName, isUpper) in Bounds)
        {
            // in draft 4 the open bound was a word beside the other
            var isWord = schema.Value(openName)?.ValueKind is JsonValueKind.True or JsonValueKind.False;
            var isOpen = isWord && schema.Value(openName)!.Value.GetBoolean();
            if (schema.Number(name) is { } bound)
                yield return Number(isUpper ? _json.AtMost(bound, isOpen) : _json.AtLeast(bound, isOpen));
            if (!isWord && schema.Number(openName) is { } open)
                yield return Number(isUpper ? _json.AtMost(open, true) : _json.AtLeast(open, true));
        }
        if (schema.Number("multipleOf") is { } divisor)
            yield return divisor is { IsZero: false, IsNegative: false } && divisor.Scaled <= LargestDivisor
                ? Number(_json.MultipleOf((long)divisor.Scaled, divisor.Fraction.Length))
                : throw schema.Wrong("multipleOf", $"a number above 0 with digits of {LargestDivisor} at most");
    }

    private Formula Number(Term term) => _formulas.Of(new NumberFact(term));

    private IEnumerable<Formula> Strings(SchemaFields schema)
    {
        var (min, max) = (schema.Count("minLength") ?? 0, schema.Count("maxLength") ?? -1);
        if (min > MostCharacters)
            throw schema.Wrong("minLength", $"{MostCharacters} at most");
        if (max >= 0 && min > max)
            yield return _formulas.Types(JsonTypes.All & ~JsonTypes.String);
        else if (min > 0 || max is >= 0 and <= MostCharacters)
            yield return _formulas.Of(new TextFact(_json.Length(min, max <= MostCharacters ? max : -1)));
        if (schema.Text("pattern") is { } pattern)
            yield return _formulas.Of(new TextFact(Pattern(schema.Place, "pattern", pattern)));
        if (schema.Text("format") is { } format && StringFormats.Of(format) is { } shape)
            yield return _formulas.Of(new TextFact(shape.Length > 0 ? _json.Format(shape)
                : throw Refused(schema.Place, "format", $"'{format}' is not supported")));
    }

    private Term Pattern(SchemaPlace place, string keyword, string pattern)
    {
        try
        {
            return _json.Pattern(pattern);
        }
        catch (ConstraintException error)
        {
            throw Refused(place, keyword, $"is not supported: {error.Message}");
        }
    }
}
