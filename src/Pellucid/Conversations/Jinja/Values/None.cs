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
