using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>What is left of one reading of some tokens: how likely the model holds what may follow, and the activations that were asked
/// for. It has memory of its own, and outlives the run.</summary>
public sealed class Reading : IDisposable
{
    private readonly Dictionary<(Activation, int), Tensor> _kept = [];
    private readonly Gpt _gpt;
    private readonly Arena _arena;
    private readonly float[] _logits;

    private Reading(Gpt gpt, int[] tokens)
    {
        (_gpt, Tokens, _arena) = (gpt, tokens, new Arena(gpt.Backend));
        _logits = new float[gpt.Config.VocabularySize];
    }

    /// <summary>The tokens that were read.</summary>
    public IReadOnlyList<int> Tokens { get; }

    /// <summary>Logits (V) of the token after the last one.</summary>
    public ReadOnlyMemory<float> Logits => _logits;

    /// <summary>An activation: (tokens, width), or (heads, tokens, tokens) for scores and patterns.</summary>
    /// <param name="activation">Which.</param>
    /// <param name="layer">Of which layer, counted from 0.</param>
    /// <exception cref="KeyNotFoundException">It was not asked for.</exception>
    public Tensor this[Activation activation, int layer] => _kept.TryGetValue((activation, layer), out var tensor) ? tensor
        : throw new KeyNotFoundException($"{activation.Name()} of layer {layer} was not asked for in this reading");

    /// <summary>Values of an activation, row after row.</summary>
    /// <inheritdoc cref="this" path="/param"/>
    /// <inheritdoc cref="this" path="/exception"/>
    /// <exception cref="ObjectDisposedException">This reading is disposed.</exception>
    public float[] Values(Activation activation, int layer)
    {
        var values = new float[this[activation, layer].Count];
        _gpt.Backend.Read(this[activation, layer], values);
        return values;
    }

    /// <summary>Values of an activation at one position.</summary>
    /// <param name="activation">Which; not scores or patterns, which have a row for each head.</param>
    /// <param name="layer">Of which layer, counted from 0.</param>
    /// <param name="position">Counted from 0.</param>
    /// <exception cref="KeyNotFoundException">It was not asked for.</exception>
    /// <exception cref="ArgumentException">There is no such position, or the activation is a pattern.</exception>
    /// <exception cref="ObjectDisposedException">This reading is disposed.</exception>
    public float[] Row(Activation activation, int layer, int position)
    {
        var tensor = this[activation, layer];
        if (tensor.Shape.Rank > 2)
            throw new ArgumentException($"{activation.Name()} of shape {tensor.Shape} has a row for each head; take {nameof(Values)}");
        if ((uint)position >= (uint)tensor.Rows)
            throw new ArgumentException($"there are positions 0 to {tensor.Rows - 1}, not {position}");
        var row = new float[tensor.Columns];
        _gpt.Backend.Read(tensor.RowRange(position, 1), row);
        return row;
    }

    /// <summary>How likely a token follows the last one, in nats.</summary>
    /// <exception cref="ArgumentException">The model has no such token.</exception>
    public double LogProbability(int token) => (uint)token < (uint)_logits.Length ? LogProbabilities.Of(_logits, token)
        : throw new ArgumentException($"token {token} is outside the vocabulary of {_logits.Length}");

    /// <summary>The tokens that are likeliest to follow, likeliest first.</summary>
    public IReadOnlyList<(int Token, double LogProbability)> Top(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return LogProbabilities.Top(_logits, count);
    }

    /// <summary>Puts an activation of this reading into another one, of as many tokens: activation patching.</summary>
    /// <param name="activation">Which.</param>
    /// <param name="layer">Of which layer, counted from 0.</param>
    /// <param name="head">Of which head, counted from 0; all if left out.</param>
    /// <param name="position">At which position, counted from 0; all if left out.</param>
    /// <exception cref="KeyNotFoundException">It was not asked for.</exception>
    public TapEdit Patch(Activation activation, int layer, int? head = null, int? position = null) =>
        new(activation, layer, EditOperation.Replace, this[activation, layer], FirstRow: position ?? 0, RowCount: position is null ? 0 : 1,
            Head: head ?? -1);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _arena.Dispose();

    internal static Reading Of(Gpt gpt, int[] tokens, Taps? taps)
    {
        if (tokens.Length == 0 || tokens.Length > gpt.Context)
            throw new ArgumentException(tokens.Length == 0 ? "there are no tokens to read"
                : $"{tokens.Length} tokens do not fit the context of {gpt.Context}");
        if (Array.FindIndex(tokens, token => (uint)token >= (uint)gpt.Config.VocabularySize) is var unknown and >= 0)
            throw new ArgumentException($"token {tokens[unknown]} is outside the vocabulary of {gpt.Config.VocabularySize}");
        taps = taps?.Reading(taps.Reads); // which nobody else reads into
        taps?.RequirePlaces(gpt.Config);
        using var arena = new Arena(gpt.Backend);
        using var rows = new TokenRows(gpt.Backend);
        rows.Add(tokens);
        var run = new GptRun(new Operations(gpt.Backend, arena)) { Taps = taps };
        var final = gpt.Forward(rows, run);
        var reading = new Reading(gpt, tokens);
        gpt.Backend.Read(gpt.Logits(final.RowRange(tokens.Length - 1, 1), run), reading._logits);
        foreach (var (activation, layer) in taps?.Reads ?? [])
            reading.Keep(activation, layer, taps![activation, layer]);
        return reading;
    }

    private void Keep(Activation activation, int layer, TapReading reading)
    {
        var shape = reading.Tensor.Shape.WithColumns(reading.Columns);
        var copy = _arena.Allocate(shape, reading.Tensor.Type);
        _gpt.Backend.Edit(reading.Tensor, new EditRegion(0, shape.Rows, 0, reading.Columns, 0, reading.FirstColumn),
            EditOperation.Replace, 1, copy);
        _kept[(activation, layer)] = copy;
    }
}
