using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;

namespace Pellucid.Cli.Terminal;

/// <summary>What a verb does that hears Ctrl-C itself.</summary>
internal sealed class HearingAction(Func<ParseResult, int> run) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult) => run(parseResult);
}

/// <summary>Who asked the command to end. The parser hears the same signals and has the verb's work cancelled, if it can be: here is
/// noted which came, so that a line can say it, and so that what nobody cancelled is never called so. Work that cannot be cancelled
/// ends with the process, which says so too.</summary>
internal sealed class AskedToEnd : IDisposable
{
    // The parser may hear a signal first, and the work be given up before it is noted here.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly string[] Plain = [new OperationCanceledException().Message, new TaskCanceledException().Message];

    private readonly PosixSignalRegistration[] _listening;
    private volatile string? _by;

    /// <param name="words">What is asked for.</param>
    public AskedToEnd(ParseResult words)
    {
        var isCancelled = words.Action is AsynchronousCommandLineAction or HearingAction;
        TerminalWriter.Install();
        _listening =
        [
            Listen(PosixSignal.SIGINT, "interrupted"), Listen(PosixSignal.SIGTERM, "ended by SIGTERM, which another program sent"),
            Listen(PosixSignal.SIGHUP, "ended by SIGHUP, the terminal was closed"),
        ];

        PosixSignalRegistration Listen(PosixSignal signal, string said) => PosixSignalRegistration.Create(signal, asked =>
        {
            _by ??= said;
            if (isCancelled)
                return;
            asked.Cancel = true;
            Environment.Exit(PellucidCommand.Tell(said, PellucidCommand.Failed));
        });
    }

    /// <summary>What to say of work that was given up: what it says itself, or who asked; null where nobody did.</summary>
    public string? Said(OperationCanceledException error) =>
        !SpinWait.SpinUntil(() => _by is not null, Patience) ? null : Plain.Contains(error.Message) ? _by : error.Message;

    public void Dispose()
    {
        foreach (var one in _listening)
            one.Dispose();
    }
}
