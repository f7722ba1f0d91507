using System.CommandLine;
using System.Text.Json.Serialization;
using Pellucid.Looking;
using Pellucid.Tokens;

namespace Pellucid.Cli.Look;

/// <summary>Words of the verbs that put one prompt's activations into another: two prompts and two answers.</summary>
internal static class PairOptions
{
    private static readonly Argument<string?> Prompt =
        new("PROMPT") { Description = "The prompt that is run", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Source =
        new("--source") { Description = "The prompt that activations are taken from; as many tokens" };
    private static readonly Option<string?> Answer =
        new("--answer") { Description = "The next token that is right for the prompt, with its leading space" };
    private static readonly Option<string?> Wrong = new("--wrong") { Description = "The next token that the right one is compared with" };

    /// <summary>Gives a verb these words.</summary>
    public static Command WithPair(this Command command)
    {
        command.Arguments.Add(Prompt);
        foreach (var option in (ReadOnlySpan<Option>)[PromptOptions.Tokens, Source, PromptOptions.SourceTokens, Answer,
            PromptOptions.AnswerToken, Wrong, PromptOptions.WrongToken, PromptOptions.BeginOfText])
            if (!command.Options.Contains(option))
                command.Options.Add(option);
        return command;
    }

    /// <summary>Whether a pair was asked for, where a verb can do without.</summary>
    public static bool AreGiven(ParseResult words) => words.GetValue(Prompt) is not null || PromptOptions.AreNumbers(words);

    /// <summary>The pair of an experiment that measures something on two prompts.</summary>
    public static PromptPair Of(Experiment experiment, Subject subject)
    {
        int Token(string name, string? word) => subject.OneToken(word is { Length: > 0 } said ? said
            : throw new ArgumentException($"the experiment measures {experiment.Measure}, and does not say which token is the {name}"));
        int[] Numbers(string name, IReadOnlyList<int> tokens) =>
            [.. tokens.Select(token => PromptOptions.Check(token, name, subject.Gpt.Config))];
        var prompt = experiment.Tokens is { } tokens ? Numbers("tokens", tokens) : subject.Encode(experiment.Text);
        return Aligned(new Question(prompt, Token("answer", experiment.Answer), Token("wrong one", experiment.Wrong)),
            experiment.SourceTokens is { } source ? Numbers("source_tokens", source) : subject.Encode(experiment.Source), subject);
    }

    /// <summary>The pair that was asked for.</summary>
    public static PromptPair Read(ParseResult words, Subject subject)
    {
        var (prompt, source) = (subject.Prompt(words, words.GetValue(Prompt)), ReadSource(words, subject));
        var question = new Question(prompt, subject.RequiredToken(words, Answer, PromptOptions.AnswerToken),
            subject.RequiredToken(words, Wrong, PromptOptions.WrongToken));
        return Aligned(question, source, subject);
    }

    private static PromptPair Aligned(Question question, int[] source, Subject subject)
    {
        var prompt = question.Tokens;
        string Told(int[] tokens) => $"{tokens.Length} tokens ({string.Join(" ", tokens.Select(subject.Show))})";
        return source.Length == prompt.Length ? new(question, source)
            : throw new ArgumentException($"positions must align, but the prompt has {Told(prompt)} and --source {Told(source)}");
    }

    private static int[] ReadSource(ParseResult words, Subject subject)
    {
        var (text, numbers) = (words.GetValue(Source), words.GetValue(PromptOptions.SourceTokens));
        if (text is null == numbers is null)
            throw new ArgumentException(
                text is null ? "--source is needed, or --source-tokens" : "give either --source or --source-tokens");
        if (text is not null)
            return subject.Encode(text);
        var tokens = PromptOptions.Parse(numbers!, PromptOptions.SourceTokens.Name, subject.Gpt.Config);
        return subject.Begin is { } begin ? [begin, .. tokens] : tokens;
    }
}

/// <summary>What every result about a pair of prompts says first.</summary>
internal record PairResult([property: JsonIgnore] ModelResult About,
    [property: JsonPropertyOrder(-1)] IReadOnlyList<TokenResult> SourceTokens) : ModelResult(About)
{
    public static PairResult Of(Subject subject, PromptPair pair, string method) => new(ModelResult.Of(subject, method, pair.Base.Tokens),
        [.. pair.Source.Select(token => TokenResult.Of(subject.Tokenizer, token))]);
}
