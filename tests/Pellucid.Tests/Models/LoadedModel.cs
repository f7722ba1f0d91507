using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models;

/// <summary>A model folder on the processor at its best, and its logits.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly Arena _arena;

    public LoadedModel(string path, ElementType? weights = null)
    {
        Gpt = Checkpoint.Load(path, _backend, weights);
        _arena = new Arena(_backend);
    }

    public Gpt Gpt { get; }

    /// <summary>Logits of all rows, one after the other; what was read by taps lasts until the next call.</summary>
    public float[] Logits(int[] tokens, Action<GptRun>? prepare = null, int firstPosition = 0)
    {
        _arena.Reset();
        using var rows = new TokenRows(_backend);
        rows.Add(tokens, firstPosition);
        var run = new GptRun(new Operations(_backend, _arena));
        prepare?.Invoke(run);
        return Pellucid.Tests.Tensors.Tensors.ToFloats(Gpt.Logits(Gpt.Forward(rows, run), run), _backend);
    }

    public void Dispose()
    {
        Gpt.Dispose();
        _arena.Dispose();
        _backend.Dispose();
    }
}
