namespace Pellucid.Conversations.Calls;

/// <summary>
/// How calls are written: <c>Before name Middle arguments</c>, more of them with <c>Between name Middle arguments</c>, then
/// <c>After</c>. With Qwen's template <c>Before</c> is <c>&lt;tool_call&gt;\n{"name": "</c> and <c>After</c>
/// <c>}\n&lt;/tool_call&gt;</c>.
/// </summary>
/// <param name="Before">Up to the first name.</param>
/// <param name="Middle">From a name to its arguments; a call's own id may stand in it as <see cref="Id"/>, as in what follows.</param>
/// <param name="Between">From arguments to the next name; null where only one call is written at a time.</param>
/// <param name="After">Behind the last arguments.</param>
/// <param name="IsObject">Whether name and arguments are fields of one object of JSON.</param>
internal sealed record CallShape(string Before, string Middle, string? Between, string After, bool IsObject)
{
    /// <summary>Stands where a call's id is written.</summary>
    public const string Id = "probeid01";

    /// <summary>Stands where that of the next call is.</summary>
    public const string NextId = "probeid02";

    /// <summary>By what a call is known to begin; empty where it is an answer's first brace alone.</summary>
    public string Marker { get; } = MarkerOf(Before, IsObject);

    /// <summary>What follows a call, without white space, up to where the calls end.</summary>
    public required string End { get; init; }

    /// <summary>What follows a call, without white space, up to where the next one begins; null where none does.</summary>
    public required string? Next { get; init; }

    /// <summary>How arguments are written where each has marks of its own; null where they are an object of JSON.</summary>
    public ParameterShape? Parameters { get; init; }

    /// <summary>Whether a special token of that name belongs to a call.</summary>
    public bool Mentions(string name) => Before.Contains(name, StringComparison.Ordinal) || Middle.Contains(name, StringComparison.Ordinal)
        || After.Contains(name, StringComparison.Ordinal) || Between?.Contains(name, StringComparison.Ordinal) == true
        || Parameters?.ToString().Contains(name, StringComparison.Ordinal) == true;

    /// <summary>A text without white space, and without what closes objects and lists at its start or opens them at its end: models are
    /// not held to that.</summary>
    public static string Bare(string text) => BareStart(string.Concat(text.Where(one => !char.IsWhiteSpace(one)))).TrimEnd('[', '{');

    /// <summary>A text without what closes objects and lists at its start.</summary>
    public static string BareStart(string text) => text.TrimStart('}', ']', ',', ';', ' ', '\n', '\r', '\t');

    private static string MarkerOf(string before, bool isObject) => isObject
        ? before[..Math.Max(0, before.IndexOf('{'))].TrimEnd().TrimEnd('[').Trim() : before.Trim();
}
