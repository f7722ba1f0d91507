using System.CommandLine;
using System.CommandLine.Completions;

namespace Pellucid.Cli.Parsing;

/// <summary>What may come next on a command line, for shells that complete words.</summary>
internal static class Completion
{
    /// <summary>Words that may stand in the place of the last one, which is begun or empty; none where a shell offers files.</summary>
    public static IEnumerable<string> After(Command root, IReadOnlyList<string> words)
    {
        var (command, begun, given) = (root, words.Count > 0 ? words[^1] : "", words.SkipLast(1).ToArray());
        Option? asks = null;
        var arguments = 0;
        foreach (var word in given)
        {
            if (OptionNamed(command, word) is { } option)
                asks = option.Arity.MaximumNumberOfValues > 0 && option is not (Option<bool> or Option<bool?>) ? option : null;
            else if (asks is { } asking)
                asks = asking.AllowMultipleArgumentsPerToken ? asking : null;
            else if (command.Subcommands.FirstOrDefault(below => below.Name == word) is { } below)
                command = below;
            else
                arguments++;
        }
        return Choices(command, asks, arguments, begun).Where(choice => choice.StartsWith(begun, StringComparison.Ordinal))
            .Distinct().Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Choices(Command command, Option? asks, int arguments, string begun)
    {
        if (begun.StartsWith('-'))
            return Complaint.OptionsOf(command).Select(option => option.Name);
        if (asks is not null)
            return Labels(asks.GetCompletions(CompletionContext.Empty));
        if (command.Subcommands.Count > 0)
            return command.Subcommands.Where(below => !below.Hidden).Select(below => below.Name);
        return arguments < command.Arguments.Count ? Labels(command.Arguments[arguments].GetCompletions(CompletionContext.Empty)) : [];
    }

    private static Option? OptionNamed(Command command, string word) =>
        Complaint.OptionsOf(command).FirstOrDefault(option => option.Name == word || option.Aliases.Contains(word));

    private static IEnumerable<string> Labels(IEnumerable<CompletionItem> items) => items.Select(item => item.Label);
}
