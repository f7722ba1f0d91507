using Pellucid.Training;

namespace Pellucid.Tests.Training;

public sealed class RunStatusTests
{
    [Fact]
    public void A_run_tells_that_it_goes_on_was_resumed_and_how_it_ended()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(RunStatus.Read(folder.Path));
        using (var run = new StandingRun(folder.Path, "train", 40, null))
        {
            Assert.Equal(("train", 40, (RunEnd?)null), Read(folder));
            run.End(RunEnd.Interrupted);
        }
        Assert.Equal(RunEnd.Interrupted, RunStatus.Read(folder.Path)!.End);
        using (var run = new StandingRun(folder.Path, "train", 40, 20))
            Assert.Equal([20], RunStatus.Read(folder.Path)!.Resumed);
        Assert.Equal(RunEnd.Failed, RunStatus.Read(folder.Path)!.End); // nobody said otherwise
        using (var run = new StandingRun(folder.Path, "train", 60, 30))
            run.End(RunEnd.Done);
        Assert.Equal([20, 30], RunStatus.Read(folder.Path)!.Resumed);
        using (var run = new StandingRun(folder.Path, "train", 60, 60)) // there is nothing to do
            run.End(RunEnd.Done);
        Assert.Equal([20, 30], RunStatus.Read(folder.Path)!.Resumed);
        using (new StandingRun(null, "train", 1, null))
            Assert.Equal(60, RunStatus.Read(folder.Path)!.Steps);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"kind\":\"train\"}")]
    [InlineData("{\"kind\":\"train\",\"steps\":1,\"resumed\":[],\"end\":\"nobody knows\"}")]
    [InlineData("{\"kind\":\"train\",\"steps\":\"many\",\"resumed\":[]}")]
    public void What_is_damaged_is_refused_by_its_file(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(RunStatus.FileName), text);
        Assert.Contains(RunStatus.FileName, Assert.Throws<InvalidDataException>(() => RunStatus.Read(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    private static (string, int, RunEnd?) Read(TemporaryFolder folder) =>
        RunStatus.Read(folder.Path) is { } status ? (status.Kind, status.Steps, status.End) : default;
}
