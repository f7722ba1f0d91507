using Pellucid.Looking.Checkpoints;
using Pellucid.Models;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Web.Languages;

namespace Pellucid.Web.Explorer.Watching;

/// <summary>What was found at the checkpoints of a run.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Text">What every layer read the end of; empty where it read nothing.</param>
/// <param name="Answer">What was followed there, as it is shown; empty where nothing was.</param>
/// <param name="Looks">In order of steps.</param>
/// <param name="Sentences">In how many sentences who is given something was asked.</param>
/// <param name="WhyNot">What could not be asked, and why.</param>
internal sealed record SeenRun(string Run, string Text, string Answer, IReadOnlyList<CheckpointLook> Looks, int Sentences,
    IReadOnlyList<string> WhyNot);

/// <summary>
/// Looks at the checkpoints of a run, one after another on the engine, so that others come between them; what was found is kept while
/// panels come and go, and of a checkpoint that was looked at before, by what it was asked.
/// </summary>
internal sealed class CheckpointReading(Session session, ReaderLanguage language)
{
    private const string Question = "checkpoints";

    private readonly Dictionary<(string Folder, DateTime Written, string Text, string Answer), CheckpointLook> _known = [];
    private int _begun; // looks so far

    public SeenRun? Found { get; private set; }

    /// <summary>Checkpoints that were looked at, and all of them.</summary>
    public (int Done, int All) Progress { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>Told when there is more.</summary>
    public event Action? Changed;

    /// <summary>Looks at all of them, or until it is stopped.</summary>
    /// <exception cref="ArgumentException">The answer is not one token, or the text does not fit.</exception>
    /// <exception cref="InvalidDataException">A checkpoint is damaged, or is an adapter of another model.</exception>
    public async Task LookAsync(WatchedRun run, string text, string answer)
    {
        Stop();
        var own = ++_begun;
        var kept = KeptCheckpoint.Of(run.Folder);
        (Found, Progress, IsRunning) = (null, (0, kept.Count), true);
        Changed?.Invoke();
        try
        {
            var (questions, shown, notes) = await session.RunAsync(Question, _ => Ask(kept[^1], text, answer));
            var looks = new List<CheckpointLook>();
            foreach (var one in kept)
            {
                looks.Add(await session.RunAsync(Question, _ => Look(one, questions, text)));
                Progress = (looks.Count, kept.Count);
                Found = new SeenRun(run.Name, questions.Text.Count > 0 ? text : "", shown, [.. looks], questions.Sentences, notes);
                Changed?.Invoke();
            }
        }
        finally
        {
            IsRunning &= own != _begun; // another one may have begun since, which stopped this one
            Changed?.Invoke();
        }
    }

    /// <summary>Stops; what was found so far stays.</summary>
    public void Stop() => session.Cancel(Question);

    private CheckpointLook Look(KeptCheckpoint kept, CheckpointQuestions questions, string text)
    {
        var key = (kept.Folder, Directory.GetLastWriteTimeUtc(kept.Folder), questions.Text.Count > 0 ? text : "", $"{questions.Answer}");
        if (_known.TryGetValue(key, out var known))
            return known;
        using var gpt = kept.Load(session.Gpt.Backend, session.BaseGpt);
        return _known[key] = questions.Look(gpt, kept.Step);
    }

    // A text that the run cannot read takes nothing from what is asked without one.
    private (CheckpointQuestions Questions, string Answer, IReadOnlyList<string> Notes) Ask(KeptCheckpoint last, string text, string answer)
    {
        using var gpt = last.Load(session.Gpt.Backend, session.BaseGpt);
        var (size, notes) = (gpt.Config.VocabularySize, new List<string>());
        var tokenizer = last.IsAdapter ? session.Tokenizer : Tokenizer.LoadOrNumbers(last.Folder, size);
        var specials = last.IsAdapter ? session.Specials : SpecialTokens.Read(last.Folder, tokenizer, size);
        int[] tokens = [];
        try
        {
            tokens = specials.Prompt(tokenizer, text, specials.AddsBegin);
            if (tokens.Length > gpt.Context)
                throw new ArgumentException(language["text.the-text-has-tokens-and", tokens.Length, gpt.Context]);
        }
        catch (ArgumentException error)
        {
            (tokens, answer) = ([], "");
            notes.Add(language["checkpoints.text-is-not-read", language.Language.Refusal(error.Message)]);
        }
        var questions = new CheckpointQuestions(tokenizer, specials.AddsBegin ? specials.Begin : null)
        {
            Text = tokens, Answer = answer.Length > 0 ? OneToken(tokenizer, answer) : null,
        };
        questions.FollowWhatIsSaidBy(gpt);
        if (questions.WhyNoSentences is { } why)
            notes.Add(language["checkpoints.nobody-is-asked", language.Language.Refusal(why)]);
        return (questions, questions.Answer is { } token && tokens.Length > 0 ? tokenizer.Show(token) : "", notes);
    }

    private int OneToken(Tokenizer tokenizer, string word) =>
        ((string[])[word, " " + word]).Select(form => tokenizer.Encode(form)).FirstOrDefault(form => form.Length == 1) is [var token]
            ? token : throw new ArgumentException(language["experiments.answer-is-not-one-token", word]);
}
