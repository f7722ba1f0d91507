namespace Pellucid.Conversations.Jinja.Values;

/// <summary>
/// What has no value: it prints as nothing, is empty and false, equals others of its kind, and fails where something is to
/// be done with it.
/// </summary>
/// <param name="reason">What is said then; it is rarely asked for.</param>
internal sealed class Undefined(Func<string> reason)
{
    private const int LongestName = 80;

    public Undefined(string reason)
        : this(() => reason)
    {
    }

    /// <summary>A name that nobody has set.</summary>
    public static Undefined Name(string name) => new(() => $"'{name}' is undefined");

    /// <summary>A part that a value does not have.</summary>
    /// <param name="whole">The value.</param>
    /// <param name="part">The name or number of the part.</param>
    public static Undefined Part(object whole, object part) => new(() =>
    {
        var kind = whole is None ? "None" : $"{Kind.Of(whole)} object";
        if (Texts.TryPlain(part) is { } name)
            return $"'{kind}' has no attribute {Printing.Quote(name.Length <= LongestName ? name : name[..LongestName] + "…")}";
        return $"{kind} has no element {(part is long or double or bool or None ? Printing.Text(part) : Kind.Of(part))}";
    });

    /// <summary>A part that templates may not touch, since it would change a value or lead out of the template.</summary>
    public static Undefined Unsafe(object whole, string part) =>
        new(() => $"access to attribute '{part}' of '{Kind.Of(whole)}' object is unsafe.");

    /// <summary>Fails with the reason.</summary>
    public TemplateError Error() => new(reason());
}
