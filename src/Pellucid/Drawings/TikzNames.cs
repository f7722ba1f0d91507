namespace Pellucid.Drawings;

/// <summary>A command that the file defines.</summary>
/// <param name="Parameters">How many it takes.</param>
/// <param name="Default">What stands for the first where none is given in brackets; null if it must be given.</param>
/// <param name="Body">What it becomes.</param>
internal sealed record TikzMacro(int Parameters, IReadOnlyList<TikzToken>? Default, IReadOnlyList<TikzToken> Body);

/// <summary>Names that mean something until the group ends in which they were given.</summary>
internal sealed class ScopedNames<T>
    where T : class
{
    private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);
    private readonly Stack<(string Name, T? Before)> _changes = new();

    /// <summary>How many changes there were: where a group begins.</summary>
    public int Mark => _changes.Count;

    public T? this[string name]
    {
        get => _values.GetValueOrDefault(name);
        set
        {
            _changes.Push((name, _values.GetValueOrDefault(name)));
            Put(name, value);
        }
    }

    /// <summary>As it was at a mark.</summary>
    public void Return(int mark)
    {
        while (_changes.Count > mark && _changes.TryPop(out var change))
            Put(change.Name, change.Before);
    }

    private void Put(string name, T? value)
    {
        if (value is null)
            _values.Remove(name);
        else
            _values[name] = value;
    }
}
