using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Pellucid.Cli.Terminal;

namespace Pellucid.Cli;

/// <summary>Examples that a verb's help ends with; each works as pasted.</summary>
internal static class Example
{
    private static readonly Dictionary<Command, string> Examples = [];

    /// <summary>Gives a verb its example.</summary>
    public static Command WithExample(this Command command, string example)
    {
        Examples[command] = example;
        return command;
    }

    /// <summary>An option <c>--help</c> that shows the example too.</summary>
    public static HelpOption NewHelp()
    {
        var help = new HelpOption("--help", "-h", "-?") { Recursive = true };
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        return help;
    }

    private sealed class HelpWithExample(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true; // help is wanted most where words are missing

        public override int Invoke(ParseResult words)
        {
            inner.MaxWidth = LineWidth.OfOutput() ?? int.MaxValue;
            var code = inner.Invoke(words);
            Meanings.Show(words.CommandResult, words.InvocationConfiguration.Output);
            if (Examples.TryGetValue(words.CommandResult.Command, out var example))
                words.InvocationConfiguration.Output.WriteLine($"Example:\n  {example}\n");
            return code;
        }
    }
}
