using Pellucid.Training;

namespace Pellucid.Tests.Training;

public sealed class RunLogTests
{
    [Fact]
    public void A_log_is_read_while_it_is_written_and_a_broken_last_line_waits()
    {
        using var folder = new TemporaryFolder();
        using (var writer = new StreamWriter(new FileStream(folder.File(RunLog.FileName), FileMode.Create, FileAccess.Write,
            FileShare.Read)) { AutoFlush = true })
        {
            writer.Write("{\"step\":1,\"train_loss\":3.5,\"lr\":0.1}\n{\"step\":2,\"train_loss\":3,\"val_loss\":3.25,\"lr\":0.1}\n"
                + "{\"step\":2,\"train_loss\":2.5,\"lr\":0.1}\n{\"step\":3,\"tra");
            Assert.Equal([(1, 3.5), (2, 2.5)], RunLog.Watch(folder.Path).Select(step => (step.Step, step.TrainLoss)));
            writer.Write("in_loss\":2,\"lr\":0.1}\n");
            Assert.Equal(3, RunLog.Watch(folder.Path)[^1].Step);
        }
    }
}
