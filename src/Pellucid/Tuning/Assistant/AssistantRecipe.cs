using System.Diagnostics;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Tuning.Losses;
using Pellucid.Tuning.Methods;
using Pellucid.Tuning.Policies;

namespace Pellucid.Tuning.Assistant;

/// <summary>
/// How an assistant comes of a model that predicts words (Ouyang et al. 2022), on the micro-world, where the truth is known: examples of
/// answers (SFT), a model of what is preferred (Bradley and Terry), and then its score made large by PPO, or the pairs learned by DPO. What
/// is preferred are true answers that are sentences; SFT alone answers in a word half of the time. Each stage is an adapter of its own.
/// </summary>
internal sealed class AssistantRecipe : IDisposable
{
    private const int Together = 32; // examples of a leaf

    private readonly Gpt _gpt;
    private readonly AssistantData _data;
    private readonly AssistantJudge _judge;
    private readonly AssistantOptions _options;
    private readonly List<(string Stage, Adapter Adapter)> _made = [];
    private readonly List<PolicyStep> _steps = [];
    private IReadOnlyList<PreferencePair> _pairs = [];

    /// <exception cref="ArgumentException">The model has no token that ends a text.</exception>
    public AssistantRecipe(Gpt gpt, Tokenizer tokenizer, SpecialTokens specials, AssistantOptions options)
    {
        (_gpt, _options, _data) = (gpt, options, new AssistantData(tokenizer, specials, options));
        _judge = new AssistantJudge(gpt, _data, [.. specials.Ends], options.Seed);
    }

    /// <summary>What each stage learned, by its name.</summary>
    public IReadOnlyList<(string Stage, Adapter Adapter)> Made => _made;

    /// <summary>How PPO went, step by step.</summary>
    public IReadOnlyList<PolicyStep> Steps => _steps;

    /// <summary>All stages, each told when it is done.</summary>
    /// <exception cref="OperationCanceledException">Between two updates.</exception>
    public void Run(Action<AssistantRow> done, CancellationToken cancellation)
    {
        JudgeAlone(done);
        Improve(Imitate(done, cancellation), done, cancellation);
    }

    /// <summary>Tells how the model answers before any stage.</summary>
    public void JudgeAlone(Action<AssistantRow> done)
    {
        using var fresh = New();
        Judge("base", fresh, done);
    }

    /// <summary>The stage that learns from examples, and what it learned.</summary>
    /// <exception cref="OperationCanceledException">Between two updates.</exception>
    public Adapter Imitate(Action<AssistantRow> done, CancellationToken cancellation) =>
        Stage("sft", New(), Imitate, cancellation, done);

    /// <summary>Tells how a model with that adapter answers.</summary>
    public void Judge(string name, Adapter adapter, Action<AssistantRow> done) => done(_judge.Row(name, adapter, 0));

    /// <summary>The stages after an adapter that has learned from examples.</summary>
    /// <exception cref="OperationCanceledException">Between two updates.</exception>
    public void Improve(Adapter sft, Action<AssistantRow> done, CancellationToken cancellation)
    {
        _judge.Reference = sft;
        _pairs = _judge.Pairs(_data.Learned, cancellation);
        var reward = Copy(sft, sft.Config with { HasHead = true }); // which knows what is true already, as it answers
        var clock = Stopwatch.StartNew();
        Rank(reward, cancellation);
        _made.Add(("reward", reward));
        done(_judge.RowOfReward(reward, clock.Elapsed.TotalSeconds, cancellation));
        Reinforce("ppo", isFree: false, done, cancellation);
        Stage("dpo", Copy(sft, sft.Config), Prefer, cancellation, done);
    }

    /// <summary>PPO once more after <see cref="Improve"/>, as long and with the same reward model, but nothing is paid for leaving what
    /// examples taught, and no text is learned beside it: what is then made large is the score alone (Gao et al. 2023).</summary>
    /// <exception cref="OperationCanceledException">Between two updates.</exception>
    public void Unleash(Action<AssistantRow> done, CancellationToken cancellation) =>
        Reinforce("unleashed", isFree: true, done, cancellation);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _judge.Dispose();
        foreach (var (_, adapter) in _made)
            adapter.Dispose();
    }

    private Adapter Stage(string name, Adapter adapter, Action<Adapter, CancellationToken> learn, CancellationToken cancellation,
        Action<AssistantRow> done)
    {
        _made.Add((name, adapter));
        var clock = Stopwatch.StartNew();
        learn(adapter, cancellation);
        done(_judge.Row(name, adapter, clock.Elapsed.TotalSeconds));
        return adapter;
    }

    private void Imitate(Adapter adapter, CancellationToken cancellation)
    {
        using var step = new TuningStep(_gpt, adapter);
        TuningExample[][] rows = [.. _data.Answered(_data.Learned).Concat(_data.LearnedText).Select(example => new[] { example })];
        using var method = new Imitation(step, _gpt.Backend, rows);
        Tune(adapter, method, _options.Imitations, 2e-3f, cancellation);
    }

    private void Rank(Adapter adapter, CancellationToken cancellation)
    {
        using var step = new TuningStep(_gpt, adapter);
        using var method = new Ranking(step, _gpt.Backend, _pairs, new RankingLoss { Centring = 0.01 });
        Tune(adapter, method, _options.Rankings, 1e-3f, cancellation); // at twice that it learns the form alone, and nothing of truth
    }

    private void Reinforce(string name, bool isFree, Action<AssistantRow> done, CancellationToken cancellation)
    {
        var sft = _judge.Reference!;
        Stage(name, Copy(sft, sft.Config with { HasValueHead = true }),
            (adapter, stop) => Reinforce(name, isFree, adapter, stop), cancellation, done);
    }

    private void Reinforce(string name, bool isFree, Adapter adapter, CancellationToken cancellation)
    {
        var reference = _judge.Reference!;
        using var step = new TuningStep(_gpt, adapter);
        using var before = new TuningStep(_gpt, reference);
        using var rollouts = _judge.Rollouts(adapter, _options.Seed + 2);
        var prompts = _data.Prompts(_data.Learned);
        var questions = prompts.Zip(_data.Learned).ToDictionary(pair => pair.First, pair => pair.Second);
        var parts = new PolicyParts(step, _gpt.Backend, rollouts, _judge.Reward!, prompts, before);
        using var method = new ProximalPolicy(parts, new PolicyOptions
        {
            Passes = 2, KlInReward = isFree ? 0 : 0.3, MissingEndPenalty = 1, Seed = _options.Seed,
        }, new ProximalOptions { TextWeight = isFree ? 0 : 0.3 }, isFree ? null : _data.LearnedText);
        Tune(adapter, method, _options.Rollouts, _options.Rate, cancellation, batch: _options.Answers, report: report =>
            _steps.Add(new PolicyStep(name, report.Step, method.Written.Average(answer => answer.Score),
                method.Written.Average(answer => _data.IsTrue(questions[answer.Prompt], answer) ? 1.0 : 0))));
    }

    private void Prefer(Adapter adapter, CancellationToken cancellation)
    {
        using var step = new TuningStep(_gpt, adapter);
        using var before = new TuningStep(_gpt, _judge.Reference!);
        using var method = new Preferences(step, _gpt.Backend, _pairs, new PreferenceLoss(PreferenceKind.Sigmoid)
        {
            Beta = 0.1,
        }, likelihoodWeight: 1, reference: before);
        Tune(adapter, method, _options.Preferences, _options.PreferenceRate, cancellation);
    }

    private void Tune(Adapter adapter, TuningMethod method, int steps, float rate, CancellationToken cancellation, int batch = Together,
        Action<TuningReport>? report = null) =>
        new Tuner(_gpt, adapter, method, new TuningOptions
        {
            Steps = steps, Batch = batch, MicroBatch = Together, LearningRate = rate, Warmup = Math.Min(10, steps / 4),
            Seed = _options.Seed,
        }).Run(report ?? (_ => { }), cancellation);

    // The output has a part of its own: the token that ends an answer was never seen, and its row is what chance drew.
    private Adapter New()
    {
        var linear = AdaptedModule.Of(_gpt).Select(module => module.Name[(module.Name.LastIndexOf('.') + 1)..]).Distinct();
        var adapter = new Adapter(_gpt, new AdapterConfig
        {
            Targets = ModuleNames.Of([.. linear, "lm_head"]), BaseModel = BuiltInModel.Name,
        });
        adapter.Initialize(_options.Seed);
        return adapter;
    }

    private Adapter Copy(Adapter adapter, AdapterConfig config)
    {
        var copy = new Adapter(_gpt, config);
        copy.Initialize(_options.Seed);
        for (var index = 0; index < adapter.Parameters.Count; index++)
            for (var other = 0; other < copy.Parameters.Count; other++)
                if (copy.Parameters.NameOf(other) == adapter.Parameters.NameOf(index))
                    copy.Parameters.Write(other, adapter.Read(index));
        copy.Refresh();
        return copy;
    }
}
