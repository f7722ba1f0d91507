using System.CommandLine;
using System.Text.Json;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Cli.Look;

/// <summary>What a verb looks at: a model, its tokenizer, and how tokens and layers are told to people.</summary>
internal sealed class Subject : IDisposable
{
    public static readonly Option<bool> BeginOfText = new("--bos") { Description = "Put the end-of-text token in front of every prompt, as a model meets it at the start of a document" };

    private readonly Backend _backend;
    private readonly bool _beginOfText;

    private Subject(string path, Backend backend, bool beginOfText)
    {
        (Path, _backend, _beginOfText) = (path, backend, beginOfText);
        Gpt = ModelFolder.LoadGpt(path, backend);
        Tokenizer = ModelFolder.LoadTokenizer(path, Gpt.Config);
        if (beginOfText && Tokenizer.EndOfText is null)
            throw new ArgumentException("--bos needs a tokenizer with an end-of-text token, which this model's has not");
    }

    public string Path { get; }

    public Gpt Gpt { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The token in front of every prompt, where it was asked for.</summary>
    public int? Begin => _beginOfText ? Tokenizer.EndOfText : null;

    public static Subject Load(ParseResult words, Argument<string> model) => Load(words.GetValue(model)!, CommonOptions.CreateBackend(words), words.GetValue(BeginOfText));

    /// <summary>Loads a model; the backend is the subject's from then on.</summary>
    public static Subject Load(string path, Backend backend, bool beginOfText = false)
    {
        try
        {
            return new Subject(path, backend, beginOfText);
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>Tokens of a text, with the begin-of-text token where it was asked for.</summary>
    public int[] Encode(string text)
    {
        var tokens = Tokenizer.Encode(text);
        if (_beginOfText)
            tokens = [Tokenizer.EndOfText!.Value, .. tokens];
        return tokens.Length > 0 ? tokens : throw new ArgumentException("the prompt is empty");
    }

    /// <summary>The one token of a word.</summary>
    /// <exception cref="ArgumentException">It is several tokens.</exception>
    public int OneToken(string word)
    {
        var tokens = Tokenizer.Encode(word);
        return tokens.Length == 1 ? tokens[0] : throw new ArgumentException($"'{word}' is {tokens.Length} tokens for this model ({string.Join(" ", tokens.Select(Show))}); one is needed, and a leading space may belong to it");
    }

    /// <summary>A token as people can read it: spaces and line ends made visible.</summary>
    public string Show(int token) => Tokenizer.Show(token);

    /// <summary>The fields that every verb's object begins with.</summary>
    public void WriteJson(Utf8JsonWriter json, string method, IReadOnlyList<int> tokens)
    {
        json.WriteString("model", Path);
        json.WriteString("method", method);
        json.WriteBoolean("begin_of_text", _beginOfText);
        json.WriteStartArray("tokens");
        foreach (var token in tokens)
            json.WriteToken(Tokenizer, token);
        json.WriteEndArray();
    }

    public static void WriteEstimate(Utf8JsonWriter json, string name, Estimate? estimate)
    {
        if (estimate is not { } value)
            return;
        json.WriteNumber(name, value.Mean);
        if (double.IsFinite(value.StandardError))
            json.WriteNumber(name + "_standard_error", value.StandardError);
    }

    public void Dispose()
    {
        Gpt.Dispose();
        _backend.Dispose();
    }
}
