using System.CommandLine;
using Pellucid.Tuning;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;

namespace Pellucid.Cli.Tune;

/// <summary><c>pellucid tune</c>: a verb a method.</summary>
internal static class TuneCommand
{
    private static readonly Option<string> Packing = new Option<string>("--packing")
    {
        Description = "How texts share rows of --max-length tokens: none, bfd (best fit, the rest of long ones dropped), bfd-split, "
            + "or wrapped",
        DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong("none", "bfd", "bfd-split", "wrapped");

    private static readonly Option<string> SftLoss = new Option<string>("--loss")
    {
        Description = "nll, the likelihood, or dft, where a token weighs as much as it is likely (Wu et al. 2025)",
        DefaultValueFactory = _ => "nll",
    }.AcceptOnlyFromAmong("nll", "dft");

    private static readonly Option<double> Beta = TuneOptions.Number("--beta", "How much moving away from the reference counts", 0.1);
    private static readonly Option<double> OrpoBeta = TuneOptions.Number("--beta", "Weight of the odds ratio beside the likelihood", 0.1);
    private static readonly Option<double> SimPoBeta =
        TuneOptions.Number("--beta", "What the difference of mean log-probabilities is multiplied by", 2.0);
    private static readonly Option<double> Gamma = TuneOptions.Number("--gamma", "The margin that is wanted", 1.0);
    private static readonly Option<double> Alpha =
        TuneOptions.Number("--alpha", "Bends mean log-probabilities, m to (1 - exp(-alpha m)) / alpha (AlphaPO); 0 leaves them", 0.0);
    private static readonly Option<string> Loss = new("--loss")
    {
        Description = "sigmoid, robust, ipo, hinge, exo_pair, nca_pair, sppo_hard, apo_zero, apo_down, discopop, sigmoid_norm, bco_pair "
            + "(with --as-trl), or rpo, which adds the preferred answer's likelihood",
        DefaultValueFactory = _ => "sigmoid",
    };
    private static readonly Option<double> RpoAlpha = TuneOptions.Number("--rpo-alpha", "Weight of that likelihood, with --loss rpo", 1.0);
    private static readonly Option<double> Smoothing =
        TuneOptions.Number("--label-smoothing", "Share of pairs believed to be the wrong way round", 0.0);
    public static readonly Option<string?> Reference = new("--reference")
    {
        Description = "The model that is compared with; MODEL as it is before the first step if not given",
    };
    private static readonly Option<double> Desirable = TuneOptions.Number("--desirable-weight", "Weight of desirable answers", 1.0);
    private static readonly Option<double> Undesirable = TuneOptions.Number("--undesirable-weight", "Weight of undesirable answers", 1.0);
    private static readonly Option<double> Centring = TuneOptions.Number("--centring", "Weight of the square of both scores' sum", 0.0);

    private static readonly Option<double> Margin =
        TuneOptions.Number("--margin", "By how much the better is to be above the worse, where an example has no margin of its own", 0.0);

    public static Command Create()
    {
        var command = new Command("tune", "Teaches a model to answer: by examples, by preferences, by rewards.");
        foreach (var verb in Verbs().Concat(TunePolicies.Create())
            .Concat([TuneMergeVerb.Create(), TuneConvertVerb.Create(), TuneEvaluateVerb.Create()]))
            command.Subcommands.Add(verb);
        return command.WithRecipe();
    }

    private static IEnumerable<Command> Verbs() =>
    [
        Method("sft", "Learns to say what assistants say in examples.", Imitation, Packing, SftLoss),
        Method("dpo", "Learns from pairs of answers, the preferred one and the other (Rafailov et al. 2023).", Dpo,
            Beta, Loss, RpoAlpha, Smoothing, Reference, TuneOptions.AsTrl),
        Method("kto", "Learns from answers that are called good or not (Ethayarajh et al. 2024).", Kto,
            Beta, Desirable, Undesirable, Reference),
        Method("orpo", "Learns preferred answers and to prefer them at once, without a reference (Hong et al. 2024).", Orpo, OrpoBeta),
        Method("simpo", "Learns from pairs by mean log-probabilities, without a reference (Meng et al. 2024).", SimPo, SimPoBeta, Gamma,
            Alpha),
        Method("reward", "Learns to score answers from pairs, or from ranked lists of them (Bradley and Terry).", Reward, Centring, Margin),
    ];

    /// <summary>A verb of <c>tune</c>.</summary>
    public static Command Method(string name, string description, Func<TuneRun, TuneItems> items, params Option[] own)
    {
        var command = new Command(name, description) { TuneOptions.Model }
            .WithExample($"pellucid tune {name} MODEL --data "
                + (TunePolicies.Has(name) ? "prompts.jsonl --reward length" : "answers.jsonl") + " --out tuned");
        foreach (var option in TuneOptions.All.Concat(own))
            command.Options.Add(option);
        command.SetInterruptibleAction((words, cancellation) => Ranks.Run(words, (replicas, output) =>
            new TuneRun(words, name, name == "reward", replicas, output).Run(items, cancellation)));
        return command;
    }

    private static TuneItems Imitation(TuneRun run)
    {
        List<TuningExample[]> Rows(string[] files)
        {
            var examples = run.Data.Imitated(files);
            return run.Words.GetValue(Packing) switch
            {
                "none" => [.. examples.Select(each => new[] { each })],
                "wrapped" => Tuning.Data.Packing.Wrapped(examples, run.MaxLength),
                var kind => Tuning.Data.Packing.BestFit(examples, run.MaxLength, splits: kind == "bfd-split"),
            };
        }

        var (rows, isDft) = (Rows(run.Files), run.Words.GetValue(SftLoss) == "dft");
        return new([.. rows.SelectMany(row => row)], step => new Imitation(step, run.Gpt.Backend, rows, isDft),
            run.EvalFiles is { } files ? step => new Imitation(step, run.Gpt.Backend, Rows(files), isDft) : null);
    }

    private static TuneItems Dpo(TuneRun run)
    {
        var (name, isRpo) = (run.Words.GetValue(Loss)!, run.Words.GetValue(Loss) == "rpo");
        var kind = isRpo ? PreferenceKind.Sigmoid : PreferenceLoss.KindOf(name);
        if (kind is PreferenceKind.SimPo or PreferenceKind.Orpo)
            throw new ArgumentException($"--loss {name} has no reference; it is pellucid tune {name}");
        var loss = new PreferenceLoss(kind)
        {
            Beta = run.Words.GetValue(Beta), LabelSmoothing = run.Words.GetValue(Smoothing), AsTrl = run.Words.GetValue(TuneOptions.AsTrl),
        };
        return Pairs(run, loss, isRpo ? run.Words.GetValue(RpoAlpha) : 0, run.Reference(run.Words.GetValue(Reference)));
    }

    private static TuneItems Orpo(TuneRun run) =>
        Pairs(run, new PreferenceLoss(PreferenceKind.Orpo) { Beta = run.Words.GetValue(OrpoBeta) }, likelihoodWeight: 1, null);

    private static TuneItems SimPo(TuneRun run) => Pairs(run, new PreferenceLoss(PreferenceKind.SimPo)
    {
        Beta = run.Words.GetValue(SimPoBeta), TargetMargin = run.Words.GetValue(Gamma),
        Alpha = run.Words.GetValue(Alpha),
    }, 0, null);

    private static TuneItems Pairs(TuneRun run, PreferenceLoss loss, double likelihoodWeight, TuningStep? reference)
    {
        loss.Validate();
        var pairs = run.Data.Preferred(run.Files);
        TuningMethod New(TuningStep step, List<PreferencePair> of) =>
            new Preferences(step, run.Gpt.Backend, of, loss, likelihoodWeight, reference);
        return new([.. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })], step => New(step, pairs),
            run.EvalFiles is { } files ? step => New(step, run.Data.Preferred(files)) : null);
    }

    private static TuneItems Kto(TuneRun run)
    {
        var loss = new DesirabilityLoss
        {
            Beta = run.Words.GetValue(Beta), DesirableWeight = run.Words.GetValue(Desirable),
            UndesirableWeight = run.Words.GetValue(Undesirable),
        };
        if (run.Words.GetValue(TuneOptions.Batch) < 2)
            throw new ArgumentException("kto compares answers with those of other prompts: --batch must be at least 2");
        var (answers, reference) = (run.Data.Labelled(run.Files), run.Reference(run.Words.GetValue(Reference)));
        TuningMethod New(TuningStep step, List<LabelledAnswer> of) => new Desirability(step, run.Gpt.Backend, of, loss, reference);
        return new([.. answers.Select(each => TuningExample.Of(each.Prompt, each.Answer))], step => New(step, answers),
            run.EvalFiles is { } files ? step => New(step, run.Data.Labelled(files)) : null);
    }

    private static TuneItems Reward(TuneRun run)
    {
        var loss = new RankingLoss { Centring = run.Words.GetValue(Centring), Margin = run.Words.GetValue(Margin) };
        var lists = run.Data.Ranked(run.Files);
        return new([.. lists.SelectMany(list => list.Texts)], step => new Ranking(step, run.Gpt.Backend, lists, loss),
            run.EvalFiles is { } files ? step => new Ranking(step, run.Gpt.Backend, run.Data.Ranked(files), loss) : null);
    }
}

/// <summary>What a method learns from: examples to look at, and the method with an eye on them; perhaps another to evaluate with.</summary>
internal sealed record TuneItems(IReadOnlyList<TuningExample> Shown, Func<TuningStep, TuningMethod> Method,
    Func<TuningStep, TuningMethod>? Evaluation);
