using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking.Features;

/// <summary>Learning features of a model's activations: what is read, and that it can be resumed.</summary>
public sealed class FeatureTrainerTests : IDisposable
{
    private static readonly FeatureTrainingOptions Options = new() { Features = 24, Active = 4, Steps = 8, Rows = 48, DeadAfter = 100 };

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly Gpt _gpt;
    private readonly int[] _tokens = [.. Enumerable.Range(0, 4000).Select(i => (int)(CounterRandom.Bits(3, 1, 0, (ulong)i) % 20))];

    public FeatureTrainerTests()
    {
        _gpt = new Gpt(new GptConfig { Layers = 2, Heads = 2, Width = 16, Context = 16, VocabularySize = 20 }, _backend);
        _gpt.Initialize(7);
    }

    [Theory]
    [InlineData(FeatureArchitecture.TopK, false)]
    [InlineData(FeatureArchitecture.JumpRelu, false)]
    [InlineData(FeatureArchitecture.JumpRelu, true)]
    public void A_run_that_is_interrupted_and_resumed_has_the_bytes_of_one_that_is_not(FeatureArchitecture architecture, bool transcodes)
    {
        var options = Options with { Architecture = architecture };
        using var folder = new TemporaryFolder();
        using var whole = New(options, transcodes);
        while (whole.Step < options.Steps)
            whole.Next();
        using (var begun = New(options, transcodes))
        {
            for (var step = 0; step < 3; step++)
                begun.Next();
            begun.Save(folder.File("resume"));
        }
        using var resumed = New(options, transcodes);
        resumed.Resume(folder.File("resume"));
        Assert.Equal(3, resumed.Step);
        while (resumed.Step < options.Steps)
            resumed.Next();
        foreach (var (trainer, name) in ((FeatureTrainer, string)[])[(whole, "whole"), (resumed, "resumed")])
        {
            trainer.Save(folder.File(name));
            using var dictionary = trainer.ToDictionary();
            SaeLensFolder.Write(folder.File(name + "-features"), dictionary);
        }
        Assert.Equal(File.ReadAllBytes(folder.File("whole")), File.ReadAllBytes(folder.File("resumed")));
        foreach (var file in (string[])[SaeLensFolder.ConfigFile, SaeLensFolder.WeightsFile])
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder.File("whole-features"), file)),
                File.ReadAllBytes(Path.Combine(folder.File("resumed-features"), file)));
    }

    [Fact]
    public void A_run_of_other_options_or_another_text_is_not_resumed()
    {
        using var folder = new TemporaryFolder();
        using (var begun = New(Options, false))
            begun.Save(folder.File("resume"));
        using var other = New(Options with { LearningRate = 2e-3f }, false);
        Assert.Contains("the options", Assert.Throws<InvalidDataException>(() => other.Resume(folder.File("resume"))).Message,
            StringComparison.Ordinal);
        _tokens[17] = 19 - _tokens[17];
        using var another = New(Options, false);
        Assert.Contains("the text", Assert.Throws<InvalidDataException>(() => another.Resume(folder.File("resume"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_transcoder_reads_one_activation_and_learns_another()
    {
        using var trainer = New(Options with { Architecture = FeatureArchitecture.JumpRelu, Steps = 300, LearningRate = 3e-3f }, true);
        var losses = Enumerable.Range(0, 300).Select(_ => trainer.Next().Loss).ToArray();
        Assert.InRange(losses[^20..].Average() / losses[0], 0, 0.5);
        using var dictionary = trainer.ToDictionary();
        Assert.Equal((new(Activation.ResidMid, 1), new(Activation.MlpOut, 1)), (dictionary.Config.Reads, dictionary.Config.Written));
    }

    [Fact]
    public void What_no_layout_can_hold_is_refused_before_anything_is_learned()
    {
        Assert.Contains("JumpRelu", Assert.Throws<NotSupportedException>(() => New(Options, transcodes: true)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => New(Options with { Active = 25 }, false));
        Assert.Throws<ArgumentException>(() => New(Options with { Architecture = FeatureArchitecture.Gated }, false));
    }

    private FeatureTrainer New(FeatureTrainingOptions options, bool transcodes) => new(_gpt,
        new FeaturePlace(transcodes ? Activation.ResidMid : Activation.ResidPost, 1),
        transcodes ? new FeaturePlace(Activation.MlpOut, 1) : null,
        new TokenWindows(_tokens.Length, (start, some) => _tokens.AsSpan((int)start, some.Length).CopyTo(some), 16), options);

    public void Dispose()
    {
        _gpt.Dispose();
        _backend.Dispose();
    }
}
