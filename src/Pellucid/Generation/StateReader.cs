using System.Numerics.Tensors;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;

namespace Pellucid.Generation;

/// <summary>Reads what a model makes of a whole text, with what was learned beside it or without.</summary>
internal sealed class StateReader(Gpt gpt, Adapter? adapter = null) : IDisposable
{
    private readonly Arena _arena = new(gpt.Backend);
    private readonly TokenRows _rows = new(gpt.Backend);

    /// <summary>The mean (C) of the final states of all tokens, scaled to length 1.</summary>
    public float[] Mean(int[] tokens)
    {
        _arena.Reset();
        _rows.Clear();
        _rows.Add(tokens);
        var final = gpt.Forward(_rows, new GptRun(new Operations(gpt.Backend, _arena)) { Adapter = adapter }); // (R, C)
        var states = new float[final.Count];
        gpt.Backend.Read(final, states);
        var mean = new float[final.Columns];
        for (var row = 0; row < final.Rows; row++)
            TensorPrimitives.Add(mean, states.AsSpan(row * mean.Length, mean.Length), mean);
        var length = TensorPrimitives.Norm<float>(mean);
        if (length > 0)
            TensorPrimitives.Divide(mean, length, mean);
        return mean;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _arena.Dispose();
    }
}
