using System.Text.RegularExpressions;

namespace Pellucid.Models.Adapters;

/// <summary>
/// Modules of a model, by the names that transformers gives them, as PEFT understands it: a list, whose entries a name equals or ends
/// in after a dot, or one regular expression that matches the whole name.
/// </summary>
public sealed record ModuleNames
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    private ModuleNames(IReadOnlyList<string> list, string? expression) => (List, Expression) = (list, expression);

    /// <summary>Every linear layer but the output.</summary>
    public static ModuleNames AllLinear { get; } = new([], "all-linear");

    /// <summary>The entries of a list; empty for a regular expression.</summary>
    public IReadOnlyList<string> List { get; }

    /// <summary>The regular expression; null for a list.</summary>
    public string? Expression { get; }

    /// <summary>Of a list.</summary>
    public static ModuleNames Of(params IReadOnlyList<string> list) => new(list, null);

    /// <summary>Of a regular expression; <c>all-linear</c> means what it says.</summary>
    public static ModuleNames Of(string expression) => expression == AllLinear.Expression ? AllLinear : new([], expression);

    /// <summary>Whether a module is meant.</summary>
    internal bool Match(string module) => Expression == AllLinear.Expression
        || (Expression is { } expression ? Matches($"^(?:{expression})$", module) : List.Any(entry => IsNamed(module, entry)));

    /// <summary>Whether a name equals an entry or ends in it after a dot.</summary>
    internal static bool IsNamed(string module, string entry) =>
        module == entry || module.EndsWith("." + entry, StringComparison.Ordinal);

    /// <summary>Whether a regular expression of a file matches.</summary>
    /// <exception cref="InvalidDataException">It is none, or takes too long.</exception>
    internal static bool Matches(string expression, string module)
    {
        try
        {
            return Regex.IsMatch(module, expression, RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (Exception error) when (error is ArgumentException or RegexMatchTimeoutException)
        {
            throw new InvalidDataException($"the regular expression {expression} cannot be matched: {error.Message}", error);
        }
    }
}
