using Pellucid.Looking;
using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Tests.Looking.Features;

/// <summary>Features added and taken away while a model reads a text, against changes of the stream by hand.</summary>
public sealed class FeatureChangeTests : IDisposable
{
    private const string Text = "a cat sat here";
    private const int Width = 16;

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly CharacterTokenizer _tokenizer = new([.. "\n abcdefghijklmnopqrstuvwxyz".EnumerateRunes()]);
    private readonly Gpt _gpt;

    public FeatureChangeTests()
    {
        _gpt = new Gpt(new GptConfig
        {
            Layers = 3, Heads = 2, Width = Width, Context = 32, VocabularySize = _tokenizer.VocabularySize,
        }, _backend);
        _gpt.Initialize(7);
    }

    [Theory]
    [InlineData("r1+4[95]")]
    [InlineData("r1*0[5]")]
    [InlineData("m0@2*-1.5[0]")]
    public void A_change_of_a_feature_is_written_as_it_is_read(string text)
    {
        var change = Intervention.Parse(text);
        Assert.Equal(text, change.ToString());
        Assert.NotNull(change.Feature);
    }

    [Theory]
    [InlineData("r1=0[5]")]
    [InlineData("r1+4[]")]
    [InlineData("r1+4[-1]")]
    [InlineData("r1+4[5")]
    [InlineData("r1+4[5]x")]
    public void What_is_no_change_is_refused(string text) => Assert.Throws<ArgumentException>(() => Intervention.Parse(text));

    // Feature i of an identity is what number i is above 0, and Width + i what it is below.
    [Fact]
    public void What_a_feature_writes_is_added_and_taken_away_where_it_stands_in_the_stream()
    {
        const int feature = 5;
        using var identity = Identity(new FeaturePlace(Activation.ResidPost, 1));
        float[] plain = Stream([]), added = Stream([identity], $"r1+4[{feature}]"), without = Stream([identity], $"r1*0[{feature}]"),
            doubled = Stream([identity], $"r1@3*2[{Width + feature}]");
        for (var i = 0; i < plain.Length; i++)
        {
            var (own, position) = (i % Width == feature, i / Width);
            Assert.Equal(own ? plain[i] + 4 : plain[i], added[i], 1e-5);
            Assert.Equal(own ? Math.Min(0, plain[i]) : plain[i], without[i], 1e-5);
            Assert.Equal(own && position == 3 ? plain[i] + Math.Min(0, plain[i]) : plain[i], doubled[i], 1e-5);
        }
        Assert.Contains(Enumerable.Range(0, plain.Length), i => plain[i] != without[i]);
        Assert.Contains(Enumerable.Range(0, plain.Length), i => plain[i] != doubled[i]);
    }

    [Fact]
    public void A_feature_reads_what_other_changes_have_made_in_whatever_order_they_are_written()
    {
        using FeatureDictionary lower = Identity(new FeaturePlace(Activation.MlpOut, 0)),
            upper = Identity(new FeaturePlace(Activation.ResidPre, 2)); // which stands after layer 1
        float[] one = Stream([lower, upper], "r1*0[3]", "m0+2[7]", "0.1=0"), other = Stream([upper, lower], "0.1=0", "m0+2[7]", "r1*0[3]");
        Assert.Equal(one, other);
        for (var position = 0; position < Text.Length; position++)
            Assert.True(one[position * Width + 3] <= 1e-6);
    }

    [Fact]
    public void Features_that_are_not_there_are_refused_by_name()
    {
        using FeatureDictionary one = Identity(new FeaturePlace(Activation.ResidPost, 1)),
            same = Identity(new FeaturePlace(Activation.ResidPre, 2));
        string Refused(IReadOnlyList<FeatureDictionary> features, string change) =>
            Assert.Throws<ArgumentException>(() => Stream(features, change)).Message;
        Assert.Equal("r1+4[5] is of a feature, and there are none here that write resid_post of layer 1: give their folder",
            Refused([], "r1+4[5]"));
        Assert.Contains("none here that write mlp_out of layer 1", Refused([one], "m1+4[5]"), StringComparison.Ordinal);
        Assert.Equal("r1+4[5] is of a feature, and 2 folders of features write resid_post of layer 1: give one",
            Refused([one, same], "r1+4[5]"));
        Assert.Equal("there are features 0 to 31, not 32", Refused([one], "r1+4[32]"));
    }

    [Fact]
    public void A_forward_that_is_interrupted_ends_between_two_layers()
    {
        using var interrupted = new CancellationTokenSource();
        interrupted.Cancel();
        _gpt.Interruption = interrupted.Token;
        Assert.Throws<OperationCanceledException>(() => Stream([]));
        _gpt.Interruption = default;
        Assert.NotEmpty(Stream([]));
    }

    // (T, Width) after layer 1.
    private float[] Stream(IReadOnlyList<FeatureDictionary> features, params string[] changes)
    {
        using var run = new ExperimentRun(_gpt, _tokenizer, new Experiment(Text, "", [.. changes.Select(Intervention.Parse)]), null,
            features);
        return run.Values(Activation.ResidPost, 1).Values;
    }

    private FeatureDictionary Identity(FeaturePlace place)
    {
        var dictionary = new FeatureDictionary(new FeatureConfig
        {
            Architecture = FeatureArchitecture.Standard, Width = Width, Features = 2 * Width, Reads = place,
        }, _backend);
        var (encoder, decoder) = (new float[Width * 2 * Width], new float[2 * Width * Width]);
        for (var i = 0; i < Width; i++)
        {
            (encoder[i * 2 * Width + i], encoder[i * 2 * Width + Width + i]) = (1, -1);
            (decoder[i * Width + i], decoder[(Width + i) * Width + i]) = (1, -1);
        }
        dictionary.Set("W_enc", encoder);
        dictionary.Set("W_dec", decoder);
        return dictionary;
    }

    public void Dispose()
    {
        _gpt.Dispose();
        _backend.Dispose();
    }
}
