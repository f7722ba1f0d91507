using System.Text;
using System.Text.Json;
using Pellucid.Files;
using static System.FormattableString;

namespace Pellucid.Models.Families;

/// <summary>
/// What a configuration file says, field by field. Whoever understands a field takes it; what nobody has taken in the end is
/// not understood, and stops the load.
/// </summary>
internal sealed class ConfigFields
{
    /// <summary>Reads an element of a list; null where it does not take it.</summary>
    public delegate T? Element<T>(ref Utf8JsonReader json) where T : struct;

    private const int Deepest = 16, MostFields = 1000, LongestExcerpt = 400;

    private readonly Dictionary<string, Range> _fields = []; // where in the text a value stands: most of them nobody needs
    private readonly HashSet<string> _understood = [];
    private readonly List<ConfigFields> _within = [];
    private readonly byte[] _text;
    private readonly string _path; // what messages put before a field's name

    private ConfigFields(byte[] text, string path) => (_text, _path) = (text, path);

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="JsonException">It is no object, or says something twice.</exception>
    public static ConfigFields Parse(byte[] text) => Parse(text, "");

    private static ConfigFields Parse(byte[] text, string path)
    {
        var json = JsonWalk.Begin(text, Deepest);
        var fields = new ConfigFields(text, path);
        json.Enter(JsonTokenType.StartObject);
        while (json.NextField())
        {
            var name = json.GetString()!;
            json.Read();
            var start = (int)json.TokenStartIndex;
            json.Skip();
            if (!fields._fields.TryAdd(name, start..(int)json.BytesConsumed))
                throw new JsonException($"'{Excerpt.Of(name)}' is there twice");
            if (fields._fields.Count > MostFields)
                throw new JsonException($"it has more than {MostFields} fields");
        }
        json.End();
        return fields;
    }

    /// <summary>Names of all fields, in the order of the text.</summary>
    public IEnumerable<string> Names => _fields.Keys;

    /// <summary>Whether the field is there, be it null.</summary>
    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>What an object says, or null where the field is absent or null; all of it must be understood too.</summary>
    public ConfigFields? Object(string name)
    {
        if (Take(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            throw Refusal(name, "an object");
        var within = Parse(_text.AsSpan(_fields[name]).ToArray(), $"{_path}{name}.");
        _within.Add(within);
        return within;
    }

    /// <summary>A list, each of its elements read by a function that says null to what it does not take;
    /// null where the field is absent or null.</summary>
    public T[]? List<T>(string name, Element<T> element, string needed) where T : struct
    {
        _understood.Add(name);
        if (!_fields.TryGetValue(name, out var place) || IsNull(place))
            return null;
        var json = new Utf8JsonReader(_text.AsSpan(place), new JsonReaderOptions { MaxDepth = Deepest });
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
            throw Refusal(name, needed);
        var items = new List<T>();
        while (json.NextElement())
            items.Add(element(ref json) ?? throw Refusal(name, needed));
        return [.. items];
    }

    /// <summary>A whole number that must be there.</summary>
    public int RequiredInteger(string name, string? otherName = null) =>
        Integer(name, otherName) ?? throw Missing(name);

    /// <summary>A whole number, or null where it is absent or null under both of its names.</summary>
    public int? Integer(string name, string? otherName = null)
    {
        var (number, other) = (WholeNumber(name), otherName is null ? null : WholeNumber(otherName));
        if (number is not null && other is not null && number != other)
            throw new FormatException($"'{name}' is {number} and '{otherName}' is {other}, which mean the same");
        return number ?? other;
    }

    /// <summary>A number, or null where the field is absent or null.</summary>
    public double? Number(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number
        : throw Refusal(name, "a number");

    /// <summary>A number that must be there and above 0.</summary>
    public double RequiredPositive(string name) => Positive(name) ?? throw Missing(name);

    /// <summary>A number above 0, or null where the field is absent or null.</summary>
    public double? Positive(string name) => Number(name) is not { } number ? null
        : number > 0 ? number : throw Refusal(name, "a number above 0");

    /// <summary>The epsilon of a normalisation: a number that is not negative.</summary>
    public float Epsilon(string name, float otherwise) => Number(name) is not { } epsilon ? otherwise
        : epsilon >= 0 && float.IsFinite((float)epsilon) ? (float)epsilon
        : throw Refusal(name, "a number that is not negative");

    /// <summary>A truth, or null where the field is absent or null.</summary>
    public bool? Truth(string name) => Take(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Refusal(name, "true or false");

    /// <summary>A text, or null where the field is absent or null.</summary>
    public string? Text(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Refusal(name, "a text");

    /// <summary>Fields that change nothing of what is computed, whatever they say.</summary>
    public void Harmless(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            _understood.Add(name);
    }

    /// <summary>Fields that change nothing as long as they are false, null, 0, empty or absent.</summary>
    /// <exception cref="FormatException">One of them asks for something.</exception>
    public void MustBeOff(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            MustBeOffSince("", name);
    }

    /// <summary>Refuses a field that asks for something, and says what can be had instead.</summary>
    /// <exception cref="FormatException">It does.</exception>
    public void MustBeOffSince(string reason, string name)
    {
        if (Take(name) is { } value && !IsOff(value))
            throw new FormatException($"'{_path}{name}' is {Written(_fields[name])}, which cannot be computed{reason}");
    }

    /// <summary>Refuses a field that is there and says another number.</summary>
    /// <exception cref="FormatException">It does.</exception>
    public void MustBe(string name, double only)
    {
        if (Number(name) is { } number && number != only)
            throw Refusal(name, Invariant($"{only}"));
    }

    /// <summary>Refuses what nobody has taken; a field that is null says nothing.</summary>
    /// <exception cref="FormatException">The first such field, by name and value.</exception>
    public void RequireAllUnderstood(ModelFamily family) => RequireAllUnderstood(
        $"a model of the family '{family.Name}' knows no such field, so what it changes cannot be computed");

    /// <summary>The same of another file than a model's shape.</summary>
    /// <param name="reason">Why it is refused.</param>
    /// <exception cref="FormatException">The first such field, by name and value.</exception>
    public void RequireAllUnderstood(string reason)
    {
        foreach (var (name, place) in _fields)
            if (!_understood.Contains(name) && !IsNull(place))
                throw new FormatException($"'{_path}{Excerpt.Of(name)}' is {Written(place)}; {reason}");
        foreach (var within in _within)
            within.RequireAllUnderstood(reason);
    }

    /// <summary>What a field says, whatever its kind, or null where it is absent or null.</summary>
    public JsonElement? Value(string name) => Take(name);

    /// <summary>Refuses a value.</summary>
    public FormatException Refusal(string name, string needed) =>
        new($"'{_path}{name}' is {Written(_fields[name])}, where {needed} is needed");

    private int? WholeNumber(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
        : throw Refusal(name, "a whole number");

    private FormatException Missing(string name) => new($"'{_path}{name}' is missing");

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.False or JsonValueKind.Null => true,
        JsonValueKind.Number => value.TryGetDouble(out var number) && number == 0,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    // A field that is null says nothing.
    private JsonElement? Take(string name)
    {
        _understood.Add(name);
        return _fields.TryGetValue(name, out var place) && !IsNull(place) ? Value(place) : null;
    }

    // Only null begins so, since what stands there has been read once.
    private bool IsNull(Range place) => _text[place.Start.Value] == (byte)'n';

    // Cut before it becomes a text: a list may be nearly as long as the file.
    private string Written(Range place) =>
        Excerpt.Of(Encoding.UTF8.GetString(_text.AsSpan(place)[..Math.Min(LongestExcerpt, place.End.Value - place.Start.Value)]));

    private JsonElement Value(Range place)
    {
        var json = new Utf8JsonReader(_text.AsSpan(place), new JsonReaderOptions { MaxDepth = Deepest });
        return JsonElement.ParseValue(ref json);
    }
}
