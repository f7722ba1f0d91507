using System.CommandLine;
using System.Globalization;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary>
/// How a verb is told what to read: words, or the numbers of tokens, which need no tokenizer; and whether a begin token
/// stands before words. Numbers are taken as they are.
/// </summary>
internal static class PromptOptions
{
    public static readonly Option<bool> BeginOfText = new("--bos")
    {
        Description = "Put the model's begin token in front of every text, or, with false, do not; as the model's files say if not given",
    };

    public static readonly Option<string[]> Tokens = new("--tokens")
    {
        Description = "The numbers of the prompt's tokens, such as \"273 182 129\", instead of words",
        DefaultValueFactory = _ => [],
    };

    /// <summary>Random tokens and the same again, where there is no text.</summary>
    public static readonly Option<int?> Repeat = new("--repeat")
    {
        Description = "Instead of a text: so many random tokens, and the same once more; eight such prompts",
    };

    public static readonly Option<string?> SourceTokens = NewNumbers("--source-tokens",
        "The numbers of the tokens of --source, instead of words");
    public static readonly Option<int?> AnswerToken = NewNumber("--answer-token", "The number of the token of --answer, instead of a word");
    public static readonly Option<int?> WrongToken = NewNumber("--wrong-token", "The number of the token of --wrong, instead of a word");
    public static readonly Option<int?> TargetToken = NewNumber("--target-token", "The number of the token of --target, instead of a word");

    /// <summary>Whether texts get a begin token: as was asked, else none before numbers, else as the model's files say.</summary>
    /// <exception cref="ArgumentException">It was asked for, and there is none.</exception>
    public static bool Begins(ParseResult words, SpecialTokens specials)
    {
        if (words.GetResult(BeginOfText) is not { Implicit: false })
            return specials.AddsBegin && !AreNumbers(words);
        if (words.GetValue(BeginOfText) && specials.Begin is null)
            throw new ArgumentException("--bos needs a token that begins a text, and this model's files name none");
        return words.GetValue(BeginOfText);
    }

    /// <summary>Whether the prompt is given as numbers.</summary>
    public static bool AreNumbers(ParseResult words) => words.GetResult(Tokens) is { Implicit: false };

    /// <summary>The prompt's tokens, where they are given as numbers; null where not.</summary>
    /// <exception cref="ArgumentException">They are given twice, or with words too, or one is no token of the model.</exception>
    public static int[]? Numbers(ParseResult words, string? text, GptConfig config)
    {
        var given = AreNumbers(words) ? words.GetValue(Tokens)! : [];
        if (text is not null && given.Length > 0)
            throw new ArgumentException("give either words or --tokens, not both");
        if (given.Length > 1)
            throw new ArgumentException("--tokens is there twice; write one prompt's numbers in one, with quotation marks around them");
        return given.Length == 1 ? Parse(given[0], "--tokens", config) : null;
    }

    /// <summary>How many random tokens are repeated; null where a text is read instead.</summary>
    /// <exception cref="ArgumentException">The model cannot look back on so many.</exception>
    public static int? Repeated(ParseResult words, GptConfig config) => words.GetValue(Repeat) is not { } half ? null
        : half >= 2 && half <= config.Context / 2 ? half
        : throw new ArgumentException($"--repeat must lie between 2 and {config.Context / 2}, half of the model's context");

    /// <summary>Numbers of tokens, with spaces or commas between.</summary>
    /// <exception cref="ArgumentException">One is no token of the model, or there are none.</exception>
    public static int[] Parse(string text, string option, GptConfig config)
    {
        var numbers = text.Split([' ', ',', '\n', '\r', '\t', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
        return numbers.Length == 0 ? throw new ArgumentException($"{option} is empty")
            : [.. numbers.Select(number => Check(number, option, config))];
    }

    /// <summary>Refuses a number that is no token of the model.</summary>
    public static int Check(int token, string option, GptConfig config) => (uint)token < (uint)config.VocabularySize ? token
        : throw new ArgumentException(
            $"{option}: {token} is no token of this model, whose are numbers from 0 to {config.VocabularySize - 1}");

    private static int Check(string number, string option, GptConfig config) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var token)
            ? Check(token, option, config) : throw new ArgumentException($"{option}: '{number}' is no number of a token");

    private static Option<string?> NewNumbers(string name, string description) => new(name) { Description = description };

    private static Option<int?> NewNumber(string name, string description) => new(name) { Description = description };
}
