using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Tests.Looking.Features;

/// <summary>Features of the built-in model, learned for some seconds: they do something, and those of a model that was drawn at random
/// and knows nothing do not. The long test learns them for minutes and holds them to the bars.</summary>
public sealed class FeaturesOfTinyTests : IDisposable
{
    private static readonly FeatureTrainingOptions Options = new()
    {
        Features = 192, Active = 16, Steps = 120, Rows = 480, LearningRate = 3e-3f, DeadAfter = 10_000,
    };

    private const int Looked = 12;

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly Tokenizer _tokenizer = Tokenizer.Load(BuiltInModel.Folder);
    private readonly int[] _tokens;

    public FeaturesOfTinyTests() => _tokens = [.. _tokenizer.Encode(new MicroWorld(MicroWorld.UsualSeed).Text(300_000))];

    [Fact]
    public void What_a_trained_model_uses_passes_the_bar_and_nothing_of_a_random_one()
    {
        using var tiny = Checkpoint.Load(BuiltInModel.Folder, _backend);
        using var random = new Gpt(tiny.Config, _backend);
        random.Initialize(5);
        var (ofTiny, ofRandom) = (Passing(tiny), Passing(random));
        Assert.Equal(0, ofRandom.Passing);
        Assert.True(ofTiny.Passing >= 2, $"{ofTiny.Passing} of {ofTiny.Looked} pass");
    }

    private (int Passing, int Looked) Passing(Gpt gpt)
    {
        using var dictionary = Learn(gpt, layer: 3);
        var dashboards = new FeatureReader(gpt, dictionary, Windows, 140).Show([.. Enumerable.Range(0, Looked)],
            TestContext.Current.CancellationToken);
        Assert.True(dashboards.Count(dashboard => dashboard.Fired > 0) >= Looked / 2);
        return (dashboards.Count(dashboard => dashboard.Passes), dashboards.Count);
    }

    [Fact]
    public void Some_seconds_of_learning_recover_most_of_the_loss_and_find_what_the_world_speaks_of()
    {
        using var tiny = Checkpoint.Load(BuiltInModel.Folder, _backend);
        using var dictionary = Learn(tiny, layer: 1);
        var measures = FeatureMeasures.Of(tiny, dictionary, Windows, 40, TestContext.Current.CancellationToken);
        Assert.InRange(measures.LossRecovered, 0.85, 1);
        Assert.InRange(measures.Active, 8, 16);
        double Best(FeatureDictionary named) => FeatureTruth.MicroWorld(tiny, _tokenizer, named, 30_000,
            cancellation: TestContext.Current.CancellationToken).Take(10).Average(one => one.F1);
        using var untrained = Untrained(tiny);
        Assert.True(Best(dictionary) > Best(untrained), "what was learned stands for no more than directions at random");
    }

    [Fact]
    public void Labels_lie_on_the_words_that_they_are_of()
    {
        var texts = LabelledText.Pack(new MicroWorld(4).Passages(), _tokenizer, 96, 40_000, begin: null).ToList();
        var (senses, people) = (0, 0);
        foreach (var text in texts)
        {
            Assert.InRange(text.Tokens.Length, 1, 96);
            Assert.Equal(text.Tokens.Length, text.Labels.Length);
            for (var i = 0; i < text.Tokens.Length; i++)
                foreach (var (kind, label) in text.Labels[i])
                {
                    var word = _tokenizer.Decode([text.Tokens[i]]).Trim();
                    if (kind == "sense")
                        Assert.EndsWith(word, label.Split(':')[0], StringComparison.OrdinalIgnoreCase);
                    senses += kind == "sense" ? 1 : 0;
                    people += kind == "person" && label.EndsWith(word, StringComparison.Ordinal) ? 1 : 0;
                }
        }
        Assert.True(senses > 50 && people > 500, $"{senses} senses, {people} people");
        Assert.Equal(20, texts.SelectMany(text => text.Labels).SelectMany(labels => labels)
            .Where(label => label.Kind == "topic").Select(label => label.Label).Distinct().Count());
    }

    [Fact]
    public void Precision_and_recall_are_counted_as_they_are_defined()
    {
        var counts = new LabelCounts(2);
        var cat = ("word", "cat");
        counts.Add([[cat], [], [cat], [cat]], [4, 1, 1, 1, 0, 0, 8, 0]); // rows of two features
        counts.Finish([8, 1]);
        Assert.Equal((2 / 3.0, 2 / 3.0), counts.Scores(cat, 0, 0));
        Assert.Equal((1, 2 / 3.0), counts.Scores(cat, 0, 2)); // above a quarter of 8
        Assert.Equal((1, 1 / 3.0), counts.Scores(cat, 0, 4)); // 4 is not above a half of it
        Assert.Equal((0.5, 1 / 3.0), counts.Scores(cat, 1, 0));
        Assert.Equal(0.8, counts.F1(cat, 0, 2), 1e-12);
        Assert.Equal(3, counts.Tokens(cat));
    }

    private FeatureDictionary Learn(Gpt gpt, int layer)
    {
        using var trainer = New(gpt, layer);
        while (trainer.Step < Options.Steps)
            trainer.Next();
        return trainer.ToDictionary();
    }

    private FeatureDictionary Untrained(Gpt gpt)
    {
        using var trainer = New(gpt, layer: 1);
        return trainer.ToDictionary();
    }

    private FeatureTrainer New(Gpt gpt, int layer) => new(gpt, new FeaturePlace(Activation.ResidPost, layer), null, Windows, Options);

    private TokenWindows Windows => new(_tokens.Length, (start, some) => _tokens.AsSpan((int)start, some.Length).CopyTo(some), 48);

    public void Dispose() => _backend.Dispose();
}
