using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tests;
using Pellucid.Training;

namespace Pellucid.Tests.Training;

/// <summary>A run from a text to a folder, stopped and taken up again.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private static readonly GptConfig Shape = GptConfig.Sized(layers: 1, heads: 2, width: 16, context: 16);

    private static readonly TrainingOptions Options = new()
    {
        Steps = 12, Batch = 4, Warmup = 2, LearningRate = 1e-2f, EvaluateEvery = 5, EvaluateBatches = 2,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("pellucid-run-").FullName;

    public TrainingRunTests() =>
        File.WriteAllText(Text, string.Concat(Enumerable.Repeat("the cat sat on the mat. the dog sat on the log. ", 20)));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Text => Path.Combine(_folder, "text.txt");

    private string In(string name) => Path.Combine(_folder, name);

    private TrainingRun Open(string name, TrainingOptions? options = null, GptConfig? shape = null) =>
        TrainingRun.Open(In(name), Text, shape ?? Shape, options ?? Options, threads: 1);

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(In(name), "model.safetensors"));

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_same_bytes()
    {
        using (var whole = Open("whole"))
            whole.Train(cancellation: TestContext.Current.CancellationToken);
        using var cancellation = new CancellationTokenSource();
        using (var begun = Open("parts"))
            Assert.Throws<OperationCanceledException>(() => begun.Train(step =>
            {
                if (step.Step == 7)
                    cancellation.Cancel();
            }, cancellation.Token));
        var steps = new List<int>();
        using (var rest = Open("parts"))
        {
            Assert.Equal(7, rest.Step);
            rest.Train(step => steps.Add(step.Step), TestContext.Current.CancellationToken);
        }
        Assert.Equal([8, 9, 10, 11, 12], steps);
        Assert.Equal(Weights("whole"), Weights("parts"));
    }

    [Fact]
    public void A_run_that_is_done_does_nothing_and_may_be_made_longer()
    {
        using (var run = Open("run"))
            run.Train(cancellation: TestContext.Current.CancellationToken);
        var steps = new List<int>();
        using (var again = Open("run"))
            again.Train(step => steps.Add(step.Step), TestContext.Current.CancellationToken);
        Assert.Empty(steps);
        using (var longer = Open("run", Options with { Steps = 15 }))
            longer.Train(step => steps.Add(step.Step), TestContext.Current.CancellationToken);
        Assert.Equal([13, 14, 15], steps);
    }

    [Fact]
    public void What_has_changed_since_it_was_begun_is_named()
    {
        using (var run = Open("run"))
            run.Train(cancellation: TestContext.Current.CancellationToken);
        string Complaint(Action open) => Assert.ThrowsAny<Exception>(open).Message;
        Assert.Equal($"{In("run")}: the run was begun with learning_rate 0.01, not 0.02",
            Complaint(() => Open("run", Options with { LearningRate = 2e-2f })));
        Assert.Equal($"{In("run")}: the run was begun with steps 12, not 3", Complaint(() => Open("run", Options with { Steps = 3 })));
        Assert.Equal($"{In("run")}: the run was begun with layers 1, not 2",
            Complaint(() => Open("run", shape: Shape with { Layers = 2 })));
        File.AppendAllText(Text, "!");
        Assert.Equal($"{In("run")}: this is not the text that the run began with", Complaint(() => Open("run")));
    }

    [Fact]
    public void Replicas_that_would_resume_something_else_than_the_first_are_told()
    {
        var options = Options with { MicroBatches = 2 };
        using (var whole = Open("whole", options))
            whole.Train(cancellation: TestContext.Current.CancellationToken);
        using (var cancellation = new CancellationTokenSource())
        using (var part = Open("part", options))
            Assert.Throws<OperationCanceledException>(() => part.Train(_ => cancellation.Cancel(), cancellation.Token));
        void OpenOf(Replicas replicas, string name) =>
            TrainingRun.Open(In(name), Text, Shape, options, threads: 1, replicas: replicas).Dispose();
        string Complaint(string first, string second) => Assert.Throws<InvalidDataException>(() =>
            ThreadReplicas.Run(2, replicas => OpenOf(replicas, replicas.Rank == 0 ? first : second))).Message;
        Assert.Equal("rank 1 and rank 0 differ in what they resume: nothing and a run", Complaint("whole", "none"));
        Assert.Equal("rank 1 and rank 0 differ in the step that they resume: 0 and 12", Complaint("whole", "part"));
    }

    [Fact]
    public void A_text_that_is_too_short_and_a_folder_that_is_taken_are_refused()
    {
        File.WriteAllText(Text, "ab");
        Assert.StartsWith($"{Text}: the text has 2 tokens", Assert.Throws<InvalidDataException>(() => Open("run")).Message,
            StringComparison.Ordinal);
        Directory.CreateDirectory(In("model"));
        File.WriteAllText(Path.Combine(In("model"), "model.safetensors"), "");
        Assert.Throws<IOException>(() => Open("model"));
    }
}
