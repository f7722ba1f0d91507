using System.CommandLine;
using System.Text;
using Pellucid.Cli.Look;
using Pellucid.Generation;

namespace Pellucid.Cli;

/// <summary>A drawing that a model writes: what follows a text, or goes on with a drawing that is begun.</summary>
internal static class DrawnText
{
    private const string End = "\\end{tikzpicture}", Break = "\n\n";

    public static readonly Option<string?> Model =
        new("--model") { Description = "A model that writes the drawing, or goes on with that of FILE: at each place the likeliest token" };

    public static readonly Option<string?> Prompt = new("--prompt") { Description = "What --model is given; FILE if not" };

    public static readonly Option<int> MaxTokens =
        new("--max-tokens") { Description = "Tokens that --model writes at most", DefaultValueFactory = _ => 256 };

    /// <summary>The text to draw, and what of it the model wrote. A text that has no command of TeX in it, as an order in words has none,
    /// is not drawn.</summary>
    /// <exception cref="ArgumentException">There is nothing to go on from, or nothing may be written.</exception>
    public static (string Drawing, string Written) Of(ParseResult words, string begun, CancellationToken cancellation)
    {
        if (words.GetValue(MaxTokens) < 1)
            throw new ArgumentException("--max-tokens must be at least 1");
        if (begun.Length == 0)
            throw new ArgumentException("--prompt is empty; a model goes on from something");
        using var subject = Subject.Load(words.GetValue(Model)!, CommonOptions.CreateBackend(words), words);
        using var generator = new Generator(subject.Gpt);
        var (tokenizer, ends) = (subject.Tokenizer, subject.Specials.Ends);
        var bytes = new List<byte>();
        var written = "";
        foreach (var token in generator.Generate(subject.Encode(begun),
            new Sampler(new SamplingOptions { Temperature = 0 }, tokenizer.VocabularySize, ends), words.GetValue(MaxTokens), ends))
        {
            cancellation.ThrowIfCancellationRequested();
            bytes.AddRange(tokenizer.BytesOrName(token));
            written = Encoding.UTF8.GetString([.. bytes]);
            if (Stop(written) is { } end)
            {
                written = written[..end];
                break;
            }
        }
        return (begun.Contains('\\', StringComparison.Ordinal) ? begun + written : written, written);
    }

    // After the picture, or at the first empty line after something.
    private static int? Stop(string written)
    {
        if (written.IndexOf(End, StringComparison.Ordinal) is >= 0 and var at)
            return at + End.Length;
        var text = written.Length - written.TrimStart().Length;
        return written.IndexOf(Break, text, StringComparison.Ordinal) is >= 0 and var empty ? empty + 1 : null;
    }
}
