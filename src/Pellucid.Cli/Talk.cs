using System.Text;
using Pellucid.Conversations;
using Pellucid.Generation;

namespace Pellucid.Cli;

/// <summary>What a model answered.</summary>
/// <param name="Text">What it said.</param>
/// <param name="Thought">What it thought before; empty where it does not think, or is not known to.</param>
/// <param name="Tokens">The tokens of both.</param>
/// <param name="EndedBy">Why it said no more: <c>end</c> (the model ended its turn), <c>stop</c> (a stop string came), <c>length</c>
/// (as many tokens as it may), <c>context</c> (no more fit), or <c>interrupt</c>.</param>
/// <param name="PromptTokens">Tokens of the conversation that it answered to.</param>
internal sealed record Answer(string Text, string Thought, IReadOnlyList<int> Tokens, string EndedBy, int PromptTokens);

/// <summary>A conversation with a model, whose answers are shown as they come; what it thinks first is shown apart.</summary>
internal sealed class Talk(LanguageModel model, SamplingOptions sampling, int? maxTokens, IReadOnlyList<string> stops, TextWriter writer,
    TextWriter thoughts)
{
    private const string User = "user", Assistant = "assistant", System = "system";
    private const int BetweenLooks = 30; // milliseconds

    private readonly List<ChatTurn> _turns = [];
    private LanguageModel _model = model;
    private ulong _answers;

    /// <summary>All that was said, what the model is told first included.</summary>
    public IReadOnlyList<ChatTurn> Turns => _turns;

    /// <summary>Who answers.</summary>
    public LanguageModel Model => _model;

    /// <summary>Has another model answer from now on; what was said stays said.</summary>
    /// <exception cref="NotSupportedException">It has no chat template.</exception>
    public void Use(LanguageModel other) => _model = other.Chat != ChatTemplate.Plain ? other
        : throw new NotSupportedException($"{other.Name} has no chat template, so how it is to be talked with is not known");

    /// <summary>Begins with what was said before.</summary>
    public void Begin(IEnumerable<ChatTurn> turns)
    {
        _turns.Clear();
        _turns.AddRange(turns);
    }

    /// <summary>Begins anew; what the model is told first stays.</summary>
    public void Reset() => _turns.RemoveRange(FirstIsSystem ? 1 : 0, _turns.Count - (FirstIsSystem ? 1 : 0));

    /// <summary>Tells the model something first; the conversation stays.</summary>
    public void TellFirst(string words)
    {
        if (FirstIsSystem)
            _turns.RemoveAt(0);
        _turns.Insert(0, new ChatTurn(System, words));
    }

    /// <summary>Says something and shows the answer. Where there is none, nothing was said.</summary>
    /// <exception cref="ArgumentException">The conversation does not fit the context.</exception>
    /// <exception cref="InvalidDataException">The template refuses it, in its own words.</exception>
    public Answer Say(string words, Func<bool> isInterrupted)
    {
        var said = new ChatTurn(User, words);
        var request = Ask(said) with
        {
            Sampling = sampling with { Seed = unchecked(sampling.Seed + _answers) },
        };
        using var interrupt = new CancellationTokenSource();
        var writing = WriteAsync(request, interrupt.Token);
        while (Task.WaitAny([writing], BetweenLooks) < 0)
            if (isInterrupted())
                interrupt.Cancel();
        var answer = writing.GetAwaiter().GetResult();
        if (answer.Text.Length > 0 || answer.EndedBy != "interrupt")
            _turns.AddRange(said, new ChatTurn(Assistant, answer.Text));
        _answers++;
        return answer;
    }

    // What a template refuses was no mistake in the words of the command.
    private GenerationRequest Ask(ChatTurn said)
    {
        try
        {
            return _model.Answer(new Conversation([.. _turns, said]), maxTokens);
        }
        catch (ArgumentException error) when (error.InnerException is not null)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }

    private bool FirstIsSystem => _turns is [{ Role: System }, ..];

    private async Task<Answer> WriteAsync(GenerationRequest request, CancellationToken interrupt)
    {
        var (text, thought, tokens, endedBy) = (new StringBuilder(), new StringBuilder(), new List<int>(), "interrupt");
        try
        {
            await foreach (var piece in _model.WriteAsync(request, stops, interrupt))
            {
                if (piece.Token is { } token)
                    tokens.Add(token.Token);
                thought.Append(piece.Thought);
                thoughts.Write(piece.Thought);
                if (thought.Length > 0 && text.Length == 0 && piece.Text.Length > 0)
                    thoughts.WriteLine("\n");
                text.Append(piece.Text);
                writer.Write(piece.Text);
                writer.Flush();
                endedBy = piece.Finish switch
                {
                    FinishReason.Stop => "end",
                    FinishReason.StopString => "stop",
                    FinishReason.Length => tokens.Count == maxTokens ? "length" : "context",
                    _ => endedBy,
                };
            }
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            // What was said until then stays said.
        }
        return new Answer(text.ToString(), thought.ToString(), tokens, endedBy, request.Prompt.Length);
    }
}
