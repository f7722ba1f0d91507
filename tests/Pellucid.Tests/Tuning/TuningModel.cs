using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tests.Models;
using Pellucid.Tuning;

namespace Pellucid.Tests.Tuning;

/// <summary>A small model, an adapter with dropout, and a step of the two.</summary>
internal sealed class TuningModel : IDisposable
{
    private readonly SmallGpt _model;

    public TuningModel(bool hasHead = false, bool isWhole = false, float dropout = 0.1f)
    {
        Backend = TestBackends.Create(TestBackends.WidestCpu);
        _model = new SmallGpt(Backend);
        Adapter = isWhole ? Adapter.Whole(Gpt)
            : new Adapter(Gpt, new AdapterConfig { Rank = 4, Dropout = hasHead ? 0 : dropout, HasHead = hasHead });
        Adapter.Initialize(1);
        Step = new TuningStep(Gpt, Adapter);
    }

    public Backend Backend { get; }
    public Gpt Gpt => _model.Gpt;
    public Adapter Adapter { get; }
    public TuningStep Step { get; }

    public float[] Trained() => [.. Enumerable.Range(0, Adapter.Parameters.Count).SelectMany(Adapter.Read)];

    public void Dispose()
    {
        Step.Dispose();
        Adapter.Dispose();
        _model.Dispose();
        Backend.Dispose();
    }
}
