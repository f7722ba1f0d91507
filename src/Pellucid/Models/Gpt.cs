using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>
/// GPT-2 (Radford et al. 2019): learned positions, pre-LayerNorm blocks of causal attention and a GELU feed-forward
/// layer, and an output table tied to the token table; with LayerNorm after instead, GPT-1; with a band in every other
/// layer's attention, GPT-3. Training, prompts, single tokens, ragged batches and looking
/// inside are all the one <see cref="Forward"/>.
/// </summary>
public sealed partial class Gpt : IDisposable
{
    private readonly Block[] _blocks;
    private readonly Tensor _tokenTable, _positionTable, _finalGain, _finalBias;

    /// <summary>A model of that shape whose parameters are not set yet: <see cref="Initialize"/> it or load a checkpoint.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="backend">The device that holds and computes it.</param>
    /// <param name="type">How parameters and activations are stored.</param>
    /// <param name="weights">How weights are stored, if otherwise: those do not train, and gradients flow through them.</param>
    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public Gpt(GptConfig config, Backend backend, ElementType type = ElementType.Float32, ElementType? weights = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        Backend = backend;
        Parameters = new ParameterSet(backend, Layout(config), type, weights);
        _tokenTable = Parameters["wte.weight"];
        _positionTable = Parameters["wpe.weight"];
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => new Block(config, Parameters, layer))];
        if (config.HasFinalLayerNorm)
            (_finalGain, _finalBias) = (Parameters["ln_f.weight"], Parameters["ln_f.bias"]);
    }

    /// <summary>The shape.</summary>
    public GptConfig Config { get; }

    /// <summary>The device that holds and computes it.</summary>
    public Backend Backend { get; }

    /// <summary>All weights, under GPT-2's names.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>
    /// From rows (token, position, sequence) to what the output table reads: (rows that need logits, C).
    /// </summary>
    /// <exception cref="InvalidDataException">Without a tape: it is not all numbers; the message names the first activation that is none.</exception>
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
        var x = run.Residual.IsEmpty
            ? operations.Dropout(operations.Embed(rows, _tokenTable, _positionTable), run.Dropout, purpose: 0)
            : run.Residual; // (R, C)
        for (var layer = run.FirstLayer; layer < (run.LastLayer ?? Config.Layers); layer++)
            x = ForwardBlock(layer, x, rows, run);
        if (run.LogitRows is { } wanted && !EndsEarly(run, Config.Layers - 1))
            x = operations.SelectRows(x, wanted);
        if (run.LastLayer is null && Config.HasFinalLayerNorm)
            x = operations.LayerNorm(x, _finalGain, _finalBias, Config.Epsilon);
        return run.LastLayer is null ? run.Tap(Activation.LnFinal, Config.Layers, x, Config.Heads) : x;
    }

    /// <summary>Logits (R, V) of what <see cref="Forward"/> returned.</summary>
    public Tensor Logits(Tensor final, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Operations.Linear(final, _tokenTable, transposed: true);
    }

    /// <summary>Logits (R, tokens) of some tokens alone: the same bits as <see cref="Logits(Tensor, GptRun)"/> has for them.</summary>
    /// <exception cref="NotSupportedException">Weights are packed, and have no rows of their own.</exception>
    public Tensor Logits(Tensor final, int[] tokens, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (_tokenTable.Type is not (ElementType.Float32 or ElementType.Float64))
            throw new NotSupportedException($"looking inside needs plain weights, not {_tokenTable.Type}");
        return run.Operations.Linear(final, run.Operations.SelectRows(_tokenTable, tokens), transposed: true);
    }

    /// <summary>Log-probability of each row's target, (R); see <see cref="Operations.TokenLogProbabilities"/>.</summary>
    public Tensor LogProbabilities(Tensor final, Tensor targets, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Operations.TokenLogProbabilities(final, _tokenTable, targets);
    }

    /// <summary>Log-probabilities (R) of the targets; with a tape, a loss of −weight times their sum whose gradients are formed at once.</summary>
    public Tensor Loss(Tensor final, Tensor targets, float weight, GptRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Operations.NextTokenLoss(final, _tokenTable, targets, weight);
    }

    private Tensor ForwardBlock(int layer, Tensor x, TokenRows rows, GptRun run)
    {
        var (block, operations) = (_blocks[layer], run.Operations);
        x = run.Tap(Activation.ResidPre, layer, x, Config.Heads);
        var z = Mix(block, layer, x, rows, run);
        if (EndsEarly(run, layer))
            (x, z) = (operations.SelectRows(x, run.LogitRows!), operations.SelectRows(z, run.LogitRows!));
        x = After(AddOutput(Activation.AttnOut, layer, x, z, block.ProjectionWeight, block.ProjectionBias, run), block.Gain1, block.Bias1, operations);
        if (block.HasFeedForward)
        {
            x = run.Tap(Activation.ResidMid, layer, x, Config.Heads);
            x = After(AddFeedForward(block, layer, x, run), block.Gain2, block.Bias2, operations);
        }
        return run.Tap(Activation.ResidPost, layer, x, Config.Heads);
    }

    // After the last attention only the rows that logits are wanted of matter, unless someone looks at the others.
    private bool EndsEarly(GptRun run, int layer) => run.LogitRows is not null && layer == Config.Layers - 1 && run.LastLayer is null && run.FirstLayer <= layer
        && run.Taps?.Touches(Activation.AttnOut, Activation.ResidPost, layer) != true;

    // Values mixed by attention, (R, C).
    private Tensor Mix(Block block, int layer, Tensor x, TokenRows rows, GptRun run)
    {
        var (operations, heads) = (run.Operations, Config.Heads);
        var given = run.Taps?.Replacement(Activation.Z, layer, x.Shape) ?? default;
        if (!given.IsEmpty && !run.Taps!.Touches(Activation.Ln1, Activation.Pattern, layer))
            return run.Tap(Activation.Z, layer, given, heads);
        x = Before(x, block.Gain1, block.Bias1, operations);
        x = run.Tap(Activation.Ln1, layer, x, heads);
        var qkv = operations.Linear(x, block.AttentionWeight, block.AttentionBias); // (R, 3C)
        qkv = run.TapPart(Activation.Q, layer, qkv, heads, 0, 3);
        qkv = run.TapPart(Activation.K, layer, qkv, heads, 1, 3);
        qkv = run.TapPart(Activation.V, layer, qkv, heads, 2, 3);
        var z = operations.Attention(qkv, rows, heads, Config.BandOf(layer), run.Store, layer); // (R, C)
        if (run.Taps is { } taps && (taps.Touches(Activation.AttnScores, layer) || taps.Touches(Activation.Pattern, layer)))
            z = ShowPattern(layer, z, qkv, rows, run);
        return run.Tap(Activation.Z, layer, z, heads);
    }

    // What a layer of the block says, added to the residual stream: in one pass where nobody looks at it.
    private Tensor AddOutput(Activation output, int layer, Tensor residual, Tensor x, Tensor weight, Tensor bias, GptRun run)
    {
        var (operations, purpose) = (run.Operations, (output == Activation.AttnOut ? 1u : 2u) + 2 * (uint)layer);
        if (run.Taps?.Touches(output, layer) != true)
            return operations.AddLinear(residual, x, weight, bias, run.Dropout, purpose);
        var y = operations.Dropout(operations.Linear(x, weight, bias), run.Dropout, purpose);
        return operations.Add(residual, run.Tap(output, layer, y, Config.Heads));
    }

    // The tiled attention never stores scores; they are derived beside it, and an edit of them corrects z by the difference it makes.
    private Tensor ShowPattern(int layer, Tensor z, Tensor qkv, TokenRows rows, GptRun run)
    {
        var (operations, heads) = (run.Operations, Config.Heads);
        var scores = operations.AttentionScores(qkv, rows, heads, Config.BandOf(layer), run.Store, layer); // (H, R, K)
        var pattern = operations.Softmax(scores);
        var taps = run.Taps!;
        if (taps.IsEdited(Activation.AttnScores, layer) || taps.IsEdited(Activation.Pattern, layer))
        {
            var edited = run.Tap(Activation.AttnScores, layer, scores, heads);
            edited = run.Tap(Activation.Pattern, layer, taps.IsEdited(Activation.AttnScores, layer) ? operations.Softmax(edited) : pattern, heads);
            return operations.AttentionCorrection(z, pattern, edited, qkv, rows, heads, run.Store, layer);
        }
        if (operations.Tape is not { } tape)
        {
            run.Tap(Activation.AttnScores, layer, scores, heads);
            run.Tap(Activation.Pattern, layer, pattern, heads);
            return z;
        }
        // So that gradients of scores and pattern can be asked for, both enter as leaves of their own, by a correction of exactly zero.
        var watched = run.Tap(Activation.Pattern, layer, operations.Softmax(run.Tap(Activation.AttnScores, layer, tape.Watch(scores.Detached), heads)), heads);
        return operations.AttentionCorrection(z, pattern.Detached, watched, qkv, rows, heads, run.Store, layer);
    }

    private Tensor AddFeedForward(Block block, int layer, Tensor residual, GptRun run)
    {
        var (operations, heads) = (run.Operations, Config.Heads);
        if (run.Taps?.Replacement(Activation.MlpOut, layer, residual.Shape) is { IsEmpty: false } given && !run.Taps.Touches(Activation.Ln2, Activation.MlpPost, layer))
            return operations.Add(residual, run.Tap(Activation.MlpOut, layer, given, heads));
        var x = Before(residual, block.Gain2, block.Bias2, operations);
        x = run.Tap(Activation.Ln2, layer, x, heads);
        x = run.Taps?.Touches(Activation.MlpPre, layer) != true
            ? operations.LinearGelu(x, block.ExpandWeight, block.ExpandBias)
            : operations.Gelu(run.Tap(Activation.MlpPre, layer, operations.Linear(x, block.ExpandWeight, block.ExpandBias), heads)); // (R, F)
        x = run.Tap(Activation.MlpPost, layer, x, heads);
        return AddOutput(Activation.MlpOut, layer, residual, x, block.ContractWeight, block.ContractBias, run);
    }

    // GPT-2 normalises what a layer reads, GPT-1 the residual stream after it.
    private Tensor Before(Tensor x, Tensor gain, Tensor bias, Operations operations) => Config.PostLayerNorm ? x : Normalise(x, gain, bias, operations);

    private Tensor After(Tensor x, Tensor gain, Tensor bias, Operations operations) => Config.PostLayerNorm ? Normalise(x, gain, bias, operations) : x;

    private Tensor Normalise(Tensor x, Tensor gain, Tensor bias, Operations operations) =>
        gain.IsEmpty ? x : operations.LayerNorm(x, gain, bias, Config.Epsilon);

    private void CheckRows(TokenRows rows)
    {
        if (rows.Count == 0)
            throw new ArgumentException("a forward needs at least one row");
        foreach (var token in rows.Tokens)
            if ((uint)token >= (uint)Config.VocabularySize)
                throw new ArgumentException($"token {token} is outside the vocabulary of {Config.VocabularySize}");
        foreach (var position in rows.Positions)
            if ((uint)position >= (uint)Config.Context)
                throw new ArgumentException($"position {position} is outside the context of {Config.Context}");
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => Parameters.Dispose();
}
