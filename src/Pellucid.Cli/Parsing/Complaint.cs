using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;

namespace Pellucid.Cli.Parsing;

/// <summary>What is wrong with the words of a command line, in one line that names what was meant and where to read on.</summary>
internal static class Complaint
{
    /// <summary>The complaint, or null where nothing is wrong.</summary>
    public static string? About(ParseResult words, IReadOnlyList<string> given)
    {
        var command = words.CommandResult.Command;
        if (WrongWord(words, command, given) is { } wrong)
            return Ended(wrong, command);
        if (words.Errors.Count == 0 || words.Action is { ClearsParseErrors: true })
            return null;
        return Ended(Missing(words, command) ?? Twice(words, command) ?? Choice(words.Errors[0]) ?? Tidy(words.Errors[0].Message), command);
    }

    /// <summary>A verb with those above it, as one calls it.</summary>
    public static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } above ? $"{Path(above)} {command.Name}" : command.Name;

    /// <summary>Options that a verb understands, its own and those of all verbs above it.</summary>
    public static IEnumerable<Option> OptionsOf(Command command) => command.Options.Concat(
        command.Parents.OfType<Command>().SelectMany(OptionsOf).Where(option => option.Recursive)).Where(option => !option.Hidden);

    // A misspelt word is more telling than what is missing because of it.
    private static string? WrongWord(ParseResult words, Command command, IReadOnlyList<string> given)
    {
        if (command.Subcommands.Count > 0 && words.UnmatchedTokens.FirstOrDefault(word => !IsOption(word)) is { } verb)
            return $"{Path(command)} has no verb '{verb}'"
                + DidYouMean(verb, [.. command.Subcommands.Where(below => !below.Hidden).Select(below => below.Name)]);
        if (UnknownOption(command, given) is { } option)
            return $"{Path(command)} has no option {option}{DidYouMean(option, [.. OptionsOf(command).Select(known => known.Name)])}";
        return words.UnmatchedTokens is [var more, ..]
            ? $"'{more}' is a word too many; quotation marks keep the words of a text together" : null;
    }

    // What looks like an option is never data, unless after "--" or joined to an option by "=".
    private static string? UnknownOption(Command command, IReadOnlyList<string> given)
    {
        var known = OptionsOf(command).SelectMany(option => option.Aliases.Append(option.Name)).ToHashSet(StringComparer.Ordinal);
        return given.TakeWhile(word => word != "--").Where(IsOption).Select(word => word.Split('=', ':')[0])
            .FirstOrDefault(word => !known.Contains(word));
    }

    private static bool IsOption(string word) =>
        word.StartsWith('-') && word.TrimStart('-') is [var first, ..] && char.IsAsciiLetter(first) && !word.Any(char.IsWhiteSpace);

    private static string DidYouMean(string word, IReadOnlyCollection<string> words) =>
        Spelling.Nearest(word, words) is { } near ? $"; did you mean {near}?" : "";

    private static string? Missing(ParseResult words, Command command) =>
        command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > (words.GetResult(argument)?.Tokens.Count ?? 0))
            is { } missing ? $"{Path(command)} needs {missing.Name}" : null;

    private static string? Twice(ParseResult words, Command command) =>
        OptionsOf(command).FirstOrDefault(option => option.Arity.MaximumNumberOfValues == 1
            && words.GetResult(option) is { IdentifierTokenCount: > 1 }) is { } twice ? $"{twice.Name} is there twice" : null;

    // Of an option or an argument that has a list of choices.
    private static string? Choice(ParseError error)
    {
        var (symbol, word) = error.SymbolResult switch
        {
            OptionResult { Tokens: [var token, ..] } result => ((Symbol?)result.Option, token.Value),
            ArgumentResult { Tokens: [var token, ..] } result => (result.Argument, token.Value),
            _ => (null, ""),
        };
        var labels = (symbol?.GetCompletions(CompletionContext.Empty) ?? []).Select(choice => choice.Label).ToArray();
        return labels.Length > 0 && !labels.Contains(word) ? $"{symbol!.Name} is '{word}'; it can be {string.Join(", ", labels)}" : null;
    }

    private static string Ended(string complaint, Command command) =>
        $"{complaint}{(complaint.EndsWith('?') ? "" : ".")} See {Path(command)} --help";

    // The parser's own sentences, some of which are lists over several lines.
    private static string Tidy(string message) =>
        string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
}
