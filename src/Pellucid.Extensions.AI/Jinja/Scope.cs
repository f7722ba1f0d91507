using System.Text;

namespace Pellucid.Extensions.AI.Jinja;

/// <summary>Names and their values; those of a loop are gone after it.</summary>
internal sealed class Scope(Scope? outer, StringBuilder output)
{
    private const int MostCharacters = 16 << 20;

    private readonly Dictionary<string, object?> _names = [];

    /// <summary>What was written so far.</summary>
    public StringBuilder Output => output;

    public object? this[string name]
    {
        get => _names.TryGetValue(name, out var value) ? value : outer?[name];
        set => _names[name] = value;
    }

    /// <summary>Writes; a template without an end is cut off.</summary>
    public void Write(string text)
    {
        if (output.Length + text.Length > MostCharacters)
            throw new InvalidDataException($"the chat template writes more than {MostCharacters} characters");
        output.Append(text);
    }

    /// <summary>A function of that name.</summary>
    public object? Call(string name, IReadOnlyList<object?> arguments, Dictionary<string, object?> named) => name switch
    {
        "raise_exception" => throw new ArgumentException(Values.Text(arguments.FirstOrDefault())),
        "namespace" or "dict" => named,
        "range" => Range(arguments),
        _ => throw new InvalidDataException($"the chat template calls '{name}', which is not known here"),
    };

    private static List<object?> Range(IReadOnlyList<object?> arguments)
    {
        var numbers = arguments.Select(value => (long)Values.Number(value)).ToArray();
        var (first, end, step) = numbers.Length switch { 1 => (0, numbers[0], 1), 2 => (numbers[0], numbers[1], 1), 3 when numbers[2] != 0 => (numbers[0], numbers[1], numbers[2]), _ => throw new InvalidDataException("the chat template calls range with the wrong numbers") };
        var items = new List<object?>();
        for (var i = first; step > 0 ? i < end : i > end; i += step)
            items.Add(items.Count < MostCharacters ? i : throw new InvalidDataException("the chat template counts too far"));
        return items;
    }
}
