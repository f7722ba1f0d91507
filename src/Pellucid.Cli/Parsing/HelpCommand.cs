using System.CommandLine;

namespace Pellucid.Cli.Parsing;

/// <summary><c>pellucid help VERB</c>, which is <c>pellucid VERB --help</c>.</summary>
internal static class HelpCommand
{
    private static readonly Argument<string[]> Verb =
        new("VERB") { Description = "The verb that is asked about, such as look lens", Arity = ArgumentArity.ZeroOrMore };

    /// <summary>The verb, which has <paramref name="run"/> show a page.</summary>
    public static Command Create(Func<string[], Task<int>> run)
    {
        var command = new Command("help", "Tells what a verb does, as --help after it.") { Verb }.WithExample("pellucid help train");
        command.SetAction((words, _) => run([.. words.GetValue(Verb) ?? [], "--help"]));
        return command;
    }

    /// <summary>Whether somebody named verbs but nothing to do: then there is a page to be read, and nothing is wrong.</summary>
    public static bool IsMeant(ParseResult words, IReadOnlyList<string> given) =>
        words.CommandResult.Command is { Action: null, Subcommands.Count: > 0 } && words.UnmatchedTokens.Count == 0
            && given.All(word => !word.StartsWith('-'));
}
