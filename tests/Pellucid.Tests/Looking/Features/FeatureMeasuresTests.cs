using System.Numerics.Tensors;
using Pellucid.Looking;
using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking.Features;

/// <summary>Measures and dashboards of dictionaries that are written by hand, in a model drawn at random.</summary>
public sealed class FeatureMeasuresTests : IDisposable
{
    private const int Width = 16, Length = 12;

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly Gpt _gpt;
    private readonly int[] _tokens = [.. Enumerable.Range(0, 3000).Select(i => (int)(CounterRandom.Bits(3, 1, 0, (ulong)i) % 20))];

    public FeatureMeasuresTests()
    {
        _gpt = new Gpt(new GptConfig { Layers = 2, Heads = 2, Width = Width, Context = Length, VocabularySize = 20 }, _backend);
        _gpt.Initialize(7);
        for (var index = 0; index < _gpt.Parameters.Count; index++) // so that it says something
        {
            var values = new float[_gpt.Parameters[index].Count];
            _gpt.Parameters.Read(index, values);
            _gpt.Parameters.Write(index, [.. values.Select(value => 6 * value)]);
        }
    }

    [Fact]
    public void Features_that_write_what_they_read_lose_nothing()
    {
        using var identity = Identity();
        var measures = FeatureMeasures.Of(_gpt, identity, Windows(), 20, TestContext.Current.CancellationToken);
        Assert.Equal(20 * Length, measures.Rows);
        Assert.Equal(measures.Loss, measures.LossWithFeatures, 1e-5);
        Assert.Equal(1, measures.LossRecovered, 1e-3);
        Assert.Equal(1, measures.ExplainedVariance, 1e-6);
        Assert.Equal(Width, measures.Active); // a number is on one side of 0 or on the other
        Assert.Equal((2 * Width, 0), (measures.Features, measures.Dead));
        Assert.NotEqual(measures.Loss, measures.LossAtZero, 1e-3);
        Assert.NotEqual(measures.LossAtMean, measures.LossAtZero, 1e-3);
    }

    [Fact]
    public void Features_that_never_fire_are_zeros_or_the_mean()
    {
        using var nothing = Identity();
        nothing.Set("b_enc", [.. Enumerable.Repeat(-1e6f, 2 * Width)]);
        var zeros = FeatureMeasures.Of(_gpt, nothing, Windows(), 20, TestContext.Current.CancellationToken);
        Assert.Equal(zeros.LossAtZero, zeros.LossWithFeatures, 1e-6);
        Assert.Equal((0, 0.0, 2 * Width), (zeros.LossRecovered, zeros.Active, zeros.Dead));
        Assert.True(zeros.ExplainedVariance <= 0);

        using var rows = new ActivationRows(_gpt, nothing.Config.Reads, nothing.Config.Written);
        var all = rows.Of(new Prompts(Windows().HeldOut(20, 20).SelectMany(some =>
            Enumerable.Range(0, some.Count).Select(prompt => some[prompt])))).Read;
        nothing.Set("b_dec", [.. Enumerable.Range(0, Width).Select(i => all.Where((_, at) => at % Width == i).Average())]);
        var mean = FeatureMeasures.Of(_gpt, nothing, Windows(), 20, TestContext.Current.CancellationToken);
        Assert.Equal(mean.LossAtMean, mean.LossWithFeatures, 1e-5);
        Assert.Equal(0, mean.LossRecoveredOfMean, 1e-3);
        Assert.Equal(0, mean.ExplainedVariance, 1e-5);
    }

    [Fact]
    public void A_dashboard_tells_where_a_feature_fires_and_what_goes_with_it()
    {
        const int Feature = 5;
        using var identity = Identity();
        var dashboard = Assert.Single(
            new FeatureReader(_gpt, identity, Windows(), 20).Show([Feature], TestContext.Current.CancellationToken));
        var plain = new List<(float Activation, int[] Tokens, int Position)>();
        var (clean, without) = (new List<double>(), new List<double>());
        using var splice = new FeatureSplice(_gpt, identity.Config);
        foreach (var prompts in Windows().HeldOut(1, 20))
        {
            var (read, _, losses) = splice.Record(prompts);
            var changed = read.ToArray();
            for (var position = 0; position < Length; position++)
            {
                plain.Add((Math.Max(0, read[position * Width + Feature]), prompts[0], position));
                changed[position * Width + Feature] = Math.Min(0, changed[position * Width + Feature]);
            }
            var changedLosses = splice.With(prompts, changed);
            var most = Enumerable.Range(0, Length).Max(position => read[position * Width + Feature]);
            foreach (var position in Enumerable.Range(0, Length - 1).Where(position => most > 0
                && read[position * Width + Feature] >= most / 2))
            {
                clean.Add(losses[position]);
                without.Add(changedLosses[position]);
            }
        }
        Assert.Equal((20 * Length, plain.Count(one => one.Activation > 0)), (dashboard.Rows, dashboard.Fired));
        Assert.Equal(dashboard.Fired, dashboard.Histogram.Sum());
        var strongest = plain.MaxBy(one => one.Activation);
        Assert.Equal(strongest.Activation, dashboard.Largest, 1e-6);
        Assert.Equal(strongest.Tokens, dashboard.Contexts[0].Tokens);
        Assert.Equal(strongest.Position, dashboard.Contexts[0].Position);
        Assert.Equal(dashboard.Contexts.OrderByDescending(context => context.Activation), dashboard.Contexts);
        Assert.Equal(clean.Average(), dashboard.Use!.Loss, 1e-5);
        Assert.Equal(without.Average() - clean.Average(), dashboard.Use.Rise.Mean, 1e-5);
        Assert.Equal(clean.Count, dashboard.Use.Rise.Count);

        var (table, gain) = (_gpt.Parameters["wte.weight"], new float[Width]);
        var (row, written) = (new float[Width], new Dictionary<int, double>());
        _backend.Read(_gpt.Parameters["ln_f.weight"], gain);
        for (var token = 0; token < 20; token++)
        {
            _backend.Read(table.RowRange(token, 1), row);
            var direction = Enumerable.Range(0, Width).Select(i => (i == Feature ? 1 : 0) - 1f / Width).ToArray();
            TensorPrimitives.Multiply(direction, gain, direction);
            written[token] = TensorPrimitives.Dot<float>(direction, row);
        }
        Assert.Equal(written.MaxBy(token => token.Value).Key, dashboard.Writes[0].Token);
        Assert.Equal(written.MinBy(token => token.Value).Key, dashboard.WritesAgainst[0].Token);
    }

    [Fact]
    public void Features_are_found_by_what_they_write_fire_on_and_tell_apart()
    {
        using var identity = Identity();
        using var splice = new FeatureSplice(_gpt, identity.Config);
        var search = new FeatureSearch(_gpt, identity);
        var (firings, share) = new FeatureReader(_gpt, identity, Windows(), 20).ReadStepwise().Last();
        Assert.Equal((20L * Length, 1.0), (firings.Rows, share));
        var fired = new List<(float Activation, int Token)>[2 * Width];
        foreach (var prompts in Windows().HeldOut(1, 20))
        {
            var read = splice.Read(prompts);
            for (var i = 0; i < read.Length; i++)
                (fired[i % Width + (read[i] > 0 ? 0 : Width)] ??= []).Add((Math.Abs(read[i]), prompts[0][i / Width]));
        }
        double ShareOf(int feature) => fired[feature].OrderByDescending(one => one.Activation).Take(8).Count(one => one.Token == 7) / 8.0;
        var on = firings.On(7, 8, 5);
        Assert.Equal(Enumerable.Range(0, 2 * Width).Max(ShareOf), on[0].Share);
        Assert.All(on, one => Assert.Equal(ShareOf(one.Feature), one.Share));

        var written = search.Writes(3, 4);
        Assert.Equal(written.Select(one => one.Score).OrderDescending(), written.Select(one => one.Score));
        Assert.Equal(written[0].Score, -search.Writes(Width + 3, 1, against: true)[0].Score, 1e-5); // which points the other way
        var writers = search.Writers(written[0].Token, 2 * Width);
        Assert.Equal(0, writers.Sum(one => one.Cosine), 1e-4);
        Assert.Equal(writers.Max(one => one.Cosine), writers[0].Cosine);

        int[][] examples = [[1, 2, 3], [3, 2, 1, 4]], others = [[5, 6]];
        var (here, there) = (examples.Select(End).ToList(), End(others[0]));
        var apart = search.ByExample(examples, others, 3);
        Assert.All(apart, one =>
        {
            Assert.Equal(here.Min(end => Value(end, one.Feature)), one.Least, 1e-6);
            Assert.Equal(Value(there, one.Feature), one.Most, 1e-6);
        });
        Assert.Equal(Enumerable.Range(0, 2 * Width).Select(feature => (Least: here.Min(end => Value(end, feature)), Feature: feature))
            .Where(one => one.Least > 0).Max(one => one.Least - Value(there, one.Feature)), apart[0].Least - apart[0].Most, 1e-6);

        float[] End(int[] tokens) => splice.Read(new Prompts([tokens]))[^Width..];
        static double Value(float[] end, int feature) => Math.Max(0, feature < Width ? end[feature] : -end[feature - Width]);
    }

    [Theory]
    [InlineData(0, Width / 2)] // whose rows could be cut into twice as many
    [InlineData(2, Width)]
    public void Features_of_another_model_are_refused(int layer, int width)
    {
        using var others = new FeatureDictionary(new FeatureConfig
        {
            Architecture = FeatureArchitecture.Standard, Width = width, Features = 4,
            Reads = new FeaturePlace(Activation.ResidPost, layer),
        }, _backend);
        Assert.Throws<ArgumentException>(() => FeatureMeasures.Of(_gpt, others, Windows(), 20, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(() =>
            new FeatureReader(_gpt, others, Windows(), 20).Show([0], TestContext.Current.CancellationToken));
    }

    // Two features for each number: what it is above 0, and what below.
    private FeatureDictionary Identity()
    {
        var dictionary = new FeatureDictionary(new FeatureConfig
        {
            Architecture = FeatureArchitecture.Standard, Width = Width, Features = 2 * Width,
            Reads = new FeaturePlace(Activation.ResidPost, 0),
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

    private TokenWindows Windows() =>
        new(_tokens.Length, (start, some) => _tokens.AsSpan((int)start, some.Length).CopyTo(some), Length);

    public void Dispose()
    {
        _gpt.Dispose();
        _backend.Dispose();
    }
}
