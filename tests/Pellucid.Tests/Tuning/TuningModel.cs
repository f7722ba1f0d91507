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

    public TuningModel(bool hasHead = false, bool isWhole = false, float dropout = 0.1f) : this(gpt => isWhole ? Adapter.Whole(gpt)
        : new Adapter(gpt, new AdapterConfig { Rank = 4, Dropout = hasHead ? 0 : dropout, HasHead = hasHead }))
    {
    }

    /// <summary>With what a kind of tuning learns.</summary>
    public TuningModel(string kind) : this(gpt => kind switch
    {
        "whole" => Adapter.Whole(gpt),
        "reward" => new Adapter(gpt, new AdapterConfig { Rank = 4, HasHead = true }),
        "dora" => new Adapter(gpt, new AdapterConfig
        {
            Rank = 4, Dropout = 0.1f, Dora = true, HasBias = true, Biases = AdapterBiases.All, Saved = ["ln_f"],
        }),
        "tables" => new Adapter(gpt, new AdapterConfig { Rank = 4, Targets = ModuleNames.Of(["wte", "wpe", "lm_head", "c_attn"]) }),
        "tokens" => new Adapter(gpt, new AdapterConfig
        {
            Rank = 4, TrainedTokens = [KeyValuePair.Create("", (IReadOnlyList<int>)[.. Enumerable.Range(3, 12)])],
        }),
        _ => new Adapter(gpt, new AdapterConfig { Rank = 4, Dropout = 0.1f }),
    }, recomputes: kind == "recomputed")
    {
    }

    private TuningModel(Func<Gpt, Adapter> adapter, bool recomputes = false)
    {
        Backend = TestBackends.Create(TestBackends.WidestCpu);
        _model = new SmallGpt(Backend);
        Adapter = adapter(Gpt);
        Adapter.Initialize(1);
        Step = new TuningStep(Gpt, Adapter, recomputes: recomputes);
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
