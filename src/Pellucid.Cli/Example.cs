using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Pellucid.Cli.Terminal;

namespace Pellucid.Cli;

/// <summary>Examples that a verb's help ends with; each works as pasted.</summary>
internal static partial class Example
{
    private const string GoesOn = " \\";

    private static readonly ConditionalWeakTable<Command, string> Examples = []; // several threads may build commands at a time

    /// <summary>Gives a verb its example.</summary>
    public static Command WithExample(this Command command, string example)
    {
        Examples.Add(command, example);
        return command;
    }

    /// <summary>An option <c>--help</c> that shows the example too.</summary>
    public static HelpOption NewHelp()
    {
        var help = new HelpOption("--help", "-h", "-?") { Recursive = true };
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        return help;
    }

    [GeneratedRegex("""("[^"]*"|\S)+""")]
    private static partial Regex Words();

    private sealed class HelpWithExample(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true; // help is wanted most where words are missing

        public override int Invoke(ParseResult words)
        {
            inner.MaxWidth = LineWidth.OfOutput() ?? int.MaxValue;
            var code = inner.Invoke(words);
            Meanings.Show(words.CommandResult, words.InvocationConfiguration.Output);
            if (Examples.TryGetValue(words.CommandResult.Command, out var example))
                words.InvocationConfiguration.Output.WriteLine(
                    $"Example:\n{string.Concat(example.Split('\n').Select(line => Fitted(line.Trim(), LineWidth.OfOutput())))}");
            return code;
        }

        // A line that is too long goes on in the next, in the way that shells read as one.
        private static string Fitted(string line, int? columns)
        {
            if (columns is not { } width || OperatingSystem.IsWindows())
                width = int.MaxValue;
            var (text, used) = (new StringBuilder(), 0);
            foreach (var word in Words().Matches(line).Select(match => match.Value))
            {
                var breaks = used > 0 && used + 1 + word.Length + GoesOn.Length > width;
                text.Append(used == 0 ? "  " : breaks ? $"{GoesOn}\n    " : " ").Append(word);
                used = (used == 0 ? 2 : breaks ? 4 : used + 1) + word.Length;
            }
            return text.Append('\n').ToString();
        }
    }
}
