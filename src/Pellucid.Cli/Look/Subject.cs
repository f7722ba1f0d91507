using System.CommandLine;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Cli.Look;

/// <summary>What a verb looks at: a model, its tokenizer, and how tokens and layers are told to people.</summary>
internal sealed class Subject : IDisposable
{
    private readonly Backend _backend;

    private Subject(string path, Backend backend, ParseResult? words, ElementType? weights)
    {
        (Path, _backend) = (path, backend);
        Gpt = ModelFolder.LoadGpt(path, backend, weights);
        try
        {
            if (words is not null)
                CommonOptions.SetActivations(words, Gpt);
            if (words is not null && CommonOptions.ContextOf(words) is { } context)
                Gpt.Context = context;
            Tokenizer = ModelFolder.LoadTokenizer(path, Gpt.Config);
            Specials = ModelFolder.LoadSpecials(path, Tokenizer, Gpt.Config);
            Begin = words is not null && PromptOptions.Begins(words, Specials) ? Specials.Begin : null;
        }
        catch
        {
            Gpt.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public Gpt Gpt { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>Where texts begin and end.</summary>
    public SpecialTokens Specials { get; }

    /// <summary>The token in front of every text, where there is to be one.</summary>
    public int? Begin { get; }

    public static Subject Load(ParseResult words, Argument<string> model, ElementType? weights = null)
    {
        MemoryLimit.CheckRunning(words, words.GetValue(model)!, weights);
        return Load(words.GetValue(model)!, CommonOptions.CreateBackend(words), words, weights);
    }

    /// <summary>Loads a model; the backend is the subject's from then on.</summary>
    public static Subject Load(string path, Backend backend, ParseResult? words = null, ElementType? weights = null)
    {
        try
        {
            return new Subject(path, backend, words, weights);
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>Tokens of a text, with the begin token where there is to be one; of an empty text the begin token alone.</summary>
    public int[] Encode(string text)
    {
        var tokens = Specials.Prompt(Tokenizer, text, Begin is not null);
        if (tokens.FirstOrDefault(token => token >= Gpt.Config.VocabularySize, -1) is >= 0 and var beyond)
            throw new ArgumentException(
                $"{Show(beyond)} is token {beyond} of the tokenizer, but the model has only {Gpt.Config.VocabularySize}");
        return tokens;
    }

    /// <summary>Tokens of the prompt, which is given in words or as numbers.</summary>
    /// <exception cref="ArgumentException">It is given as neither, or as both.</exception>
    public int[] Prompt(ParseResult words, string? text)
    {
        var numbers = PromptOptions.Numbers(words, text, Gpt.Config)
            ?? Encode(text ?? throw new ArgumentException("give a PROMPT, or its --tokens"));
        return PromptOptions.AreNumbers(words) && Begin is { } begin ? [begin, .. numbers] : numbers;
    }

    /// <summary>The one token of an option, which is given as a word or as a number; null if it is not given.</summary>
    /// <exception cref="ArgumentException">It is given as both, or is several tokens.</exception>
    public int? TokenOf(ParseResult words, Option<string?> word, Option<int?> number)
    {
        var (text, token) = (words.GetValue(word), words.GetValue(number));
        if (text is not null && token is not null)
            throw new ArgumentException($"give either {word.Name} or {number.Name}");
        return text is not null ? OneToken(text) : token is { } given ? PromptOptions.Check(given, number.Name, Gpt.Config) : null;
    }

    /// <summary>The same of one that must be given.</summary>
    public int RequiredToken(ParseResult words, Option<string?> word, Option<int?> number) =>
        TokenOf(words, word, number) ?? throw new ArgumentException($"{word.Name} is needed, or {number.Name}");

    /// <summary>The one token of a word.</summary>
    /// <exception cref="ArgumentException">It is several tokens.</exception>
    public int OneToken(string word)
    {
        var tokens = Tokenizer.Encode(word);
        if (tokens.Length != 1)
            throw new ArgumentException($"'{word}' is {tokens.Length} tokens for this model ({string.Join(" ", tokens.Select(Show))}); "
                + "one is needed, and a leading space may belong to it");
        return tokens[0] < Gpt.Config.VocabularySize ? tokens[0]
            : throw new ArgumentException(
                $"'{word}' is token {tokens[0]} of the tokenizer, but the model has only {Gpt.Config.VocabularySize}");
    }

    /// <summary>A token as people can read it: spaces and line ends made visible.</summary>
    public string Show(int token) => Tokenizer.Show(token);

    public void Dispose()
    {
        Gpt.Dispose();
        _backend.Dispose();
    }
}
