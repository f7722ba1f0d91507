using static Pellucid.Tuning.Losses.Elementary;

namespace Pellucid.Tuning.Losses;

/// <summary>The loss of pairs of answers, as its paper has it. Where TRL computes another one, <see cref="AsTrl"/> does too.</summary>
internal sealed record PreferenceLoss(PreferenceKind Kind)
{
    // The odds of what is certain are infinite.
    private const double LargestMean = -1e-12;

    private const double DiscopopTemperature = 0.05;

    /// <summary>β; λ of <see cref="PreferenceKind.Orpo"/>.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>ε: the share of labels that are believed to be wrong.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>γ of <see cref="PreferenceKind.SimPo"/>: the margin that is wanted.</summary>
    public double TargetMargin { get; init; }

    /// <summary>
    /// α of <see cref="PreferenceKind.SimPo"/>: a mean log-probability m counts as (1 − e^−αm) / α (AlphaPO, Gupta et al. 2025),
    /// which at 0 is m itself.
    /// </summary>
    public double Alpha { get; init; }

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
        if (!double.IsFinite(Alpha))
            throw new ArgumentException($"alpha ({Alpha}) must be a number");
        if (LabelSmoothing == 0 && Kind == PreferenceKind.Exo)
            throw new ArgumentException($"the loss {NameOf(Kind)} needs a label smoothing above 0");
        if (Kind == PreferenceKind.Bco && !AsTrl)
            throw new ArgumentException($"the loss {NameOf(Kind)} of its paper follows a running mean of rewards, which is not computed "
                + "here; TRL's (--as-trl) has none");
        if (LabelSmoothing > 0 && Kind is not (PreferenceKind.Sigmoid or PreferenceKind.Robust or PreferenceKind.Exo))
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
        PreferenceKind.Exo => "exo_pair",
        PreferenceKind.Nca => "nca_pair",
        PreferenceKind.Bco => "bco_pair",
        PreferenceKind.Sppo => "sppo_hard",
        PreferenceKind.ApoZero => "apo_zero",
        PreferenceKind.ApoDown => "apo_down",
        PreferenceKind.Discopop => "discopop",
        PreferenceKind.SigmoidNorm => "sigmoid_norm",
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
        PreferenceKind.Exo => BySum(Exo(Beta * pair.Margin)),
        PreferenceKind.Discopop => BySum(Discopop(Beta * pair.Margin)),
        PreferenceKind.Nca or PreferenceKind.Bco or PreferenceKind.Sppo or PreferenceKind.ApoZero or PreferenceKind.ApoDown =>
            OfGains(Beta * pair.ChosenGain, Beta * pair.RejectedGain),
        PreferenceKind.SigmoidNorm => SigmoidNorm(pair),
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

    private (double, double) Exo(double x)
    {
        var (q, right, wrong) = (Sigmoid(x), Log(1 - LabelSmoothing), Log(LabelSmoothing));
        return (q * (LogSigmoid(x) - right) + (1 - q) * (LogSigmoid(-x) - wrong), q * (1 - q) * (x - right + wrong));
    }

    private static (double, double) Discopop(double x)
    {
        var (gate, exponential) = (Sigmoid(x / DiscopopTemperature), Exp(-x));
        var slope = gate * (1 - gate) / DiscopopTemperature;
        return (-(1 - gate) * LogSigmoid(x) + gate * exponential,
            -(1 - gate) * Sigmoid(-x) + slope * LogSigmoid(x) - gate * exponential + slope * exponential);
    }

    // Of both gains apart, each times β.
    private PairLoss OfGains(double x, double y)
    {
        var (up, down, apart) = (Sigmoid(x), Sigmoid(y), Sigmoid(x - y));
        var (value, byX, byY) = Kind switch
        {
            PreferenceKind.Nca => (-LogSigmoid(x) - LogSigmoid(-x) / 2 - LogSigmoid(-y) / 2, up / 2 - Sigmoid(-x), down / 2),
            PreferenceKind.Bco => (-LogSigmoid(x) - LogSigmoid(-y), -Sigmoid(-x), down),
            PreferenceKind.Sppo => ((Square(x - 0.5) + Square(y + 0.5)) / (Beta * Beta), 2 * (x - 0.5) / (Beta * Beta),
                2 * (y + 0.5) / (Beta * Beta)),
            PreferenceKind.ApoZero => (1 - up + down, -up * (1 - up), down * (1 - down)),
            _ => (up + 1 - apart, up * (1 - up) - apart * (1 - apart), apart * (1 - apart)),
        };
        return new(value, Beta * byX, Beta * byY);
    }

    private PairLoss SigmoidNorm(in AnswerPair pair)
    {
        var (value, slope) = Smoothed(Beta * (pair.ChosenGain / pair.ChosenTokens - pair.RejectedGain / pair.RejectedTokens), 0, 1);
        return new(value, Beta * slope / pair.ChosenTokens, -Beta * slope / pair.RejectedTokens);
    }

    private static double Square(double x) => x * x;

    private PairLoss Ipo(in AnswerPair pair)
    {
        var (ofChosen, ofRejected) = AsTrl ? (pair.ChosenTokens, pair.RejectedTokens) : (1, 1);
        var above = (pair.Chosen - pair.ReferenceChosen) / ofChosen - (pair.Rejected - pair.ReferenceRejected) / ofRejected
            - 1 / (2 * Beta);
        return new(above * above, 2 * above / ofChosen, -2 * above / ofRejected);
    }

    private PairLoss SimPo(in AnswerPair pair)
    {
        var ((chosen, byChosen), (rejected, byRejected)) = (Shaped(pair.MeanChosen), Shaped(pair.MeanRejected));
        var (value, slope) = Smoothed(Beta * (chosen - rejected) - TargetMargin, 0, 1);
        return new(value, Beta * slope * byChosen / pair.ChosenTokens, -Beta * slope * byRejected / pair.RejectedTokens);
    }

    // What a mean counts as, and the derivative.
    private (double, double) Shaped(double mean) => Alpha == 0 ? (mean, 1) : ((1 - Exp(-Alpha * mean)) / Alpha, Exp(-Alpha * mean));

    private PairLoss Orpo(in AnswerPair pair)
    {
        var (chosen, rejected) = (Math.Min(pair.MeanChosen, LargestMean), Math.Min(pair.MeanRejected, LargestMean));
        var (otherwiseChosen, otherwiseRejected) = (1 - Exp(chosen), 1 - Exp(rejected));
        var (value, slope) = Smoothed(chosen - rejected - (Log(otherwiseChosen) - Log(otherwiseRejected)), 0, 1);
        return new(Beta * value, Beta * slope / otherwiseChosen / pair.ChosenTokens,
            -Beta * slope / otherwiseRejected / pair.RejectedTokens);
    }
}
