namespace Pellucid.Conversations.Jinja.Values;

/// <summary>Python's <c>None</c>; JSON's <c>null</c>. Values are objects that are never null here.</summary>
internal sealed class None
{
    private None()
    {
    }

    /// <summary>The only one.</summary>
    public static None Value { get; } = new();
}

/// <summary>
/// What has no value: it prints as nothing, is empty and false, and fails where something is to be done with it.
/// </summary>
/// <param name="Reason">What is said then.</param>
internal sealed record Undefined(string Reason)
{
    /// <summary>A name that nobody has set.</summary>
    public static Undefined Name(string name) => new($"'{name}' is undefined");

    /// <summary>A part that a value does not have.</summary>
    /// <param name="whole">The value.</param>
    /// <param name="part">The name or number of the part.</param>
    public static Undefined Part(object whole, object part)
    {
        var kind = whole is None ? "None" : $"{Kind.Of(whole)} object";
        return part is string or Markup ? new($"'{kind}' has no attribute {Printing.Quote(Texts.Plain(part))}")
            : new($"{kind} has no element {(part is long or double or bool or None ? Printing.Text(part) : Kind.Of(part))}");
    }

    /// <summary>A part that templates may not touch, since it would change a value or lead out of the template.</summary>
    public static Undefined Unsafe(object whole, string part) => new($"access to attribute '{part}' of '{Kind.Of(whole)}' object is unsafe.");

    /// <summary>Fails with the reason.</summary>
    public TemplateError Error() => new(Reason);

    // Two of them are equal, whatever they stand for.
    public bool Equals(Undefined? other) => other is not null;

    public override int GetHashCode() => 0;
}
