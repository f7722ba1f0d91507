using Pellucid.Conversations;
using Pellucid.Tokens;
using Pellucid.Tuning.Data;
using Pellucid.Tuning.Methods;
using Pellucid.Tuning.Policies;
using Pellucid.Worlds;

namespace Pellucid.Tuning.Assistant;

/// <summary>What the recipe learns from and is judged by: questions about the micro-world, and the world's own text.</summary>
internal sealed class AssistantData
{
    /// <summary>How conversations are written for a model that was made for none: as the world asks and answers, and then ends.</summary>
    public const string Template = "{% for message in messages %}{% if message.role == 'user' %}Q: {{ message.content | trim }}\nA:"
        + "{% elif message.role == 'assistant' %} {{ message.content | trim }}<|endoftext|>\n"
        + "{% else %}{{ message.content | trim }}\n{% endif %}{% endfor %}";

    private const ulong TextSeed = MicroWorld.UsualSeed + 1; // not that of the text that the model was trained on
    private const int TextWindow = 64, JudgedWindows = 60;

    private readonly ExampleEncoder _encoder;
    private readonly Tokenizer _tokenizer;

    /// <exception cref="ArgumentException">The model has no token that ends a text of that name.</exception>
    public AssistantData(Tokenizer tokenizer, SpecialTokens specials, AssistantOptions options)
    {
        if (!specials.Ends.Any(end => tokenizer.SpecialName(end) == "<|endoftext|>"))
            throw new ArgumentException("the recipe is for models whose texts end with <|endoftext|>");
        (_tokenizer, _encoder) = (tokenizer, new ExampleEncoder(tokenizer, specials, ChatTemplate.Parse(Template)));
        Learned = [.. WorldQuestion.Of(options.Seed, Split.Training).Take(options.Questions)];
        Judged = [.. WorldQuestion.Of(options.Seed + 1, Split.HeldOut).Take(options.Judged)];
        var windows = Windows(JudgedWindows + options.Questions / 8); // of many tokens each: about as many are learned as of answers
        JudgedText = [.. windows.Take(JudgedWindows).Select(TuningExample.OfText)];
        LearnedText = [.. windows.Skip(JudgedWindows).SelectMany(window => window.Chunk(options.TextTokens)).Select(TuningExample.OfText)];
    }

    /// <summary>Questions that are learned from.</summary>
    public IReadOnlyList<WorldQuestion> Learned { get; }

    /// <summary>Questions that are held out.</summary>
    public IReadOnlyList<WorldQuestion> Judged { get; }

    /// <summary>The world's text that is learned on with, so that it is not forgotten.</summary>
    public IReadOnlyList<TuningExample> LearnedText { get; }

    /// <summary>The world's text that is held out.</summary>
    public IReadOnlyList<TuningExample> JudgedText { get; }

    /// <summary>Questions as a model is asked them.</summary>
    public static Conversation Asked(WorldQuestion question) => new([new ChatTurn("user", question.Text)]);

    /// <summary>Each question as tokens up to where the model is to answer.</summary>
    public IReadOnlyList<int[]> Prompts(IEnumerable<WorldQuestion> questions) =>
        [.. questions.Select(question => _encoder.Prompted(Record(question, question.Brief)))];

    /// <summary>Each question with a true answer: now a brief one, now a sentence.</summary>
    public IReadOnlyList<TuningExample> Answered(IEnumerable<WorldQuestion> questions) => [.. questions.Select((question, i) =>
        _encoder.Imitated(Record(question, i % 2 == 0 ? question.Brief : question.Sentence)))];

    /// <summary>
    /// Pairs of answers: a true sentence is preferred to what a model answered itself where that is false or does not end, else to a false
    /// sentence, which is hard to see and comes twice as often, or to a brief answer.
    /// </summary>
    public IReadOnlyList<PreferencePair> Pairs(IReadOnlyList<WorldQuestion> questions, IReadOnlyList<Rollout> answers) =>
        [.. questions.Select((question, i) =>
        {
            var (chosen, rejected) = _encoder.Preferred(Record(question, question.Sentence) with
            {
                Rejected = Answer(i % 3 == 2 ? question.Brief : question.False),
            });
            return new PreferencePair(chosen, IsTrue(question, answers[i]) ? rejected : answers[i].Example);
        })];

    /// <summary>Pairs of a true sentence and another answer.</summary>
    public IReadOnlyList<PreferencePair> Pairs(IReadOnlyList<WorldQuestion> questions, Func<WorldQuestion, string> rejected) =>
        [.. questions.Select(question =>
        {
            var (better, worse) = _encoder.Preferred(Record(question, question.Sentence) with { Rejected = Answer(rejected(question)) });
            return new PreferencePair(better, worse);
        })];

    /// <summary>Whether an answer that a model wrote is true, and ends.</summary>
    public bool IsTrue(WorldQuestion question, Rollout answer) => answer.HasEnded && question.IsTrue(Text(answer.Said));

    /// <summary>The text of an answer.</summary>
    public string Text(ReadOnlySpan<int> tokens) => _tokenizer.Decode(tokens.ToArray());

    private int[][] Windows(int count)
    {
        var tokens = _tokenizer.Encode(new MicroWorld(TextSeed).Text(count * TextWindow * 6));
        return [.. tokens.Chunk(TextWindow).Take(count)];
    }

    private static TuningRecord Record(WorldQuestion question, string answer) => new("a question")
    {
        Prompt = new Said("", Asked(question).Turns), Answer = Answer(answer),
    };

    private static Said Answer(string text) => new("", [new ChatTurn("assistant", text)]);
}
