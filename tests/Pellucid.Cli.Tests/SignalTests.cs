using System.Diagnostics;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

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
        // A token a byte, so small a model that a hundred thousand of them are read at once, and a text that takes long.
        using (var backend = CpuBackend.Create(1))
        using (var gpt = new Gpt(new GptConfig { VocabularySize = 257, Context = 128, Layers = 1, Heads = 1, Width = 8 }, backend))
        {
            gpt.Initialize(1);
            Checkpoint.Save(pellucid.File("model"), gpt);
        }
        BpeTrainer.Train(["ab"u8.ToArray()], 257, cancellation: TestContext.Current.CancellationToken).Save(pellucid.File("model"));
        using var process = pellucid.Start(["look", "memories", "model", "--data", "micro-world:900MB"]);
        Assert.NotNull(process.StandardOutput.ReadLine()); // a hundred thousand tokens were read
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            kill.WaitForExit();
        var outcome = PellucidProcess.Finish(process);
        Assert.Equal((1, said), (outcome.Code, outcome.Error));
    }

    [Fact]
    public void A_verb_whose_work_cannot_be_cancelled_ends_with_a_line_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent by kill");
        using var pellucid = new PellucidProcess();
        using var process = pellucid.Start(["tokenizer", "encode", "--tokenizer", "tiny", "-"]);
        process.StandardInput.Write(new string('a', 1 << 20)); // more than a pipe holds: once it is through, the verb is reading
        process.StandardInput.Flush();
        PellucidProcess.Interrupt(process);
        var outcome = PellucidProcess.Finish(process);
        Assert.Equal((1, "pellucid: interrupted\n"), (outcome.Code, outcome.Error));
    }
}
