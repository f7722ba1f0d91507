namespace Pellucid.Conversations.Jinja;

/// <summary>Names and their values, of a template or of a part of it that has its own; other names are looked for outside.</summary>
internal sealed class Frame
{
    private readonly Frame? _outside;
    private Dictionary<string, object>? _values;

    private Frame(Run run, Frame? outside, Frame? root) => (Run, _outside, Root) = (run, outside, root ?? this);

    /// <summary>The rendering.</summary>
    public Run Run { get; }

    /// <summary>The frame of the whole template, in which those of its parts lie.</summary>
    public Frame Root { get; }

    /// <summary>A frame of its own, or of a template inside of what it is given.</summary>
    public static Frame New(Run run, Frame? outside = null) => new(run, outside, null);

    /// <summary>A frame inside this one.</summary>
    public Frame Inner() => new(Run, this, Root);

    /// <summary>The value of a name; null if nobody has set it.</summary>
    public object? Find(string name)
    {
        for (var frame = this; frame is not null; frame = frame._outside)
            if (frame._values is not null && frame._values.TryGetValue(name, out var value))
                return value;
        return null;
    }

    /// <summary>Sets a name here.</summary>
    public void Set(string name, object value) => (_values ??= [])[name] = value;
}
