using System.Diagnostics;

namespace Pellucid.Cli.Tests;

/// <summary>Work that was given up says who asked for it.</summary>
public sealed class SignalTests
{
    [Theory]
    [InlineData("INT", "pellucid: interrupted\n")]
    [InlineData("TERM", "pellucid: ended by SIGTERM, which another program sent\n")]
    public void A_signal_is_named_in_one_line(string signal, string said)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent by kill");
        using var pellucid = new PellucidProcess();
        using var process = pellucid.Start(["look", "memories", "tiny", "--data", "micro-world:900MB"]);
        Assert.NotNull(process.StandardOutput.ReadLine()); // a hundred thousand tokens were read
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            kill.WaitForExit();
        var outcome = PellucidProcess.Finish(process);
        Assert.Equal((1, said), (outcome.Code, outcome.Error));
    }
}
