using System.CommandLine;

namespace Pellucid.Cli.Parsing;

/// <summary><c>pellucid completion</c>: scripts by which shells complete the command's words, and the verb that those ask.</summary>
internal static class CompletionCommand
{
    private const string AskedName = "complete";

    // Each script asks for the words that may come, and leaves it to the shell to offer files where there are none.
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            # pellucid completion bash >> ~/.bashrc
            _pellucid() {
                mapfile -t COMPREPLY < <(pellucid complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
            }
            complete -o default -o nosort -F _pellucid pellucid
            """,
        ["zsh"] = """
            #compdef pellucid
            # pellucid completion zsh > "${fpath[1]}/_pellucid"
            _pellucid() {
                local -a choices
                choices=("${(@f)$(pellucid complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
                choices=(${choices:#})
                if (( ${#choices} )); then compadd -a choices; else _files; fi
            }
            if [ "$funcstack[1]" = "_pellucid" ]; then _pellucid "$@"; else compdef _pellucid pellucid; fi
            """,
        ["fish"] = """
            # pellucid completion fish > ~/.config/fish/completions/pellucid.fish
            complete -c pellucid -a '(pellucid complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
            """,
        ["powershell"] = """
            # pellucid completion powershell >> $PROFILE
            Register-ArgumentCompleter -Native -CommandName pellucid -ScriptBlock {
                param($word, $line, $cursor)
                $given = @($line.CommandElements | Select-Object -Skip 1 |
                    Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { "$_" })
                pellucid complete '--' @given "$word" 2>$null |
                    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    private static readonly Argument<string> Shell = new Argument<string>("SHELL") { Description = "The shell that is to complete words" };

    private static readonly Argument<string[]> Words = new("WORDS") { Arity = ArgumentArity.ZeroOrMore };

    public static Command Create()
    {
        Shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Writes a script by which a shell completes verbs, options and their choices. "
            + "Its first lines say where it belongs.") { Shell }.WithExample("source <(pellucid completion bash)");
        command.SetAction(words => Console.Out.WriteLine(Scripts[words.GetValue(Shell)!]));
        return command;
    }

    /// <summary>What the scripts ask: the words after the command's name up to the cursor, the last of which is begun or empty.</summary>
    public static Command CreateAsked(Command root)
    {
        var command = new Command(AskedName) { Words };
        command.Hidden = true;
        command.SetAction(words =>
        {
            foreach (var choice in Completion.After(root, words.GetValue(Words) ?? []))
                Console.Out.WriteLine(choice);
        });
        return command;
    }
}
