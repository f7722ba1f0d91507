namespace Pellucid.Conversations.Jinja.Values;

/// <summary><c>loop</c>: where a loop is. It looks ahead only when it is asked to.</summary>
/// <param name="items">What it goes through.</param>
/// <param name="count">How many there are, where that is known.</param>
/// <param name="depth">How many loops of the same kind are around it.</param>
/// <param name="recurse">Writes the loop's body for other items; null where the loop is not marked <c>recursive</c>.</param>
internal sealed class LoopContext(IEnumerable<object> items, long? count, int depth, Func<Run, object, object>? recurse) : IDisposable
{
    private readonly IEnumerator<object> _items = items.GetEnumerator();
    private readonly Queue<object> _ahead = new();
    private object? _before, _current;
    private Arguments? _changed;
    private long _index = -1;

    /// <summary>The item of this turn.</summary>
    public object Current => _current!;

    /// <summary>How many turns there are.</summary>
    public long Length
    {
        get
        {
            if (count is { } known)
                return known;
            while (_items.MoveNext())
                _ahead.Enqueue(_items.Current);
            return (long)(count = _index + 1 + _ahead.Count);
        }
    }

    /// <summary>How it prints.</summary>
    public string Print() => $"<{nameof(LoopContext)} {_index + 1}/{Length}>";

    /// <summary>Goes to the next turn, if there is one.</summary>
    public bool Next()
    {
        if (!Peek())
            return false;
        (_before, _current) = (_current, _ahead.Dequeue());
        _index++;
        return true;
    }

    /// <summary>The items of the turns to come, which they take from it.</summary>
    public IEnumerable<object> Rest()
    {
        while (Peek())
        {
            _index++;
            yield return _ahead.Dequeue();
        }
    }

    private bool Peek()
    {
        if (_ahead.Count == 0 && _items.MoveNext())
            _ahead.Enqueue(_items.Current);
        return _ahead.Count > 0;
    }

    /// <summary>What a template may ask of it; null for all others.</summary>
    public object? Part(string name) => name switch
    {
        "index" => _index + 1,
        "index0" => _index,
        "revindex" => Length - _index,
        "revindex0" => Length - _index - 1,
        "length" => Length,
        "first" => _index == 0,
        "last" => !Peek(),
        "depth" => depth + 1L,
        "depth0" => (long)depth,
        "previtem" => _before ?? new Undefined("there is no previous item"),
        "nextitem" => Peek() ? _ahead.Peek() : new Undefined("there is no next item"),
        "cycle" => new LibraryCallable(new("cycle", "...", (_, _, given) => Cycle(given.All.Placed))),
        "changed" => new LibraryCallable(new("changed", "...", (run, _, given) => Changed(run, given.All))),
        _ => null,
    };

    private object Cycle(IReadOnlyList<object> values) =>
        values.Count > 0 ? values[(int)(_index % values.Count)] : throw new TemplateError("no items for cycling given");

    private object Changed(Run run, Arguments values)
    {
        if (_changed is not null && run.Equality.Equals(new TupleValue(_changed.Placed), new TupleValue(values.Placed)))
            return false;
        _changed = values;
        return true;
    }

    /// <summary><c>loop(items)</c>, in a recursive loop.</summary>
    public object Call(Run run, Arguments arguments)
    {
        if (recurse is null)
            throw new TemplateError("The loop must have the 'recursive' marker to be called recursively.");
        return arguments.Placed is [var more] ? recurse(run, more)
            : throw new TemplateError("loop() takes one argument: what to go through");
    }

    public void Dispose() => _items.Dispose();
}
