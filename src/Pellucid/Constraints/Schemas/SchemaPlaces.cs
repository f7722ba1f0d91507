using System.Globalization;
using System.Text.Json;

namespace Pellucid.Constraints.Schemas;

/// <summary>A schema within a schema.</summary>
/// <param name="Element">What stands there.</param>
/// <param name="Path">Where, as a JSON pointer behind #.</param>
/// <param name="Base">The address that references there are relative to.</param>
internal readonly record struct SchemaPlace(JsonElement Element, string Path, Uri Base)
{
    /// <summary>What a property of it holds.</summary>
    public SchemaPlace At(string name) => Of(Element.GetProperty(name), Escape(name));

    /// <summary>What an element of it holds.</summary>
    public SchemaPlace At(int index) => Of(Element[index], index.ToString(CultureInfo.InvariantCulture));

    private SchemaPlace Of(JsonElement element, string step) => new(element, $"{Path}/{step}", Addressed(element, Base));

    /// <summary>The address of what stands in an element: its own, if it has one.</summary>
    internal static Uri Addressed(JsonElement element, Uri around)
    {
        foreach (var name in (ReadOnlySpan<string>)["$id", "id"])
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var id)
                && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } text && text[0] != '#'
                && Uri.TryCreate(around, text, out var own))
                return new Uri(own.GetLeftPart(UriPartial.Query));
        return around;
    }

    private static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}

/// <summary>Where references lead: by pointer, by anchor, or by the address that a part of the schema gives itself.</summary>
internal sealed class SchemaPlaces
{
    private readonly Dictionary<string, SchemaPlace> _named = [];

    public SchemaPlaces(JsonElement root)
    {
        Root = new SchemaPlace(root, "#", SchemaPlace.Addressed(root, new Uri("schema:/root")));
        Name(Root);
    }

    public SchemaPlace Root { get; }

    /// <exception cref="ConstraintException">There is nothing where it leads, or it leads out of the schema.</exception>
    public SchemaPlace Find(SchemaPlace from, string reference)
    {
        ConstraintException Lost() => new($"{from.Path}/$ref leads to '{reference}', which is not in the schema");

        if (!Uri.TryCreate(from.Base, reference, out var address))
            throw Lost();
        var fragment = Uri.UnescapeDataString(address.Fragment.TrimStart('#'));
        var resource = address.GetLeftPart(UriPartial.Query);
        if (fragment.Length > 0 && fragment[0] != '/')
            return _named.TryGetValue($"{resource}#{fragment}", out var anchored) ? anchored : throw Lost();
        if (!_named.TryGetValue(resource, out var place))
            throw Lost();
        foreach (var step in fragment.Split('/').Skip(1))
        {
            var name = step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (place.Element.ValueKind == JsonValueKind.Object && place.Element.TryGetProperty(name, out _))
                place = place.At(name);
            else if (place.Element.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None,
                    CultureInfo.InvariantCulture, out var index) && index < place.Element.GetArrayLength())
                place = place.At(index);
            else
                throw Lost();
        }
        return place;
    }

    private void Name(SchemaPlace place)
    {
        if (place.Element.ValueKind == JsonValueKind.Array)
            for (var i = 0; i < place.Element.GetArrayLength(); i++)
                Name(place.At(i));
        if (place.Element.ValueKind != JsonValueKind.Object)
            return;
        _named.TryAdd(place.Base.GetLeftPart(UriPartial.Query), place);
        foreach (var name in (ReadOnlySpan<string>)["$anchor", "$dynamicAnchor", "$id", "id"])
            if (place.Element.TryGetProperty(name, out var anchor) && anchor.ValueKind == JsonValueKind.String
                && anchor.GetString() is { Length: > 0 } text && (name[^1] == 'r' || text[0] == '#'))
                _named.TryAdd($"{place.Base.GetLeftPart(UriPartial.Query)}#{text.TrimStart('#')}", place);
        foreach (var property in place.Element.EnumerateObject().DistinctBy(property => property.Name))
            if (property.Name is not ("enum" or "const" or "default" or "examples"))
                Name(place.At(property.Name));
    }
}
