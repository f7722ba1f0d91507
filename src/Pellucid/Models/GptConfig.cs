using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Models;

/// <summary>
/// The shape of a GPT: V vocabulary, T context, L layers, H heads of D columns, C width, F feed-forward width, and what its
/// <see cref="Block"/>s compute. What is not said is GPT-2's.
/// </summary>
public sealed record GptConfig
{
    private const int MostLayers = 10_000, MostExpertsOfALayer = 4096, MostExperts = 100_000;

    private readonly int? _keyValueHeads, _headWidth, _feedForwardWidth;

    /// <summary>Whose files it is read from and written to, and so what its parameters are called there.</summary>
    public ModelFamily Family { get; init; } = ModelFamily.Gpt2;

    /// <summary>V: rows of the token table. A tokenizer may know fewer tokens.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>T: positions.</summary>
    public required int Context { get; init; }

    /// <summary>L: blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>H: attention heads of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>C: columns of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>K: heads that have keys and values, each for H / K heads that ask; H unless said otherwise.</summary>
    public int KeyValueHeads
    {
        get => _keyValueHeads ?? Heads;
        init => _keyValueHeads = value;
    }

    /// <summary>D: columns of a head; C / H unless said otherwise.</summary>
    public int HeadWidth
    {
        get => _headWidth ?? Width / Heads;
        init => _headWidth = value;
    }

    /// <summary>F: neurons of a feed-forward layer, 4 C unless said otherwise; 0 for attention only.</summary>
    public int FeedForwardWidth
    {
        get => _feedForwardWidth ?? 4 * Width;
        init => _feedForwardWidth = value;
    }

    /// <summary>How blocks and output are normalised.</summary>
    public NormShape Norm { get; init; } = new();

    /// <summary>What neurons do with what they read.</summary>
    public Nonlinearity Nonlinearity { get; init; } = Nonlinearity.GeluTanh;

    /// <summary>Whether positions have vectors of their own, which are added to those of tokens.</summary>
    public bool LearnedPositions { get; init; } = true;

    /// <summary>How queries and keys are turned by their positions; null where they are not.</summary>
    public PerLayer<RotaryShape?> Rotary { get; init; } = (RotaryShape?)null;

    /// <summary>Which queries and keys are normalised together.</summary>
    public HeadNorm HeadNorm { get; init; } = HeadNorm.None;

    /// <summary>Which of attention's products have a bias.</summary>
    public AttentionBiases AttentionBiases { get; init; } = AttentionBiases.All;

    /// <summary>Whether neurons are gated by a product of their own.</summary>
    public bool Gated { get; init; }

    /// <summary>How rows are given to experts, where feed-forward layers are several of F neurons each; null where they are one.</summary>
    public ExpertsShape? Experts { get; init; }

    /// <summary>Whether neurons and what they write have a bias.</summary>
    public bool FeedForwardBiases { get; init; } = true;

    /// <summary>Keys that a row sees, its own among them; all when 0.</summary>
    public PerLayer<int> Windows { get; init; } = 0;

    /// <summary>What scores are multiplied by; 1/√D when null.</summary>
    public PerLayer<double?> ScoreScales { get; init; } = (double?)null;

    /// <summary>c: scores s become c · tanh(s / c); as they are when 0.</summary>
    public double ScoreCap { get; init; }

    /// <summary>Whether every head has a score that all its rows see beside those of their keys.</summary>
    public bool Sinks { get; init; }

    /// <summary>What the vectors of tokens are multiplied by.</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>What every layer's word is multiplied by before it joins the residual stream.</summary>
    public float ResidualScale { get; init; } = 1;

    /// <summary>What logits are multiplied by.</summary>
    public float LogitScale { get; init; } = 1;

    /// <summary>c: logits x become c · tanh(x / c); as they are when 0.</summary>
    public float LogitCap { get; init; }

    /// <summary>Whether the output is compared with the token table; else with a table of its own.</summary>
    public bool TiedOutput { get; init; } = true;

    /// <summary>Whether the residual stream is normalised before the output.</summary>
    public bool HasFinalNorm => Norm is { Exists: true, Place: not NormPlace.Stream };

    /// <summary>Heads of an activation that has heads: of keys and values as many as there are of them.</summary>
    public int HeadsOf(Activation activation) => activation is Activation.K or Activation.V or Activation.RotK ? KeyValueHeads : Heads;

    /// <summary>GPT-2's shape in those sizes, for a model that is yet to be trained; its vocabulary, a tokenizer's, is 0.</summary>
    /// <param name="layers">L: blocks.</param>
    /// <param name="heads">H: attention heads of a block, which must divide the width.</param>
    /// <param name="width">C: columns of the residual stream.</param>
    /// <param name="context">T: positions.</param>
    public static GptConfig Sized(int layers, int heads, int width, int context) =>
        new() { VocabularySize = 0, Layers = layers, Heads = heads, Width = width, Context = context };

    /// <summary>What a block computes.</summary>
    /// <param name="layer">Counted from 0.</param>
    public BlockShape Block(int layer)
    {
        var attention = new AttentionShape(Heads, KeyValueHeads, HeadWidth, ScoreScales[layer], Windows[layer], ScoreCap);
        var feedForward = FeedForwardWidth == 0 ? null
            : new FeedForwardShape(FeedForwardWidth, Nonlinearity, FeedForwardBiases, Gated, Experts);
        return new BlockShape(Norm, attention, AttentionBiases, HeadNorm, Rotary[layer], feedForward);
    }

    /// <summary>Exact number of parameters: V·C + T·C + L·(12C² + 13C) + 2C for GPT-2's shape.</summary>
    public long Parameters => Count(_ => true);

    /// <summary>Those that a row meets: of experts only as many as it is given to.</summary>
    public long ActiveParameters => Experts is null ? Parameters : Parameter.Of(this).Where(parameter =>
        parameter.Expert < Experts.Active).Sum(parameter => parameter.Shape.Count);

    /// <summary>Parameters without the tables of tokens, positions and output.</summary>
    public long NonEmbeddingParameters =>
        Count(role => role is not (ParameterRole.TokenTable or ParameterRole.PositionTable or ParameterRole.OutputTable));

    /// <summary>Weights of the feed-forward layers, biases aside, over all parameters.</summary>
    public double FeedForwardShare =>
        (double)Count(role => role is ParameterRole.FeedForwardGate or ParameterRole.FeedForwardInput
            or ParameterRole.FeedForwardOutput) / Parameters;

    /// <summary>Refuses shapes that cannot be.</summary>
    /// <exception cref="ArgumentException">One line says which numbers disagree.</exception>
    public void Validate()
    {
        RequirePositive(VocabularySize, "vocabulary size");
        RequirePositive(Context, "context");
        RequirePositive(Layers, "layers");
        Require(Layers <= MostLayers, $"{Layers} layers are more than {MostLayers}");
        RequirePositive(Heads, "heads");
        RequirePositive(KeyValueHeads, "key-value heads");
        RequirePositive(Width, "width");
        Require(_headWidth is not null || Width % Heads == 0, $"heads ({Heads}) does not divide width ({Width})");
        RequirePositive(HeadWidth, "the width of a head");
        Require(Heads % KeyValueHeads == 0, $"key-value heads ({KeyValueHeads}) does not divide heads ({Heads})");
        Require(FeedForwardWidth >= 0, $"the feed-forward width cannot be {FeedForwardWidth}");
        ValidateExperts();
        Require(float.IsFinite(Norm.Epsilon) && Norm.Epsilon >= 0, $"the epsilon of the normalisation cannot be {Norm.Epsilon}");
        Require(Windows.Values.Count == 1 || Windows.Values.Count == Layers,
            $"{Windows.Values.Count} windows are given for {Layers} layers");
        Require(ScoreScales.Values.Count == 1 || ScoreScales.Values.Count == Layers,
            $"{ScoreScales.Values.Count} scales are given for {Layers} layers");
        Require(Rotary.Values.Count == 1 || Rotary.Values.Count == Layers,
            $"{Rotary.Values.Count} rotations are given for {Layers} layers");
        Require(Rotary.Values.All(rotary => rotary is null || (rotary.Width > 0 && rotary.Width % 2 == 0 && rotary.Width <= HeadWidth)),
            $"columns that are turned must be pairs within a head of {HeadWidth}");
        Require(Windows.Values.All(window => window >= 0), $"the window of attention cannot be {Windows.Values.Min()}");
        var widest = Math.Max((long)FeedForwardWidth, Math.Max(Width, (Heads + 2L * KeyValueHeads) * HeadWidth));
        widest = Math.Max(widest, Math.Max(VocabularySize, LearnedPositions ? Context : 0));
        Require(widest * Width <= int.MaxValue, $"a table of {widest} × {Width} is too large for one tensor");
    }

    /// <summary>Reads a Hugging Face <c>config.json</c>.</summary>
    /// <exception cref="InvalidDataException">It is not JSON, of no family that can be computed, says something that is not understood,
    /// or contradicts itself.</exception>
    public static GptConfig Load(string path) => ConfigFile.Read(path);

    /// <summary>Writes a Hugging Face <c>config.json</c>; whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="specials">Where texts begin and end; null says that nothing is known of it.</param>
    /// <exception cref="NotSupportedException">The family's file has no place for such a shape.</exception>
    public void Save(string path, SpecialTokens? specials = null) => ConfigFile.Write(path, this, specials ?? SpecialTokens.None);

    private long Count(Func<ParameterRole, bool> counts) =>
        Parameter.Of(this).Where(parameter => counts(parameter.Role)).Sum(parameter => parameter.Shape.Count);

    private void ValidateExperts()
    {
        if (Experts is null)
            return;
        RequirePositive(Experts.Count, "experts");
        RequirePositive(Experts.Active, "experts of a row");
        Require(Experts.Active <= Experts.Count, $"a row cannot be given to {Experts.Active} of {Experts.Count} experts");
        Require((long)Experts.Count * Layers <= MostExperts && Experts.Count <= MostExpertsOfALayer,
            $"{Experts.Count} experts in each of {Layers} layers are more than {MostExpertsOfALayer} in one, or {MostExperts} in all");
        Require(FeedForwardWidth > 0 && Gated, "experts are gated neurons");
        Require(Experts.Clamp is not { Limit: not > 0 }, $"gates cannot be held to {Experts.Clamp?.Limit}");
    }

    private static void RequirePositive(int value, string name) => Require(value >= 1, $"{name} must be at least 1, not {value}");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new ArgumentException(otherwise);
    }
}
