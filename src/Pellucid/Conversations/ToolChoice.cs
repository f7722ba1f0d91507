namespace Pellucid.Conversations;

/// <summary>Whether a model may, must or must not call functions.</summary>
public sealed record ToolChoice
{
    private ToolChoice()
    {
    }

    /// <summary>The model decides.</summary>
    public static ToolChoice Auto { get; } = new();

    /// <summary>It calls none, and is not told of any.</summary>
    public static ToolChoice None { get; } = new() { IsNone = true };

    /// <summary>It calls at least one.</summary>
    public static ToolChoice Required { get; } = new() { IsRequired = true };

    /// <summary>It calls that one, and no other.</summary>
    public static ToolChoice Function(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ToolChoice { IsRequired = true, Names = [name] };
    }

    /// <summary>It calls none but those.</summary>
    /// <param name="names">Names of functions.</param>
    /// <param name="isRequired">Whether it calls at least one of them.</param>
    public static ToolChoice Among(IReadOnlyList<string> names, bool isRequired) => new() { Names = names, IsRequired = isRequired };

    /// <summary>Whether no function may be called.</summary>
    public bool IsNone { get; private init; }

    /// <summary>Whether one must be.</summary>
    public bool IsRequired { get; private init; }

    /// <summary>The functions that may be called; null for all there are.</summary>
    public IReadOnlyList<string>? Names { get; private init; }
}

/// <summary>A function that a model calls.</summary>
/// <param name="Id">Nine letters and digits, by which a result is told to be this call's.</param>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">An object of JSON, as the model wrote it.</param>
public sealed record ToolCall(string Id, string Name, string Arguments);
