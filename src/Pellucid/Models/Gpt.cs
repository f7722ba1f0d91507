using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>
/// A transformer that predicts the next token (Vaswani et al. 2017, Radford et al. 2018, 2019), of the shape that its
/// <see cref="GptConfig"/> describes. Training, prompts, single tokens, ragged batches and looking inside are all the one
/// <see cref="Forward"/>, which branches in four places: how it normalises, where positions enter, how it feeds forward, and
/// how what a layer says joins the residual stream.
/// </summary>
public sealed partial class Gpt : IDisposable
{
    private readonly GptBlock[] _blocks;
    private readonly Dictionary<(ParameterRole, int, int), int> _places = [];
    private readonly Tensor _tokenTable, _positionTable, _outputTable;
    private readonly (Tensor Gain, Tensor Bias) _finalNorm;
    private readonly Rotaries _rotaries;

    /// <summary>A model of that shape whose parameters are not set yet: <see cref="Initialize"/> it or load a checkpoint.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="backend">The device that holds and computes it.</param>
    /// <param name="type">How parameters and activations are stored.</param>
    /// <param name="weights">How weights are stored, if otherwise: those do not train, and gradients flow through them.</param>
    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public Gpt(GptConfig config, Backend backend, ElementType type = ElementType.Float32, ElementType? weights = null)
        : this(config, backend, type, weights, _ => null)
    {
    }

    private Gpt(GptConfig config, Backend backend, ElementType type, ElementType? weights,
        Func<Parameter, IReadOnlyList<WeightPart>?> parts)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        (Config, Backend, Layout) = (config, backend, [.. Parameter.Of(config)]);
        foreach (var parameter in Layout)
            _places.Add(parameter.Place, _places.Count);
        Parameters = new ParameterSet(backend,
            Layout.Select(parameter => Named(parameter) with { Parts = parts(parameter) }), type, weights);
        _tokenTable = Find(ParameterRole.TokenTable);
        _positionTable = Find(ParameterRole.PositionTable);
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => new GptBlock(config.Block(layer),
            (role, expert) => Find(role, layer, expert)))];
        _finalNorm = (Find(ParameterRole.FinalNormGain), Find(ParameterRole.FinalNormBias));
        _rotaries = new Rotaries(backend, type);
        _outputTable = config.TiedOutput ? _tokenTable : Find(ParameterRole.OutputTable);
    }

    /// <summary>The shape.</summary>
    public GptConfig Config { get; }

    /// <summary>The device that holds and computes it.</summary>
    public Backend Backend { get; }

    /// <summary>What ends forwards early, between two layers, with an <see cref="OperationCanceledException"/>; nothing unless it is set.
    /// Whoever sets it takes it back, and computes with the model alone meanwhile.</summary>
    public CancellationToken Interruption { get; set; }

    /// <summary>
    /// From rows (token, position, sequence) to what the output table reads: (rows that need logits, C).
    /// </summary>
    /// <exception cref="InvalidDataException">Without a tape: it is not all numbers;
    /// the message names the first activation that is none.</exception>
    public Tensor Forward(TokenRows rows, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(run);
        var final = ForwardUnchecked(rows, run);
        if (run.Operations.Tape is null)
            RequireNumbers(final, rows, run);
        return final;
    }

    /// <summary>The same, whether numbers come of it or not: training looks at its losses instead.</summary>
    internal Tensor ForwardUnchecked(TokenRows rows, GptRun run)
    {
        CheckRows(rows);
        var operations = run.Operations;
        var x = run.Residual.IsEmpty ? Begin(rows, run) : run.Residual; // (R, C)
        for (var layer = run.FirstLayer; layer < (run.LastLayer ?? Config.Layers); layer++)
        {
            Interruption.ThrowIfCancellationRequested();
            x = run.OfBlock is { } again && operations.Tape is not null ? RecomputedBlock(layer, x, rows, run, again)
                : ForwardBlock(layer, x, rows, run);
        }
        if (run.LogitRows is { } wanted && !EndsEarly(run, Config.Layers - 1))
            x = operations.SelectRows(x, wanted);
        if (run.LastLayer is not null)
            return x;
        x = Config.HasFinalNorm ? Normalise(x, Config.Norm, FinalNorm(run), operations) : x;
        return run.Tap(Activation.LnFinal, Config.Layers, x);
    }

    // Vectors of tokens, and of positions where those have vectors.
    private Tensor Begin(TokenRows rows, GptRun run)
    {
        var x = run.Operations.Embed(rows, TokenTable(run), PositionTable(run), Parameters.Type);
        x = run.Adapter?.WithTokens(x, rows, _tokenTable, run.Operations) ?? x;
        x = Config.EmbeddingScale == 1 ? x : run.Operations.Scale(x, Config.EmbeddingScale);
        return run.Operations.Dropout(x, run.Dropout, purpose: 0);
    }

    private Tensor RecomputedBlock(int layer, Tensor x, TokenRows rows, GptRun run, GptRun again)
    {
        if (run.Taps is not null || run.Store is not null || run.LogitRows is not null)
            throw new NotSupportedException("blocks are computed again only of whole sequences, into which nobody looks");
        (again.Adapter, again.Dropout, again.Length) = (run.Adapter, run.Dropout, run.Length);
        return run.Operations.Recomputed(x, again.Operations, input => ForwardBlock(layer, input, rows, again));
    }

    // (R, C) to (R, C): attention, then the feed-forward layer, each reading from and writing to the residual stream x.
    private Tensor ForwardBlock(int layer, Tensor x, TokenRows rows, GptRun run)
    {
        var (block, operations) = ((run.Adapter?.Blocks ?? _blocks)[layer], run.Operations);
        x = run.Tap(Activation.ResidPre, layer, x);
        var z = Attend(block, layer, x, rows, run); // (R, H · D)
        if (EndsEarly(run, layer))
            (x, z) = (operations.SelectRows(x, run.LogitRows!), operations.SelectRows(z, run.LogitRows!));
        x = Join(Activation.AttnOut, layer, x, z, block, block.AttentionOutput, block.AttentionOutputNorm, run);
        x = NormaliseAfter(x, block, block.AttentionNorm, operations);
        if (block.Shape.FeedForward is { } feedForward)
        {
            x = run.Tap(Activation.ResidMid, layer, x);
            x = FeedForward(block, feedForward, layer, x, run);
            x = NormaliseAfter(x, block, block.FeedForwardNorm, operations);
        }
        return run.Tap(Activation.ResidPost, layer, x);
    }

    // Values mixed by attention, (R, H · D).
    private Tensor Attend(GptBlock block, int layer, Tensor x, TokenRows rows, GptRun run)
    {
        var (operations, shape) = (run.Operations, block.Shape.Attention);
        var given = run.Taps?.Replacement(Activation.Z, layer, x.Shape.WithColumns(shape.QueryWidth)) ?? default;
        if (!given.IsEmpty && !run.Taps!.Touches(Activation.Ln1, Activation.Pattern, layer))
            return run.TapHeads(Activation.Z, layer, given, shape);
        x = NormaliseBefore(x, block, block.AttentionNorm, operations);
        x = run.Tap(Activation.Ln1, layer, x);
        var qkv = block.AttentionInput.Of(x, operations); // (R, (H + 2K) · D)
        qkv = run.TapHeads(Activation.Q, layer, qkv, shape);
        qkv = run.TapHeads(Activation.K, layer, qkv, shape);
        qkv = run.TapHeads(Activation.V, layer, qkv, shape);
        qkv = PlacePositions(block, layer, qkv, rows, run);
        var z = operations.Attention(qkv, rows, shape, run.Store, layer, block.Sinks);
        if (run.Taps is { } taps && (taps.Touches(Activation.AttnScores, layer) || taps.Touches(Activation.Pattern, layer)))
            z = ShowPattern(block, layer, z, qkv, rows, run);
        return run.TapHeads(Activation.Z, layer, z, shape);
    }

    // Queries and keys normalised by head, and turned by their positions.
    private Tensor PlacePositions(GptBlock block, int layer, Tensor qkv, TokenRows rows, GptRun run)
    {
        var (operations, shape, placed) = (run.Operations, block.Shape.Attention, qkv);
        if (block.Shape.HeadNorm != HeadNorm.None)
            placed = operations.NormalizeHeads(placed, block.HeadNorm.Query, block.HeadNorm.Key, shape, block.Shape.Norm.Epsilon);
        if (block.Shape.Rotary is { } rotary)
            placed = operations.Rotate(placed, rows, _rotaries.Of(rotary, Length(rows, run)), shape);
        if (run.Taps is null || !Activation.RotQ.Exists(Config))
            return placed;
        placed = run.TapHeads(Activation.RotQ, layer, placed, shape);
        return run.TapHeads(Activation.RotK, layer, placed, shape);
    }

    // What neurons read, do and write, (R, C), added to the residual stream.
    private Tensor FeedForward(GptBlock block, FeedForwardShape shape, int layer, Tensor residual, GptRun run)
    {
        var (operations, input) = (run.Operations, block.FeedForwardInput);
        var given = run.Taps?.Replacement(Activation.MlpOut, layer, residual.Shape) ?? default;
        if (!given.IsEmpty && !run.Taps!.Touches(Activation.Ln2, Activation.MlpPost, layer))
            return operations.Add(residual, run.Tap(Activation.MlpOut, layer, given));
        var x = NormaliseBefore(residual, block, block.FeedForwardNorm, operations);
        x = run.Tap(Activation.Ln2, layer, x);
        if (shape.Experts is { } experts)
            return Join(Activation.MlpOut, layer, residual, AskExperts(block, shape, experts, layer, x, run), block, null,
                block.FeedForwardOutputNorm, run);
        x = shape.Gated ? Gate(block, shape, layer, x, run)
            : run.Touches(Activation.MlpPre, layer) || !input.IsPlain
                ? operations.Activate(run.Tap(Activation.MlpPre, layer, input.Of(x, operations)), shape.Nonlinearity)
                : operations.LinearActivate(x, input.Weight, input.Bias, shape.Nonlinearity); // (R, F)
        x = run.Tap(Activation.MlpPost, layer, x);
        return Join(Activation.MlpOut, layer, residual, x, block, block.FeedForwardOutput, block.FeedForwardOutputNorm, run);
    }

    // What a layer says, added to the residual stream: in one pass where nobody looks at it. Experts have said it already.
    private Tensor Join(Activation said, int layer, Tensor residual, Tensor x, GptBlock block, Projection? output, Tensor gain, GptRun run)
    {
        var (operations, purpose) = (run.Operations, (said == Activation.AttnOut ? 1u : 2u) + 2 * (uint)layer);
        if (output is { IsPlain: true } plain && !run.Touches(said, layer) && gain.IsEmpty && Config.ResidualScale == 1)
            return operations.AddLinear(residual, x, plain.Weight, plain.Bias, run.Dropout, purpose);
        var y = output?.Of(x, operations) ?? x;
        y = gain.IsEmpty ? y : operations.RmsNorm(y, gain, block.Shape.Norm.Epsilon);
        y = Config.ResidualScale == 1 ? y : operations.Scale(y, Config.ResidualScale);
        return operations.Add(residual, run.Tap(said, layer, operations.Dropout(y, run.Dropout, purpose)));
    }

    private static Tensor NormaliseBefore(Tensor x, GptBlock block, (Tensor, Tensor) parameters, Operations operations) =>
        block.Shape.Norm.OfInput ? Normalise(x, block.Shape.Norm, parameters, operations) : x;

    private static Tensor NormaliseAfter(Tensor x, GptBlock block, (Tensor, Tensor) parameters, Operations operations) =>
        block.Shape.Norm.Place == NormPlace.Stream ? Normalise(x, block.Shape.Norm, parameters, operations) : x;

    private static Tensor Normalise(Tensor x, NormShape norm, (Tensor Gain, Tensor Bias) parameters, Operations operations) =>
        norm.Kind switch
        {
            NormKind.LayerNorm => operations.LayerNorm(x, parameters.Gain, parameters.Bias, norm.Epsilon),
            NormKind.Rms => operations.RmsNorm(x, parameters.Gain, norm.Epsilon),
            _ => x,
        };

    // After the last attention only the rows that logits are wanted of matter, unless someone looks at the others.
    private bool EndsEarly(GptRun run, int layer) => run.LogitRows is not null && layer == Config.Layers - 1 && run.LastLayer is null
        && run.FirstLayer <= layer && run.Taps?.Touches(Activation.AttnOut, Activation.ResidPost, layer) != true;
}
