using Pellucid.Conversations;
using Pellucid.Files;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Tuning;
using Pellucid.Tuning.Policies;

namespace Pellucid.Cli.Tune;

/// <summary>Models that answer the same prompts, one after another; the first stays, since the others are compared with it.</summary>
internal sealed class AnswerEvaluation(RolloutOptions options, int answersEach, string? rewardWords, string? judgeWords) : IDisposable
{
    private readonly List<IDisposable> _made = [];
    private Reward? _reward, _judge;
    private AnswerReader? _first;
    private AnswerRow? _firstRow;
    private string _firstFingerprint = "";

    /// <summary>The row of a model.</summary>
    /// <exception cref="ArgumentException">It cuts texts into other tokens than the first.</exception>
    public AnswerRow Of(string path, Backend backend, string[] files, string? template)
    {
        var gpt = ModelFolder.LoadGpt(path, backend);
        var isFirst = _first is null;
        using var loaded = isFirst ? null : gpt;
        if (isFirst)
            _made.Add(gpt);
        var tokenizer = ModelFolder.LoadTokenizer(path, gpt.Config);
        var specials = ModelFolder.LoadSpecials(path, tokenizer, gpt.Config);
        var data = new TuningData(tokenizer, specials, template is null ? ModelFolder.LoadTemplate(path)
            : ChatTemplate.Parse(PlainText.ReadAll(template)), gpt.Context);
        var prompts = data.Prompted(files, options.MaxTokens).SelectMany(prompt => Enumerable.Repeat(prompt, answersEach)).ToArray();
        if (isFirst)
            Begin(path, gpt, tokenizer);
        else if (tokenizer.Fingerprint() != _firstFingerprint)
            throw new ArgumentException($"{path} cuts texts into other tokens than the first model, with which it is to be compared");
        using var rollouts = new Rollouts(gpt, null, options with { Ends = specials.Ends });
        var answers = rollouts.Write(prompts, 0, CancellationToken.None);
        var (rewards, judged) = (Scored(_reward, answers), Scored(_judge, answers));
        var row = new AnswerRow(path, LossOf(gpt, data.Answered(files)), answers, rewards, judged,
            isFirst ? [] : [.. rewards.Zip(_firstRow!.Rewards, (one, other) => one > other ? 1 : one < other ? 0 : 0.5)],
            isFirst ? [] : Divergences(answers));
        _firstRow ??= row;
        return row;
    }

    public void Dispose()
    {
        for (var i = _made.Count - 1; i >= 0; i--)
            _made[i].Dispose();
    }

    // Reward models that are adapters belong to the first model without its own adapter.
    private void Begin(string path, Gpt gpt, Tokenizer tokenizer)
    {
        _made.Add(_first = new AnswerReader(gpt, options.Temperature));
        _firstFingerprint = tokenizer.Fingerprint();
        var parts = ModelFolder.Parts(path);
        var (basePath, ofBase) = (parts?.Base ?? path, gpt);
        if (parts is not null && (rewardWords, judgeWords) is not (null, null))
            _made.Add(ofBase = ModelFolder.LoadGpt(basePath, gpt.Backend));
        Reward? Parse(string? words) => words is null ? null
            : Rewards.Parse(words, ofBase, basePath, tokenizer, gpt.Context, _made.Add);
        (_reward, _judge) = (Parse(rewardWords), Parse(judgeWords));
        _made.AddRange(new[] { _reward, _judge }.OfType<Reward>());
    }

    private static double[] Scored(Reward? reward, Rollout[] answers)
    {
        var scores = reward?.Of(answers) ?? [];
        return scores.All(double.IsFinite) ? scores
            : throw new InvalidDataException($"the reward {reward!.Name} of an answer is not a number");
    }

    private static Estimate LossOf(Gpt gpt, List<TuningExample> examples)
    {
        using var reader = new AnswerReader(gpt);
        return examples.Count == 0 ? new Estimate(double.NaN, double.NaN, 0)
            : Estimate.OfGroups([.. reader.LogProbabilities(examples).Select(tokens => tokens.Select(value => -value).ToArray())]);
    }

    private double[] Divergences(Rollout[] answers)
    {
        var under = _first!.LogProbabilities([.. answers.Select(answer => answer.Example)]);
        return [.. answers.Zip(under, (answer, first) => answer.Old.Sum() - first.Sum())];
    }
}
