using System.Runtime.InteropServices;

namespace Pellucid.Cli.Terminal;

/// <summary>Who asked the command to end. The parser hears the same signals and has the verb's work cancelled; here is only noted
/// which came, so that a line can say it, and so that what nobody cancelled is never called so.</summary>
internal sealed class AskedToEnd : IDisposable
{
    // The parser may hear a signal first, and the work be given up before it is noted here.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly string[] Plain = [new OperationCanceledException().Message, new TaskCanceledException().Message];

    private readonly PosixSignalRegistration[] _listening;
    private volatile string? _by;

    public AskedToEnd() => _listening =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => _by ??= "interrupted"),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => _by ??= "ended by SIGTERM, which another program sent"),
    ];

    /// <summary>What to say of work that was given up: what it says itself, or who asked; null where nobody did.</summary>
    public string? Said(OperationCanceledException error) =>
        !SpinWait.SpinUntil(() => _by is not null, Patience) ? null : Plain.Contains(error.Message) ? _by : error.Message;

    public void Dispose()
    {
        foreach (var one in _listening)
            one.Dispose();
    }
}
