using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tests.Models;
using Pellucid.Tokens;

namespace Pellucid.Tests.Looking;

public sealed class PairMeasureTests
{
    [Theory]
    [InlineData("patch z heads")]
    [InlineData("patch resid_pre positions gradient")]
    [InlineData("patch z heads-and-positions")]
    [InlineData("paths heads to logits")]
    [InlineData("paths mlp to 1.0q 1.1v at 3 frozen")]
    [InlineData("paths heads to 2.3k at -1")]
    [InlineData("circuit 0.05")]
    public void A_measure_is_written_as_it_is_read(string text)
    {
        Assert.Equal(text, PairMeasure.Parse(text).ToString());
        using var folder = new TemporaryFolder();
        new Experiment("one", "two", [])
        {
            Model = "tiny", Weights = "sha256:00", Answer = " a", Wrong = " b", Measure = PairMeasure.Parse(text),
        }.Save(folder.File("experiment.json"));
        var read = Experiment.Load(folder.File("experiment.json"));
        Assert.Equal(("tiny", "sha256:00", " a", " b", text), (read.Model, read.Weights, read.Answer, read.Wrong, $"{read.Measure}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("patch z")]
    [InlineData("patch z nowhere")]
    [InlineData("patch nothing heads")]
    [InlineData("paths heads to")]
    [InlineData("paths heads to 1.0x")]
    [InlineData("paths heads to logits at 1.5")]
    [InlineData("paths cats to logits")]
    [InlineData("circuit 0")]
    [InlineData("circuit 2")]
    public void What_is_no_measure_is_refused(string text) => Assert.Throws<ArgumentException>(() => PairMeasure.Parse(text));

    [Fact]
    public void Weights_have_a_hash_that_a_file_keeps_and_a_change_does_not()
    {
        using var backend = CpuBackend.Create(1);
        using var folder = new TemporaryFolder();
        using var gpt = new Gpt(SmallGpt.Config, backend);
        gpt.Initialize(1);
        Checkpoint.Save(folder.Path, gpt);
        using var again = Checkpoint.Load(folder.Path, backend);
        Assert.Equal(WeightHash.Of(gpt), WeightHash.Of(again));
        Assert.Matches("^sha256:[0-9a-f]{64}$", WeightHash.Of(gpt));
        var bias = new float[again[ParameterRole.FinalNormBias].Count];
        bias[3] = 1e-6f;
        backend.Write(bias, again[ParameterRole.FinalNormBias]);
        Assert.NotEqual(WeightHash.Of(gpt), WeightHash.Of(again));
    }

    [Theory]
    [InlineData(Parts.Heads, false)]
    [InlineData(Parts.Layers, false)]
    [InlineData(Parts.Heads, true)]
    [InlineData(Parts.Layers, true)]
    public void What_a_piece_writes_is_its_direct_attribution_for_every_two_tokens(Parts parts, bool normalisesWhatIsSaid)
    {
        using var backend = CpuBackend.Create(1);
        var tokenizer = new CharacterTokenizer([.. "\n abcdefghijklmnopqrstuvwxyz".EnumerateRunes()]);
        var config = new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 32, Layers = 2, Heads = 4, Width = 32 };
        using var gpt = new Gpt(!normalisesWhatIsSaid ? config : config with
        {
            Norm = new(NormKind.Rms, NormPlace.InputAndOutput, HasBias: false), ResidualScale = 0.4f, LogitCap = 4,
            Family = ModelFamily.All.Single(family => family.Name == "gemma2"), LearnedPositions = false, Rotary = new RotaryShape(100, 8),
            Gated = true, AttentionBiases = AttentionBiases.None, FeedForwardBiases = false,
        }, backend);
        gpt.Initialize(5);
        using var run = new ExperimentRun(gpt, tokenizer, new Experiment("a cat sat here", "", []));
        foreach (var part in DirectAttribution.Of(gpt, new Question(run.Tokens, 7, 19), parts).Parts)
        {
            if (part.Part.Layer < 0 || part.Part.Name.StartsWith("bias", StringComparison.Ordinal))
                continue;
            var place = new Component(part.Part.Head >= 0 ? Activation.Z
                : part.Part.Name.StartsWith("mlp", StringComparison.Ordinal) ? Activation.MlpOut : Activation.AttnOut,
                part.Part.Layer, part.Part.Head, Position: run.Tokens.Length - 1);
            var written = DirectWriting.Of(gpt, run, place, tokenizer.VocabularySize);
            var logits = written.For.ToDictionary(one => one.Token, one => one.Logit);
            Assert.Equal(part.Direct, logits[7] - logits[19], 1e-5);
            Assert.Equal(written.For.Reverse(), written.Against);
        }
    }
}
