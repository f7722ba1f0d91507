using System.CommandLine;
using Pellucid.Tuning;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Policies;
using static Pellucid.Cli.Tune.TuneOptions;

namespace Pellucid.Cli.Tune;

/// <summary>Verbs of <c>pellucid tune</c> whose models learn from answers of their own: ppo, grpo, rloo, reinforce.</summary>
internal static class TunePolicies
{
    private static readonly Option<string?> Reward = new("--reward") { Description = "What answers are worth: " + Rewards.Kinds };
    public static readonly Option<int> RewardSamples =
        Number("--reward-samples", "Answers of the reference by which a reward model's scores are scaled to mean 0 and deviation 1", 256);
    private static readonly Option<int> Answers = Number("--answers", "Answers to each prompt", 8);
    private static readonly Option<int> OneAnswer = Number("--answers", "Answers to each prompt", 1);
    private static readonly Option<int> MaxTokens = Number("--max-tokens", "Tokens of an answer, at most", 64);
    private static readonly Option<float> Temperature =
        Number("--temperature", "What logits are divided by, in answers, update and reference alike", 1f);
    private static readonly Option<double> Kl = Number("--kl", "Weight of the divergence from the reference, taken from rewards", 0.05);
    private static readonly Option<double> NoKl = Number("--kl", "Weight of the divergence from the reference, taken from rewards", 0.0);
    private static readonly Option<double> KlInLoss = Number("--kl", "Weight of the divergence from the reference, in the loss", 0.04);
    private static readonly Option<KlEstimate> Estimator =
        Number("--kl-estimator", "How it is estimated: k3, whose gradient is that of KL(reference‖policy), or k2", KlEstimate.K3);
    private static readonly Option<double> KlBudget =
        Number("--kl-budget", "Nats an answer of divergence from the reference above which it is warned", 20.0);
    private static readonly Option<int> Passes = Number("--passes", "How often the answers of a step are learned from", 4);
    private static readonly Option<int> OnePass = Number("--passes", "How often the answers of a step are learned from", 1);
    private static readonly Option<int> Minibatches = Number("--minibatches", "Updates of a pass, each of a part of the answers", 1);
    private static readonly Option<double> RatioClip = Number("--ratio-clip", "How far below and above 1 ratios count", 0.2);
    private static readonly Option<double?> RatioClipHigh =
        new("--ratio-clip-high") { Description = "How far above 1, if otherwise than below (DAPO has 0.28)" };
    private static readonly Option<double?> Delta =
        new("--delta") { Description = "The largest ratio that counts where the advantage is below 0; any if not given" };
    private static readonly Option<string> Level = new Option<string>("--importance-sampling-level")
    {
        Description = "Of what ratios are: each token, or the sequence, an average token of the answer (GSPO)",
        DefaultValueFactory = _ => "token",
    }.AcceptOnlyFromAmong("token", "sequence");
    private static readonly Option<double> MissingEnd =
        Number("--missing-end-penalty", "What is taken from the score of an answer that does not end within --max-tokens", 0.0);
    private static readonly Option<double> Gamma = Number("--gamma", "Discount of what comes a token later", 1.0);
    private static readonly Option<double> Lambda = Number("--lambda", "λ of generalised advantages", 0.95);
    private static readonly Option<double> ValueWeight = Number("--value-weight", "Weight of the loss of expected rewards", 0.1);
    private static readonly Option<double> ValueClip = Number("--value-clip", "How far an expected reward may move in a step", 0.2);
    private static readonly Option<bool> Whiten = new("--whiten-rewards") { Description = "Divide rewards by their deviation" };
    private static readonly Option<double?> KlTarget =
        new("--kl-target") { Description = "Nats an answer that --kl is steered to; it stays if not given" };
    private static readonly Option<double> KlHorizon = Number("--kl-horizon", "Answers over which it is steered", 10_000.0);
    private static readonly Option<string[]> TextData = new("--text-data")
    {
        Description = "Files of texts that are learned beside, so that they are not forgotten (PPO-ptx)",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<double> TextWeight = Number("--text-weight", "Weight of their loss, a mean over tokens", 1.0);
    private static readonly Option<string> Loss = new("--loss")
    {
        Description = "What a token weighs: grpo (answers are equal), dapo (tokens are), or dr_grpo (1 / --max-tokens)",
        DefaultValueFactory = _ => "grpo",
    };
    private static readonly Option<RewardScale> Scale = Number("--scale-rewards",
        "What advantages are divided by: the deviation of a group or of the batch, or none", RewardScale.Group);
    private static readonly Option<string?> Reference = TuneCommand.Reference;

    private static readonly Option[] Common = [Reward, RewardSamples, MaxTokens, Temperature, KlBudget, MissingEnd, Reference];

    public static IEnumerable<Command> Create() =>
    [
        TuneCommand.Method("ppo", "Learns from rewards of its own answers, token by token (Schulman et al. 2017, Ouyang et al. 2022).",
            Ppo, [.. Common, OneAnswer, Kl, Passes, Minibatches, RatioClip, Gamma, Lambda, ValueWeight, ValueClip, Whiten, KlTarget,
                KlHorizon, TextData, TextWeight]),
        TuneCommand.Method("grpo", "Learns from answers of its own, compared with others to the same prompt (Shao et al. 2024).",
            Grpo, [.. Common, Answers, KlInLoss, Estimator, OnePass, Minibatches, RatioClip, RatioClipHigh, Delta, Level, Loss,
                Scale, TuneOptions.AsTrl]),
        TuneCommand.Method("rloo", "The same, compared with the mean of the others (Ahmadian et al. 2024).",
            Rloo, [.. Common, Answers, Kl, OnePass, Minibatches, RatioClip]),
        TuneCommand.Method("reinforce", "The same, compared with the mean of the step (Williams 1992).",
            Reinforce, [.. Common, OneAnswer, NoKl]),
    ];

    /// <summary>Whether a method is one of these.</summary>
    public static bool Has(string method) => method is "ppo" or "grpo" or "rloo" or "reinforce";

    /// <summary>Sees to it that a method of these is told what answers are worth. The parser does not ask: a run that goes on has it in
    /// its own words.</summary>
    /// <exception cref="ArgumentException">It is not told.</exception>
    public static void RequireReward(ParseResult words, string method)
    {
        if (Has(method) && words.GetValue(Reward) is null)
            throw new ArgumentException($"{Reward.Name} is missing: what answers are worth");
    }

    /// <summary>What answers of a method are written at.</summary>
    public static float TemperatureOf(ParseResult words, string method) => Has(method) ? words.GetValue(Temperature) : 1;

    /// <summary>The divergence above which it is warned.</summary>
    public static double KlBudgetOf(ParseResult words, string method) =>
        Has(method) ? words.GetValue(KlBudget) : double.PositiveInfinity;

    private static TuneItems Ppo(TuneRun run)
    {
        var (words, texts) = (run.Words, run.Words.GetValue(TextData) is { Length: > 0 } files ? run.Data.Imitated(files) : null);
        var own = new ProximalOptions
        {
            Gamma = words.GetValue(Gamma), Lambda = words.GetValue(Lambda), ValueWeight = words.GetValue(ValueWeight),
            ValueClip = words.GetValue(ValueClip), WhitenRewards = words.GetValue(Whiten), KlTarget = words.GetValue(KlTarget),
            KlHorizon = words.GetValue(KlHorizon), TextWeight = words.GetValue(TextWeight),
        };
        var options = Options(run, OneAnswer, Passes) with { KlInReward = words.GetValue(Kl), Loss = Clipped(words) };
        return Items(run, parts => new ProximalPolicy(parts, options, own, texts));
    }

    private static TuneItems Grpo(TuneRun run)
    {
        var words = run.Words;
        var options = Options(run, Answers, OnePass) with
        {
            Weights = TokenWeighting.Parse(words.GetValue(Loss)!),
            Loss = Clipped(words) with
            {
                Ratio = words.GetValue(Level) == "sequence" ? RatioOf.MeanToken : RatioOf.Token,
                LargestRatio = words.GetValue(Delta) is { } delta ? Positive(delta) : double.PositiveInfinity,
                KlWeight = words.GetValue(KlInLoss), Kl = words.GetValue(Estimator), KlTimesRatio = words.GetValue(TuneOptions.AsTrl),
            },
        };
        if (words.GetValue(RatioClipHigh) is { } high)
            options = options with { Loss = options.Loss with { ClipAbove = high } };
        if (options.Loss.Kl == KlEstimate.K1)
            throw new ArgumentException("--kl-estimator k1 has no gradient in a loss; use k2 or k3");
        return Items(run, parts => new GroupPolicy(parts, options, Baseline.Group, words.GetValue(Scale)));
    }

    private static TuneItems Rloo(TuneRun run)
    {
        var options = Options(run, Answers, OnePass) with
        {
            KlInReward = run.Words.GetValue(Kl), Weights = TokenWeights.Answers,
            Loss = Clipped(run.Words) with { Ratio = RatioOf.Answer },
        };
        return Items(run, parts => new GroupPolicy(parts, options, Baseline.Others));
    }

    private static TuneItems Reinforce(TuneRun run)
    {
        var options = Options(run, OneAnswer, null) with { KlInReward = run.Words.GetValue(NoKl) };
        return Items(run, parts => new GroupPolicy(parts, options, Baseline.Step));
    }

    private static PolicyOptions Options(TuneRun run, Option<int> answers, Option<int>? passes) => new()
    {
        Answers = run.Words.GetValue(answers), Passes = passes is null ? 1 : run.Words.GetValue(passes),
        Minibatches = passes is null ? 1 : run.Words.GetValue(Minibatches),
        MissingEndPenalty = run.Words.GetValue(MissingEnd), Seed = run.Words.GetValue(Seed),
    };

    private static double Positive(double delta) => delta > 1 ? delta
        : throw new ArgumentException($"{Delta.Name} ({delta}) must be above 1, where ratios begin");

    private static PolicyLoss Clipped(ParseResult words) =>
        new() { ClipBelow = words.GetValue(RatioClip), ClipAbove = words.GetValue(RatioClip) };

    private static TuneItems Items(TuneRun run, Func<PolicyParts, PolicyMethod> method)
    {
        var words = run.Words;
        if (words.GetValue(LoraOptions.Dropout) > 0)
            throw new ArgumentException("a policy learns without dropout (--lora-dropout): its answers are written without it");
        var options = new RolloutOptions
        {
            MaxTokens = words.GetValue(MaxTokens), Temperature = words.GetValue(Temperature), Ends = run.Specials.Ends,
            Seed = words.GetValue(Seed),
        };
        options.Validate();
        var prompts = run.Data.Prompted(run.Files, options.MaxTokens);
        var rollouts = run.Rollouts(options);
        var reference = run.Reference(words.GetValue(Reference));
        var reward = run.Made(Rewards.Parse(words.GetValue(Reward)!, run, options.MaxTokens));
        if (reward is ModelReward model && words.GetValue(RewardSamples) is > 0 and var samples)
            model.Normalise(Asked(run, prompts, samples, options));
        PolicyParts Parts(TuningStep step, IReadOnlyList<int[]> of) => new(step, run.Gpt.Backend, rollouts, reward, of, reference);
        return new([.. prompts.Select(prompt => new TuningExample(prompt, new bool[prompt.Length]))], step => method(Parts(step, prompts)),
            run.EvalFiles is { } files ? step => method(Parts(step, run.Data.Prompted(files, options.MaxTokens))) : null);
    }

    // Answers of the model as it is without its adapter: the same whenever a run is resumed.
    private static Rollout[] Asked(TuneRun run, List<int[]> prompts, int count, RolloutOptions options)
    {
        using var reference = new Rollouts(run.Gpt, null, options);
        return reference.Write([.. Enumerable.Range(0, count).Select(i => prompts[i % prompts.Count])], 0, CancellationToken.None);
    }
}
