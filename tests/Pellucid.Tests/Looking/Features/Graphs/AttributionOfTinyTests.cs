using Pellucid.Looking.Features;
using Pellucid.Looking.Features.Graphs;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Tests.Looking.Features.Graphs;

/// <summary>Attribution graphs of transcoders that were learned for some seconds. The long test learns them for minutes and holds
/// Poland → Warsaw to its bar.</summary>
public sealed class AttributionOfTinyTests : IDisposable
{
    private static readonly FeatureTrainingOptions Options = new()
    {
        Architecture = FeatureArchitecture.JumpRelu, Features = 192, Active = 16, Steps = 60, Rows = 480, LearningRate = 3e-3f,
    };

    private static readonly string[] Prompts = ["The capital of Poland is", "Anna gave a ring to", "What is the capital of France?"];

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly Tokenizer _tokenizer = Tokenizer.Load(BuiltInModel.Folder);
    private readonly int[] _tokens;

    public AttributionOfTinyTests() => _tokens = [.. _tokenizer.Encode(new MicroWorld(MicroWorld.UsualSeed).Text(100_000))];

    [Fact]
    public void A_random_model_gives_nothing_that_passes_whatever_it_is_asked_for()
    {
        using var tiny = Checkpoint.Load(BuiltInModel.Folder, _backend);
        using var random = new Gpt(tiny.Config, _backend);
        random.Initialize(5);
        var transcoders = Enumerable.Range(0, random.Config.Layers).Select(layer => Learn(random, layer)).ToList();
        foreach (var prompt in Prompts)
        {
            using var tracer = new AttributionTracer(random, transcoders, _tokenizer.Encode(prompt));
            var graph = tracer.Trace(tracer.Said().Top(1)[0]);
            Assert.Equal(graph.Answer.Value, graph.Sum(graph.Answer.Index), 1e-3);
            var check = AttributionCheck.Of(tracer, graph, 20);
            Assert.Equal(20, check.Each.Count);
            Assert.False(check.Passes);
        }
        transcoders.ForEach(one => one.Dispose());
    }

    [Fact]
    public void Without_features_there_is_nothing_to_take_away()
    {
        using var tiny = Checkpoint.Load(BuiltInModel.Folder, _backend);
        using var tracer = new AttributionTracer(tiny, [], _tokenizer.Encode(Prompts[0]));
        var graph = tracer.Trace(_tokenizer.Encode(" Warsaw")[0]);
        Assert.Equal(1, graph.ShareOfErrors + graph.ShareOfTokens, 1e-9);
        Assert.Contains("nothing to take away", Assert.Throws<ArgumentException>(() => AttributionCheck.Of(tracer, graph)).Message,
            StringComparison.Ordinal);
    }

    private FeatureDictionary Learn(Gpt gpt, int layer)
    {
        using var trainer = new FeatureTrainer(gpt, new FeaturePlace(Activation.Ln2, layer), new FeaturePlace(Activation.MlpOut, layer),
            new TokenWindows(_tokens.Length, (start, some) => _tokens.AsSpan((int)start, some.Length).CopyTo(some), 48), Options);
        while (trainer.Step < Options.Steps)
            trainer.Next();
        return trainer.ToDictionary();
    }

    public void Dispose() => _backend.Dispose();
}
