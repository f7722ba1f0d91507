using static Pellucid.Tuning.Losses.Elementary;

namespace Pellucid.Tuning.Losses;

/// <summary>What a pair of answers teaches. h is <see cref="AnswerPair.Margin"/>, σ the logistic function.</summary>
internal enum PreferenceKind
{
    /// <summary>−(1 − ε) ln σ(βh) − ε ln σ(−βh)
    /// (Rafailov et al. 2023, equation 7; with ε conservative DPO, Mitchell 2023).</summary>
    Sigmoid,

    /// <summary>[−(1 − ε) ln σ(βh) + ε ln σ(−βh)] / (1 − 2ε):
    /// what noise in the labels does not bias (Chowdhury et al. 2024).</summary>
    Robust,

    /// <summary>(h − 1 / 2β)², which wants a margin and no more (Azar et al. 2023, equation 17).</summary>
    Ipo,

    /// <summary>max(0, 1 − βh) (Zhao et al. 2023).</summary>
    Hinge,

    /// <summary>−ln σ(β (mean of chosen − mean of rejected) − γ), without a reference (Meng et al. 2024, equation 6).</summary>
    SimPo,

    /// <summary>−λ ln σ(log odds ratio of the means), without a reference, beside the likelihood
    /// (Hong et al. 2024, equation 6).</summary>
    Orpo,
}

/// <summary>The loss of pairs of answers, as its paper has it. Where TRL computes another one, <see cref="AsTrl"/> does too.</summary>
internal sealed record PreferenceLoss(PreferenceKind Kind)
{
    // The odds of what is certain are infinite.
    private const double LargestMean = -1e-12;

    /// <summary>β; λ of <see cref="PreferenceKind.Orpo"/>.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>ε: the share of labels that are believed to be wrong.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>γ of <see cref="PreferenceKind.SimPo"/>: the margin that is wanted.</summary>
    public double TargetMargin { get; init; }

    /// <summary>IPO of mean log-probabilities, not of sums; label smoothing without effect on <see cref="PreferenceKind.Sigmoid"/>.
    /// </summary>
    public bool AsTrl { get; init; }

    /// <summary>Whether it compares with another model.</summary>
    public bool HasReference => Kind is not (PreferenceKind.SimPo or PreferenceKind.Orpo);

    /// <summary>Says what cannot be computed.</summary>
    /// <exception cref="ArgumentException">It names the number.</exception>
    public void Validate()
    {
        if (!(Beta > 0))
            throw new ArgumentException($"beta ({Beta}) must be above 0");
        if (!(LabelSmoothing is >= 0 and < 0.5))
            throw new ArgumentException($"label smoothing ({LabelSmoothing}) must be from 0 to below 0.5");
        if (LabelSmoothing > 0 && Kind is not (PreferenceKind.Sigmoid or PreferenceKind.Robust))
            throw new ArgumentException($"label smoothing ({LabelSmoothing}) has no part in the loss {NameOf(Kind)}");
    }

    /// <summary>The loss that goes by a name.</summary>
    /// <exception cref="ArgumentException">It is not computed here.</exception>
    public static PreferenceKind KindOf(string name)
    {
        foreach (var kind in Enum.GetValues<PreferenceKind>())
            if (NameOf(kind) == name)
                return kind;
        throw new ArgumentException($"the loss '{name}' is not computed here; those that are: "
            + string.Join(", ", Enum.GetValues<PreferenceKind>().Select(NameOf)));
    }

    /// <summary>The name of a loss.</summary>
    public static string NameOf(PreferenceKind kind) => kind switch
    {
        PreferenceKind.Sigmoid => "sigmoid",
        PreferenceKind.Robust => "robust",
        PreferenceKind.Ipo => "ipo",
        PreferenceKind.Hinge => "hinge",
        PreferenceKind.SimPo => "simpo",
        _ => "orpo",
    };

    /// <summary>The loss of a pair.</summary>
    public PairLoss Of(in AnswerPair pair) => Kind switch
    {
        PreferenceKind.Sigmoid => BySum(Smoothed(Beta * pair.Margin, AsTrl ? 0 : LabelSmoothing, 1)),
        PreferenceKind.Robust => BySum(Smoothed(Beta * pair.Margin, LabelSmoothing, -1)),
        PreferenceKind.Hinge => BySum((Math.Max(0, 1 - Beta * pair.Margin), Beta * pair.Margin < 1 ? -1 : 0)),
        PreferenceKind.Ipo => Ipo(pair),
        PreferenceKind.SimPo => SimPo(pair),
        _ => Orpo(pair),
    };

    // Of a loss and its derivative by βh.
    private PairLoss BySum((double Value, double Slope) loss) => new(loss.Value, Beta * loss.Slope, -Beta * loss.Slope);

    // −(1 − ε) ln σ(x) ∓ ε ln σ(−x), of the sum of its weights, and its slope.
    private static (double, double) Smoothed(double x, double smoothing, int sign)
    {
        var (right, wrong) = (1 - smoothing, sign * smoothing);
        var whole = sign > 0 ? 1 : 1 - 2 * smoothing;
        return ((-right * LogSigmoid(x) - wrong * LogSigmoid(-x)) / whole, (-right * Sigmoid(-x) + wrong * Sigmoid(x)) / whole);
    }

    private PairLoss Ipo(in AnswerPair pair)
    {
        var (ofChosen, ofRejected) = AsTrl ? (pair.ChosenTokens, pair.RejectedTokens) : (1, 1);
        var above = (pair.Chosen - pair.ReferenceChosen) / ofChosen - (pair.Rejected - pair.ReferenceRejected) / ofRejected
            - 1 / (2 * Beta);
        return new(above * above, 2 * above / ofChosen, -2 * above / ofRejected);
    }

    private PairLoss SimPo(in AnswerPair pair)
    {
        var (value, slope) = Smoothed(Beta * (pair.MeanChosen - pair.MeanRejected) - TargetMargin, 0, 1);
        return new(value, Beta * slope / pair.ChosenTokens, -Beta * slope / pair.RejectedTokens);
    }

    private PairLoss Orpo(in AnswerPair pair)
    {
        var (chosen, rejected) = (Math.Min(pair.MeanChosen, LargestMean), Math.Min(pair.MeanRejected, LargestMean));
        var (otherwiseChosen, otherwiseRejected) = (1 - Exp(chosen), 1 - Exp(rejected));
        var (value, slope) = Smoothed(chosen - rejected - (Log(otherwiseChosen) - Log(otherwiseRejected)), 0, 1);
        return new(Beta * value, Beta * slope / otherwiseChosen / pair.ChosenTokens,
            -Beta * slope / otherwiseRejected / pair.RejectedTokens);
    }
}
