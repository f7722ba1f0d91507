using Pellucid.Tensors;

namespace Pellucid.Tuning.Methods;

/// <summary>What is learned from pairs of answers: a step's loss is a mean over its pairs.</summary>
internal abstract class PairMethod(TuningStep step, Backend backend, IReadOnlyList<PreferencePair> pairs) : TuningMethod(step, backend)
{
    public override int Count => pairs.Count;

    /// <summary>All pairs.</summary>
    protected IReadOnlyList<PreferencePair> Pairs => pairs;

    /// <summary>Pairs of the step that was begun.</summary>
    protected int PairsOfStep { get; private set; }

    public override int TokensOf(int item) => pairs[item].Chosen.Tokens.Length + pairs[item].Rejected.Tokens.Length;

    public override bool Begin(IReadOnlyList<int> items)
    {
        PairsOfStep = items.Count;
        return true;
    }
}
