using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Models.Families;
using Pellucid.Tensors;
using Pellucid.Tests.Models;
using Pellucid.Tuning;
using Pellucid.Tuning.Policies;

namespace Pellucid.Tests.Tuning.Policies;

/// <summary>A small model, what it learns, and what it answers with.</summary>
internal sealed class PolicyModel : IDisposable
{
    public static readonly GptConfig Llama = new()
    {
        Family = ModelFamily.Llama, VocabularySize = 37, Context = 150, Layers = 2, Heads = 4, KeyValueHeads = 2, Width = 32,
        Norm = new(NormKind.Rms, HasBias: false), LearnedPositions = false, Rotary = new RotaryShape(10000, 8), Gated = true,
        Nonlinearity = Nonlinearity.Silu, AttentionBiases = AttentionBiases.None, FeedForwardBiases = false, TiedOutput = false,
        FeedForwardWidth = 64,
    };

    private readonly SmallGpt _model;

    /// <param name="shape">Of the model.</param>
    /// <param name="isWhole">Whether all of it is learned, not an adapter.</param>
    /// <param name="isRandom">Whether the adapter says something from the start.</param>
    /// <param name="temperature">It answers at.</param>
    public PolicyModel(GptConfig? shape = null, bool isWhole = false, bool isRandom = false, float temperature = 1)
    {
        Backend = TestBackends.Create(TestBackends.WidestCpu);
        _model = new SmallGpt(Backend, shape);
        Adapter = isWhole ? Adapter.Whole(Gpt, hasValueHead: true)
            : new Adapter(Gpt, new AdapterConfig { Rank = 4, HasValueHead = true });
        Adapter.Initialize(1);
        if (isRandom)
            for (var index = 0; index < Adapter.Parameters.Count; index++)
                Adapter.Parameters.Write(index, [.. Adapter.Read(index).Select((value, i) =>
                    value + 0.2f * CounterRandom.Normal(9, (uint)index, 0, (ulong)i))]);
        Adapter.Refresh();
        Step = new TuningStep(Gpt, Adapter, temperature);
    }

    public Backend Backend { get; }
    public Gpt Gpt => _model.Gpt;
    public Adapter Adapter { get; }
    public TuningStep Step { get; }

    /// <summary>Prompts of several lengths, the last two alike.</summary>
    public static int[][] Prompts { get; } =
        [.. ((int[])[3, 1, 40, 9, 90, 17]).Select((length, i) => SmallGpt.Tokens(length, salt: i)), SmallGpt.Tokens(17, salt: 5)];

    public float[] Trained() => [.. Enumerable.Range(0, Adapter.Parameters.Count).SelectMany(Adapter.Read)];

    public void Dispose()
    {
        Step.Dispose();
        Adapter.Dispose();
        _model.Dispose();
        Backend.Dispose();
    }
}
