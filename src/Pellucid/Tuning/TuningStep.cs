using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Tuning;

/// <summary>
/// A batch through a model with its adapter: log-probabilities of what is learned, and values of rows where there is a head; then, once
/// the host has said how a loss changes with each of them, back. The model itself stays as it is.
/// </summary>
internal sealed class TuningStep : IDisposable
{
    private readonly Gpt _gpt;
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly (Arena Arena, Tape Tape)? _ofBlock;
    private readonly GptRun _learning, _reading;
    private readonly float _temperature;
    private Tensor _tokens, _values;
    private float[] _logProbabilities = [], _rowValues = [];
    private int _rows;

    /// <param name="gpt">The model.</param>
    /// <param name="adapter">What is learned; null for a model that is only read.</param>
    /// <param name="temperature">What logits are divided by, as they are where texts are sampled.</param>
    /// <param name="recomputes">Whether blocks are computed again on the way back, to the same bits, instead of being kept.</param>
    /// <exception cref="NotSupportedException">Logits are capped, and a temperature would have to come after the cap.</exception>
    public TuningStep(Gpt gpt, Adapter? adapter, float temperature = 1, bool recomputes = false)
    {
        if (temperature != 1 && gpt.Config.LogitCap != 0)
            throw new NotSupportedException($"a temperature of {temperature} cannot be learned with where logits are capped");
        (_gpt, Adapter, _temperature) = (gpt, adapter, temperature);
        gpt.Parameters.Freeze();
        (_arena, _tape) = (new Arena(gpt.Backend), new Tape(gpt.Backend));
        _learning = new GptRun(new Operations(gpt.Backend, _arena, _tape)) { Adapter = adapter };
        _reading = new GptRun(new Operations(gpt.Backend, _arena));
        if (!recomputes)
            return;
        var own = (Arena: new Arena(gpt.Backend), Tape: new Tape(gpt.Backend));
        _ofBlock = own;
        _learning.OfBlock = new GptRun(new Operations(gpt.Backend, own.Arena, own.Tape));
    }

    /// <summary>What is learned, if anything is.</summary>
    public Adapter? Adapter { get; }

    /// <summary>Bytes held for activations and their gradients.</summary>
    internal long Bytes => _arena.Bytes + _tape.Bytes + (_ofBlock is { } own ? own.Arena.Bytes + own.Tape.Bytes : 0);

    /// <summary>Log-probability of each row's target in the batch before; 0 of a row without one.</summary>
    public ReadOnlySpan<float> LogProbabilities => _logProbabilities.AsSpan(0, _rows);

    /// <summary>What the head said of each row in the batch before.</summary>
    public ReadOnlySpan<float> Values => _rowValues.AsSpan(0, _rows);

    /// <summary>Forward, to be followed by <see cref="Back"/>.</summary>
    public void Learn(AnswerBatch batch, RandomStream random, bool wantsTokens = true, bool wantsValues = false)
    {
        KeepApart(batch);
        Compute(batch, _learning, random, wantsTokens, wantsValues);
    }

    /// <summary>Forward alone, with an adapter or without.</summary>
    public void Read(AnswerBatch batch, Adapter? adapter, bool wantsTokens = true, bool wantsValues = false)
    {
        _reading.Adapter = adapter;
        Compute(batch, _reading, default, wantsTokens, wantsValues);
    }

    /// <summary>Backward from derivatives of a loss by log-probabilities and by values of rows; either may be empty.</summary>
    public void Back(ReadOnlySpan<float> byLogProbability, ReadOnlySpan<float> byValue = default)
    {
        Seed(_tokens, byLogProbability);
        Seed(_values, byValue);
        _tape.Backward();
    }

    /// <summary>Cross-entropy of all that is learned, each token times a weight, forward and back; logits are computed once.</summary>
    /// <returns>The sum over tokens, without the weight.</returns>
    public double CrossEntropy(AnswerBatch batch, float weight, RandomStream random)
    {
        KeepApart(batch);
        var final = Forward(batch, _learning, random);
        var logProbabilities = _gpt.Loss(final, Targets(batch), weight, _learning);
        _gpt.Backend.Read(logProbabilities, _logProbabilities.AsSpan(0, _rows));
        _tape.Backward();
        var sum = 0.0;
        foreach (var value in LogProbabilities)
            sum -= value;
        return sum;
    }

    /// <summary>The first activation of the batch that is not all numbers; null if there is none.</summary>
    public string? FirstOverflow(AnswerBatch batch)
    {
        _reading.Adapter = Adapter;
        return _gpt.FirstOverflow(batch.Rows, _reading);
    }

    /// <summary>Gives the memory back; model and adapter stay.</summary>
    public void Dispose()
    {
        _tape.Dispose();
        _arena.Dispose();
        if (_ofBlock is not { } own)
            return;
        own.Tape.Dispose();
        own.Arena.Dispose();
    }

    // Where gradients are collected in several blocks, each item has one of them.
    private void KeepApart(AnswerBatch batch)
    {
        var blocks = Adapter!.Parameters.BlocksCollecting;
        if (blocks > 1 && blocks != batch.ItemCount)
            throw new InvalidOperationException($"gradients of {blocks} leaves cannot be those of {batch.ItemCount} items");
        int[] starts = blocks > 1 ? batch.Starts : [];
        _tape.KeepApart(starts);
        _ofBlock?.Tape.KeepApart(starts);
    }

    private void Compute(AnswerBatch batch, GptRun run, RandomStream random, bool wantsTokens, bool wantsValues)
    {
        var final = Forward(batch, run, random);
        (_tokens, _values) = (default, default);
        if (wantsTokens)
        {
            _tokens = _gpt.LogProbabilities(_gpt.AtTemperature(final, _temperature, run), Targets(batch), run);
            _gpt.Backend.Read(_tokens, _logProbabilities.AsSpan(0, _rows));
        }
        if (wantsValues)
        {
            _values = run.Operations.Linear(final, (run.Adapter ?? Adapter)!.Head, transposed: true); // (R, 1)
            _gpt.Backend.Read(_values, _rowValues.AsSpan(0, _rows));
        }
    }

    private Tensor Forward(AnswerBatch batch, GptRun run, RandomStream random)
    {
        run.Operations.Reset();
        run.Operations.Random = random;
        _rows = batch.Rows.Count;
        if (_logProbabilities.Length < _rows)
            (_logProbabilities, _rowValues) = (new float[_rows], new float[_rows]);
        return _gpt.ForwardUnchecked(batch.Rows, run);
    }

    private Tensor Targets(AnswerBatch batch)
    {
        var targets = _arena.Allocate(new Shape(_rows), ElementType.Int32);
        _gpt.Backend.Write(batch.Targets, targets);
        return targets;
    }

    private void Seed(Tensor result, ReadOnlySpan<float> gradient)
    {
        if (gradient.IsEmpty)
            return;
        var seed = _arena.Allocate(result.Shape, result.Type);
        _gpt.Backend.Write(gradient, seed);
        _tape.Seed(result, seed);
    }
}
