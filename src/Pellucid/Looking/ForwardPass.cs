using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>Memory and rows of forwards that an instrument runs one after another.</summary>
internal sealed class ForwardPass : IDisposable
{
    private readonly Arena _arena;
    private readonly Operations _operations;
    private readonly Gpt _gpt;

    public ForwardPass(Gpt gpt, Tape? tape = null)
    {
        _gpt = gpt;
        _arena = new Arena(gpt.Backend);
        _operations = new Operations(gpt.Backend, _arena, tape);
        Rows = new TokenRows(gpt.Backend);
    }

    public TokenRows Rows { get; }

    /// <summary>A run whose memory is that of the one before.</summary>
    public GptRun NewRun(Taps? taps = null)
    {
        _operations.Reset();
        return new GptRun(_operations) { Taps = taps };
    }

    /// <summary>Logits (rows, V) of residual vectors after the final LayerNorm: what the model would say if it ended here.</summary>
    public float[] Logits(Tensor residual)
    {
        var logits = GC.AllocateUninitializedArray<float>(checked(residual.Rows * _gpt.Config.VocabularySize));
        Logits(residual, logits);
        return logits;
    }

    /// <summary>The same into memory that is there.</summary>
    public void Logits(Tensor residual, Span<float> logits) => _gpt.Backend.Read(DeviceLogits(residual), logits);

    /// <summary>The tokens whose rows of the output table a vector has the largest products with, largest first:
    /// no normalisation comes between.</summary>
    public int[] Top(Tensor read, int count)
    {
        var tokens = new int[Math.Min(count, _gpt.Config.VocabularySize)];
        _gpt.Backend.Read(_operations.Top(_gpt.Logits(read, new GptRun(_operations)), tokens.Length).Indices, tokens);
        return tokens;
    }

    private Tensor DeviceLogits(Tensor residual)
    {
        var run = new GptRun(_operations) { FirstLayer = _gpt.Config.Layers, Residual = residual };
        Rows.Clear();
        for (var row = 0; row < residual.Rows; row++)
            Rows.Add([0]);
        return _gpt.Logits(_gpt.Forward(Rows, run), run);
    }

    /// <summary>Host values of a tensor.</summary>
    public float[] Read(Tensor tensor)
    {
        var values = GC.AllocateUninitializedArray<float>(checked((int)tensor.Count));
        _gpt.Backend.Read(tensor, values);
        return values;
    }

    public void Dispose()
    {
        Rows.Dispose();
        _arena.Dispose();
    }
}
