using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors.Cpu;
using Pellucid.Training;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Policies;

namespace Pellucid.Tuning;

/// <summary>A model that learns from what a program says of its answers: the same as <c>pellucid tune</c> with a reward of one's own.
/// </summary>
public static class PolicyTuning
{
    /// <summary>
    /// Tunes an adapter of a model: each step it answers prompts, the reward scores the answers, and those become likelier that were
    /// better than expected. The adapter is left in a folder in PEFT's layout, with the tokenizer beside it.
    /// </summary>
    /// <param name="model">A model's folder or file; or <c>tiny</c>, the model that comes along.</param>
    /// <param name="folder">Where the adapter is left; made if need be.</param>
    /// <param name="prompts">Texts that are answered; each must leave room for an answer in the model's context.</param>
    /// <param name="reward">What an answer is worth: any finite number. It is called by one thread at a time.</param>
    /// <param name="options">How; as they are if left out.</param>
    /// <param name="report">Is told after each step.</param>
    /// <param name="cancellation">Ends it between two steps; what was learned so far is left in the folder.</param>
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    /// <exception cref="IOException">The folder already holds a model or an adapter, or another run is going on there.</exception>
    /// <exception cref="ArgumentException">The options make no sense, or a prompt is too long.</exception>
    /// <exception cref="ArithmeticException">A reward is not a number; what was learned before is left in the folder.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Run(string model, string folder, IReadOnlyList<string> prompts, Func<Sample, double> reward,
        PolicyTuningOptions? options = null, Action<PolicyTuningReport>? report = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(reward);
        options ??= new PolicyTuningOptions();
        RunLock.RequireNone(folder);
        if (TrainingFolder.TakenBy(folder) is { } taken)
            throw new IOException($"{folder} already holds {taken}");
        var path = Path.Exists(model) || model != BuiltInModel.Name ? model : BuiltInModel.Folder;
        using var backend = CpuBackend.Create(options.Threads);
        using var gpt = Checkpoint.Load(path, backend);
        var tokenizer = CompanionFiles.LoadTokenizer(path, gpt.Config.VocabularySize);
        var specials = CompanionFiles.LoadSpecials(path, tokenizer, gpt.Config.VocabularySize);
        using var adapter = new Adapter(gpt, new AdapterConfig
        {
            Rank = options.Rank, Alpha = 2 * options.Rank, BaseModel = model, HasValueHead = options.Method == PolicyTuningMethod.Ppo,
        });
        adapter.Initialize(options.Seed);
        using var step = new TuningStep(gpt, adapter, options.Temperature);
        using var rollouts = new Rollouts(gpt, adapter, new RolloutOptions
        {
            MaxTokens = options.MaxTokens, Temperature = options.Temperature, Ends = specials.Ends, Seed = options.Seed,
        });
        using var scored = new SampleReward("of the program", tokenizer, reward);
        var asked = prompts.Select(prompt => specials.Prompt(tokenizer, prompt, specials.AddsBegin)).ToArray();
        using var method = MethodOf(new PolicyParts(step, backend, rollouts, scored, asked), options);
        var tuner = new Tuner(gpt, adapter, method, new TuningOptions
        {
            Steps = options.Steps, Batch = options.Batch, LearningRate = options.LearningRate, Seed = options.Seed,
        });
        using var held = RunLock.Take(folder, begins: true, Replicas.One);
        using var run = TuningFolder.Begin(folder, gpt, adapter, specials, target => CompanionFiles.Copy(path, target));
        try
        {
            tuner.Run(done =>
            {
                run.Report(done, null);
                var measures = done.Measures.ToDictionary();
                report?.Invoke(new PolicyTuningReport(done.Step, measures["objective/scores"], measures["objective/kl"],
                    measures["answer_length"]));
            }, cancellation);
        }
        finally
        {
            run.Save(tuner.Progress);
        }
    }

    private static PolicyMethod MethodOf(PolicyParts parts, PolicyTuningOptions options)
    {
        var all = new PolicyOptions { Answers = options.Answers, Seed = options.Seed };
        return options.Method switch
        {
            PolicyTuningMethod.Ppo => new ProximalPolicy(parts, all with { KlInReward = options.KlWeight, Passes = 4 },
                new ProximalOptions()),
            PolicyTuningMethod.Grpo => new GroupPolicy(parts, all with
            {
                Weights = TokenWeights.Grpo, Loss = new() { KlWeight = options.KlWeight },
            }, Baseline.Group, RewardScale.Group),
            PolicyTuningMethod.Rloo => new GroupPolicy(parts, all with
            {
                KlInReward = options.KlWeight, Weights = TokenWeights.Answers, Loss = new() { Ratio = RatioOf.Answer },
            }, Baseline.Others),
            _ => new GroupPolicy(parts, all with { KlInReward = options.KlWeight }, Baseline.Step),
        };
    }
}
