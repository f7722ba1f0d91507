using System.CommandLine;
using Pellucid.Constraints;
using Pellucid.Files;

namespace Pellucid.Cli;

/// <summary>Options that say what a text shall look like.</summary>
internal static class ConstraintOptions
{
    public static readonly Option<string?> JsonSchema =
        new("--json-schema") { Description = "A file with a JSON schema that the text is valid by; - is any object" };

    public static readonly Option<string?> Grammar =
        new("--grammar") { Description = "A file with a grammar in GBNF or as Lark has it that the text is of" };

    public static readonly Option<string?> Regex =
        new("--regex") { Description = "A regular expression that matches the whole text" };

    /// <summary>The constraint that is asked for, if one is.</summary>
    /// <exception cref="ArgumentException">Two are asked for, or one cannot be kept to.</exception>
    public static OutputConstraint? Read(ParseResult words)
    {
        var asked = ((Option<string?>[])[JsonSchema, Grammar, Regex]).Where(option => words.GetValue(option) is not null).ToArray();
        if (asked.Length > 1)
            throw new ArgumentException($"{asked[0].Name} and {asked[1].Name} cannot both be kept to");
        if (asked.Length == 0)
            return null;
        var value = words.GetValue(asked[0])!;
        try
        {
            return asked[0] == Regex ? OutputConstraint.Regex(value)
                : asked[0] == Grammar ? OutputConstraint.Grammar(PlainText.ReadAll(value))
                : value == "-" ? OutputConstraint.JsonObject() : OutputConstraint.JsonSchema(PlainText.ReadAll(value));
        }
        catch (ConstraintException error)
        {
            throw new ArgumentException(asked[0] == Regex ? $"--regex: {error.Message}" : $"{value}: {error.Message}");
        }
    }
}
