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
            Assert.Equal([(1, (double?)3.5), (2, 2.5)], RunLog.Watch(folder.Path).Select(step => (step.Step, step.TrainLoss)));
            writer.Write("in_loss\":2,\"lr\":0.1}\n");
            Assert.Equal(3, RunLog.Watch(folder.Path)[^1].Step);
        }
    }

    [Fact]
    public void The_untrained_model_has_a_validation_loss_and_no_training_loss()
    {
        using var folder = new TemporaryFolder();
        using (var log = RunLog.Begin(folder.Path))
        {
            log.Write(new TrainingReport(0, null, 3.5, true, 0, 0, 0));
            log.Write(new TrainingReport(1, 3.25, null, false, 0.1f, 1, 1));
        }
        Assert.DoesNotContain("train_loss", File.ReadAllLines(folder.File(RunLog.FileName))[0], StringComparison.Ordinal);
        Assert.Equal([(0, null, 3.5), (1, (double?)3.25, (double?)null)],
            RunLog.Watch(folder.Path).Select(step => (step.Step, step.TrainLoss, step.ValidationLoss)));
        // Runs of before wrote the validation loss twice.
        File.WriteAllText(folder.File(RunLog.FileName), "{\"step\":0,\"train_loss\":3.5,\"val_loss\":3.5,\"lr\":0}\n");
        Assert.Null(RunLog.Watch(folder.Path)[0].TrainLoss);
    }
}
