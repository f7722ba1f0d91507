using System.Text;
using System.Text.Json;
using Pellucid.Files;
using Pellucid.Tuning;
using Pellucid.Tuning.Policies;

namespace Pellucid.Cli.Tune;

/// <summary>Answers that are shown while a model is tuned, always to the same prompts: lines on the screen and in <c>samples.jsonl</c>.
/// </summary>
internal sealed class TuneSamples : IDisposable
{
    private const int Prompts = 2, MaxTokens = 40;
    private const string FileName = "samples.jsonl";

    private readonly TuneRun _run;
    private readonly int[][] _prompts;
    private readonly int _every;
    private readonly Rollouts _rollouts;

    private TuneSamples(TuneRun run, int[][] prompts, int every)
    {
        (_run, _prompts, _every) = (run, prompts, every);
        _rollouts = new Rollouts(run.Gpt, run.Adapter, new RolloutOptions { MaxTokens = MaxTokens, Ends = run.Specials.Ends });
    }

    /// <summary>Samples of a run; null where none are asked for.</summary>
    /// <exception cref="ArgumentException">There is nothing to answer.</exception>
    public static TuneSamples? Of(TuneRun run, IReadOnlyList<TuningExample> shown)
    {
        if (run.Words.GetValue(TuneOptions.SampleEvery) is not (> 0 and var every))
            return null;
        if (run.Adapter.Config.HasHead)
            throw new ArgumentException("--sample-every shows answers, and a reward model writes none");
        var prompts = shown.Select(PromptOf).Where(prompt => prompt.Length > 0 && prompt.Length < run.Gpt.Config.Context)
            .DistinctBy(prompt => string.Join(' ', prompt)).Take(Prompts).ToArray();
        return prompts.Length > 0 ? new(run, prompts, every)
            : throw new ArgumentException("--sample-every shows answers, and the examples have no prompts");
    }

    /// <summary>Shows answers where it is time to.</summary>
    public void Show(int step, Action<string> tell, string folder)
    {
        if (step % _every != 0)
            return;
        var lines = new StringBuilder();
        foreach (var answer in _rollouts.Write(_prompts, 0, CancellationToken.None))
        {
            var (prompt, said) = (_run.Tokenizer.Decode(answer.Prompt), _run.Tokenizer.Decode(answer.Said));
            tell($"  > {prompt.ReplaceLineEndings(" ")} … {said.ReplaceLineEndings(" ")}{(answer.HasEnded ? "" : " …")}");
            using var line = new MemoryStream();
            using (var json = new Utf8JsonWriter(line))
            {
                json.WriteStartObject();
                json.WriteNumber("step", step);
                json.WriteString("prompt", prompt);
                json.WriteString("answer", said);
                json.WriteBoolean("has_ended", answer.HasEnded);
                json.WriteEndObject();
            }
            lines.Append(Encoding.UTF8.GetString(line.ToArray())).Append('\n');
        }
        var path = Path.Combine(folder, FileName);
        var before = File.Exists(path) ? PlainText.ReadAll(path).Split('\n').Where(line => line.Length > 0 && StepOf(line) < step) : [];
        SafeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(before.Select(line => line + "\n")) + lines)));
    }

    public void Dispose() => _rollouts.Dispose();

    // What was written after the step that a run is resumed from comes again.
    private static int StepOf(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("step").GetInt32();
    }

    // Up to what is learned; a prompt alone is all of it.
    private static int[] PromptOf(TuningExample example)
    {
        var learned = Array.IndexOf(example.Learned, true);
        return learned < 0 ? example.Tokens : example.Tokens[..learned];
    }
}
