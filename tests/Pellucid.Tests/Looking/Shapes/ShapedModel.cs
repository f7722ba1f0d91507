using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Looking.Shapes;

/// <summary>A small random model of one of the shapes that instruments must be right about, or refuse.</summary>
internal sealed class ShapedModel : IDisposable
{
    private static readonly GptConfig Plain = SmallGpt.Config with { Layers = 3, Heads = 4 };

    // Without vectors of positions: queries and keys are turned instead.
    private static readonly GptConfig Turned = Plain with
    {
        Family = ModelFamily.Llama, Norm = new(NormKind.Rms, HasBias: false),
        LearnedPositions = false, Rotary = new RotaryShape(100, 6), Gated = true, Nonlinearity = Nonlinearity.Silu,
        AttentionBiases = AttentionBiases.None, FeedForwardBiases = false, KeyValueHeads = 2, TiedOutput = false,
    };

    private static readonly Dictionary<string, GptConfig> Shapes = new()
    {
        ["GPT-2"] = Plain,
        ["GPT-1"] = Plain with { Family = ModelFamily.Gpt1, Norm = new(Place: NormPlace.Stream) },
        ["windows"] = Plain with { Windows = Gpt2Family.Banded(3, 3) },
        ["no norms"] = Plain with { Norm = NormShape.None },
        ["output table"] = Plain with { TiedOutput = false },
        ["odd widths"] = Plain with { HeadWidth = 5 },
        ["scaled scores"] = Plain with { ScoreScales = PerLayer<double?>.Of(3, layer => 0.6 / (layer + 1)) },
        ["grouped heads"] = Plain with { KeyValueHeads = 2 },
        ["no biases"] = Plain with { AttentionBiases = AttentionBiases.None, FeedForwardBiases = false, Norm = new(HasBias: false) },
        ["scaled logits"] = Plain with { LogitScale = 0.5f, EmbeddingScale = 3 },
        ["Llama"] = Turned,
        ["Gemma 2"] = Turned with
        {
            Family = ModelFamily.All.Single(family => family.Name == "gemma2"),
            Norm = Turned.Norm with { Place = NormPlace.InputAndOutput }, LogitCap = 4, ScoreCap = 2,
        },
        ["OLMo 2"] = Turned with
        {
            Family = ModelFamily.All.Single(family => family.Name == "olmo2"), Norm = Turned.Norm with { Place = NormPlace.Output },
        },
        ["normalised heads"] = Turned with { ResidualScale = 0.4f, HeadNorm = HeadNorm.EachHead, Family = ModelFamily.Qwen3 },
        ["experts"] = Turned with
        {
            Family = ModelFamily.All.Single(family => family.Name == "mixtral"), FeedForwardWidth = 40,
            Experts = new(Count: 4, Active: 2),
        },
        ["attention only"] = Plain with { FeedForwardWidth = 0 },
        ["much at once"] = Plain with
        {
            TiedOutput = false, HeadWidth = 7, KeyValueHeads = 2, Windows = Gpt2Family.Banded(3, 4), FeedForwardWidth = 50,
            ScoreScales = PerLayer<double?>.Of(3, layer => 0.3), AttentionBiases = AttentionBiases.None, Nonlinearity = Nonlinearity.Relu,
        },
    };

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);

    public ShapedModel(string name, int? vocabulary = null)
    {
        Small = new SmallGpt(_backend, Shapes[name] with { VocabularySize = vocabulary ?? SmallGpt.Config.VocabularySize });
        // Gains and biases that are none would hide where they are forgotten.
        for (var index = 0; index < Gpt.Layout.Count; index++)
            if (Gpt.Layout[index] is { Deviation: 0 } parameter)
                Gpt.Parameters.Write(index, [.. Enumerable.Range(0, (int)parameter.Shape.Count)
                    .Select(i => parameter.Start + 0.4f * CounterRandom.Normal(11, (uint)index, 0, (ulong)i))]);
    }

    public static TheoryData<string> Names => [.. Shapes.Keys];

    /// <summary>Two prompts of one length, and two next tokens.</summary>
    public static PromptPair Pair { get; } = new(new Question(SmallGpt.Tokens(6), 5, 11), SmallGpt.Tokens(6, 1));

    public SmallGpt Small { get; }

    public Gpt Gpt => Small.Gpt;

    public GptConfig Config => Gpt.Config;

    public bool HasFeedForward => Config.FeedForwardWidth > 0;

    /// <summary>Whether a row of a layer meets all of its neurons.</summary>
    public bool HasNeurons => HasFeedForward && Config.Experts is null;

    /// <summary>Why instruments on neurons refuse a model that has none.</summary>
    public string NoNeurons =>
        HasFeedForward ? "the feed-forward layers of this model are experts" : "this model has no feed-forward layers";

    /// <summary>Whether the residual stream is the sum of what layers write, be that normalised or scaled.</summary>
    public bool Adds => Config.Norm.Place != NormPlace.Stream;

    /// <summary>Whether the residual stream is the sum of what heads and neurons write.</summary>
    public bool IsSum => Config.Norm.Place == NormPlace.Input && Config.ResidualScale == 1;

    /// <summary>Whether scores are products of what stands at two places alone.</summary>
    public bool HasPlainScores => Config is { HeadNorm: HeadNorm.None, ScoreCap: 0, LearnedPositions: true };

    /// <summary>Whether normalisations take means off.</summary>
    public bool IsCentred => Config.Norm.Kind == NormKind.LayerNorm;

    public IEnumerable<PatchSweep> Sweeps =>
        PatchSweep.Table.Where(sweep => ActivationCache.Places(Config).Contains((sweep.Activation, 0)));

    /// <summary>A parameter, or nothing where there is none.</summary>
    public double[]? Values(ParameterRole role, int layer = -1)
    {
        if (Gpt.Find(role, layer) is not { IsEmpty: false } parameter)
            return null;
        var values = new float[parameter.Count];
        Gpt.Backend.Read(parameter, values);
        return [.. values.Select(value => (double)value)];
    }

    /// <summary>A row of the token table.</summary>
    public double[] Embedding(int token) => [.. Values(ParameterRole.TokenTable)!.Skip(token * Config.Width).Take(Config.Width)
        .Select(value => value * Config.EmbeddingScale)];

    /// <summary>Logits of a vector at the end of the stream, by hand;
    /// with the scale of another vector, or without bias, where asked.</summary>
    public double[] Output(IReadOnlyList<double> x, double? deviation = null, bool bias = true)
    {
        if (Config.HasFinalNorm)
            x = Normalised(x, Values(ParameterRole.FinalNormGain), bias ? Values(ParameterRole.FinalNormBias) : null, deviation);
        return Logits(x);
    }

    /// <summary>Logits of what the output table reads, by hand.</summary>
    public double[] Logits(IReadOnlyList<double> read) => [.. Products(read).Select(product => product * Config.LogitScale)
        .Select(logit => Config.LogitCap == 0 ? logit : Config.LogitCap * Math.Tanh(logit / Config.LogitCap))];

    /// <summary>Products with the rows of the output table.</summary>
    public double[] Products(IReadOnlyList<double> x)
    {
        var table = Values(Config.TiedOutput ? ParameterRole.TokenTable : ParameterRole.OutputTable)!;
        return [.. Enumerable.Range(0, Config.VocabularySize)
            .Select(token => x.Select((value, c) => value * table[token * Config.Width + c]).Sum())];
    }

    /// <summary>What attention of the first layer says where its heads mixed this, before that is normalised or scaled, by hand.</summary>
    public double[] Said(float[] mixed)
    {
        var (table, bias) = (Values(ParameterRole.AttentionOutput, 0)!, Values(ParameterRole.AttentionOutputBias, 0));
        return [.. Enumerable.Range(0, Config.Width)
            .Select(column => mixed.Select((value, c) => value * table[c * Config.Width + column]).Sum() + (bias?[column] ?? 0))];
    }

    /// <summary>The normalisation by hand.</summary>
    public double[] Normalised(IReadOnlyList<double> x, double[]? gain, double[]? bias, double? deviation = null)
    {
        var (mean, scale) = (IsCentred ? x.Average() : 0, deviation ?? Deviation(x));
        return [.. x.Select((value, c) => (value - mean) / scale * (gain?[c] ?? 1) + (bias?[c] ?? 0))];
    }

    public double Deviation(IReadOnlyList<double> x)
    {
        var mean = IsCentred ? x.Average() : 0;
        return Config.Norm.Exists ? Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + Config.Norm.Epsilon) : 1;
    }

    /// <summary>A tensor of such rows, one after another.</summary>
    public Tensor Rows(Arena arena, int count, Func<int, IEnumerable<double>> row)
    {
        var values = Enumerable.Range(0, count).SelectMany(row).Select(value => (float)value).ToArray();
        var tensor = arena.Allocate(new Shape(count, values.Length / count));
        Gpt.Backend.Write(values, tensor);
        return tensor;
    }

    /// <summary>What an activation is in a whole forward with changes, row by row.</summary>
    public float[][] Read(int[] tokens, Activation activation, int layer, params TapEdit[] edits)
    {
        using var arena = new Arena(Gpt.Backend);
        var taps = edits.Aggregate(new Taps(), (all, edit) => all.Edit(edit));
        var tensor = PlainRun.Keep(Small, arena, tokens, activation, layer, taps);
        var values = new float[tensor.Count];
        Gpt.Backend.Read(tensor, values);
        return [.. values.Chunk(tensor.Columns)];
    }

    /// <summary>Logit difference of the pair's question in a whole forward with changes.</summary>
    public double Difference(params TapEdit[] edits) => PlainRun.LogitDifference(Small, Pair.Base.Tokens, Pair.Base.Right, Pair.Base.Wrong,
        edits.Aggregate(new Taps(), (all, edit) => all.Edit(edit)));

    /// <summary>The same as it was before the cap of logits, by hand, where they have one.</summary>
    public double UncappedDifference(params TapEdit[] edits)
    {
        if (Config.LogitCap == 0)
            return Difference(edits);
        var stream = Read(Pair.Base.Tokens, Activation.ResidPost, Config.Layers - 1, edits)[^1];
        var products = Products(Normalised([.. stream.Select(value => (double)value)], Values(ParameterRole.FinalNormGain), null));
        return Config.LogitScale * (products[Pair.Base.Right] - products[Pair.Base.Wrong]);
    }

    /// <summary>Fails unless what is done is refused in one line that says why.</summary>
    public static void AssertRefused(Action run, string why)
    {
        var message = Assert.Throws<ArgumentException>(run).Message;
        Assert.Contains(why, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    public void Dispose()
    {
        Small.Dispose();
        _backend.Dispose();
    }
}
