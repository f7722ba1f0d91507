using Pellucid.Files;
using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Models.Families;

/// <summary>
/// What a GGUF file says of a model's shape, key by key: those that begin with the name of its architecture. Whoever
/// understands a key takes it; what nobody has taken in the end is not understood, and stops the load.
/// </summary>
/// <param name="reader">The file.</param>
/// <param name="architecture">What <c>general.architecture</c> says.</param>
/// <param name="hasTensor">Whether the model has a tensor, which says of some of its parts whether they are there.</param>
internal sealed class GgufFields(GgufReader reader, string architecture, Func<string, bool> hasTensor)
{
    private readonly HashSet<string> _understood = [];

    /// <summary>The architecture, without which keys stand here.</summary>
    public string Architecture => architecture;

    /// <summary>The file that messages name.</summary>
    public string Path => reader.Path;

    /// <summary>Whether a key is there.</summary>
    public bool Has(string name) => reader.Metadata.Contains($"{architecture}.{name}");

    /// <summary>Whether the model has a tensor.</summary>
    public bool HasTensor(string name) => hasTensor(name);

    /// <summary>A whole number that must be there, within bounds.</summary>
    public int RequiredInteger(string name, int lowest = 1, int highest = int.MaxValue) =>
        Integer(name, lowest, highest) ?? throw Missing(name);

    /// <summary>A whole number within bounds, or null where the key is absent.</summary>
    public int? Integer(string name, int lowest = 1, int highest = int.MaxValue) => (int?)Take(name)?.Integer(lowest, highest);

    /// <summary>A whole number that a file may say for every layer; all must be the same.</summary>
    public int? OfAllLayers(string name, int layers, int highest = int.MaxValue)
    {
        if (Take(name) is not { } value)
            return null;
        if (value.Type != GgufValueType.Array)
            return (int)value.Integer(1, highest);
        if (value.Count != layers)
            throw value.Refusal($"has {value.Count} elements for {layers} blocks");
        var numbers = value.Elements().Select(element => (int)element.Integer(1, highest)).Distinct().Take(2).ToArray();
        return numbers is [var same] ? same
            : throw value.Refusal($"says {numbers[0]} of one block and {numbers[1]} of another; blocks that differ so cannot be computed");
    }

    /// <summary>A finite number above a bound, or null where the key is absent.</summary>
    public double? Above(double bound, string name) => Take(name) is not { } value ? null
        : value.Number() is var number && number > bound && double.IsFinite(number) ? Decimals.Of(value)
        : throw value.Refusal($"is {number}, but must be finite and above {bound}");

    /// <summary>A finite number above 0, or null where the key is absent.</summary>
    public double? Positive(string name) => Above(0, name);

    /// <summary>A finite number above 0 that must be there.</summary>
    public double RequiredPositive(string name) => Positive(name) ?? throw Missing(name);

    /// <summary>A text, or null where the key is absent.</summary>
    public string? Text(string name) => Take(name)?.Text();

    /// <summary>The value of a key, or null; it counts as understood.</summary>
    public GgufValue? Take(string name)
    {
        _understood.Add(name);
        return reader.Metadata.Find($"{architecture}.{name}");
    }

    /// <summary>A table of numbers above 0, one for each turned pair, or null where there is none.</summary>
    /// <exception cref="InvalidDataException">It has another length, or other numbers.</exception>
    public float[]? Table(string name, int length)
    {
        if (reader.Find(name) is not { } tensor)
            return null;
        if (tensor.Shape is not [var count] || count != length)
            throw new InvalidDataException(
                $"{Path}: tensor {name} is ({string.Join(", ", tensor.Shape)}), but the keys call for ({length})");
        var numbers = reader.ReadFloat32(tensor);
        return Array.FindIndex(numbers, number => !(number > 0 && float.IsFinite(number))) is >= 0 and var other
            ? throw new InvalidDataException($"{Path}: tensor {name} holds {numbers[other]} at element {other}; numbers above 0 are needed")
            : numbers;
    }

    /// <summary>Rows of the table of tokens.</summary>
    public int Vocabulary()
    {
        var table = reader.Find(GgufNames.TokenTable)
            ?? throw new InvalidDataException($"{Path}: tensor {GgufNames.TokenTable} is missing");
        if (table.Shape.Count != 2 || table.Shape[0] > int.MaxValue)
            throw new InvalidDataException(
                $"{Path}: tensor {table.Name} is ({string.Join(", ", table.Shape)}), which is no table of tokens");
        return Take("vocab_size") is not { } promised || promised.Integer() == table.Shape[0] ? (int)table.Shape[0]
            : throw promised.Refusal($"is {promised.Integer()}, but {table.Name} has {table.Shape[0]} rows");
    }

    /// <summary>Keys that change nothing of what is computed, whatever they say.</summary>
    public void Harmless(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            _understood.Add(name);
    }

    /// <summary>Refuses a key that is there and says another number.</summary>
    public void MustBe(string name, double only)
    {
        if (Take(name) is { } value && Numeric(value) is var number && number != only)
            throw value.Refusal($"is {number}, which cannot be computed");
    }

    /// <summary>Refuses a key that is there and says another truth.</summary>
    public void MustBe(string name, bool only)
    {
        if (Take(name) is { } value && value.Flag() != only)
            throw value.Refusal($"is {(only ? "false" : "true")}, which cannot be computed");
    }

    /// <summary>Refuses what nobody has taken.</summary>
    /// <exception cref="InvalidDataException">The first such key.</exception>
    public void RequireAllUnderstood()
    {
        foreach (var key in reader.Metadata.Keys)
            if (key.StartsWith(architecture + ".", StringComparison.Ordinal) && !_understood.Contains(key[(architecture.Length + 1)..]))
                throw reader.Metadata.Require(key).Refusal($"is none that a model of architecture {Excerpt.Of(architecture)} "
                    + "is known to have, so what it changes cannot be computed");
    }

    private static double Numeric(GgufValue value) =>
        value.Type is GgufValueType.Float32 or GgufValueType.Float64 ? value.Number() : value.Integer();

    private InvalidDataException Missing(string name) => new($"{Path}: key {architecture}.{name} is missing");
}
