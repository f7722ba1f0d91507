using System.CommandLine;
using System.Text.Json;
using Pellucid.Looking;
using Pellucid.Tokens;

namespace Pellucid.Cli.Look;

/// <summary>Words of the verbs that put one prompt's activations into another: two prompts and two answers.</summary>
internal static class PairOptions
{
    private static readonly Argument<string> Prompt = new("PROMPT") { Description = "The prompt that is run" };
    private static readonly Option<string> Source = new("--source") { Description = "The prompt that activations are taken from; as many tokens", Required = true };
    private static readonly Option<string> Answer = new("--answer") { Description = "The next token that is right for the prompt, with its leading space", Required = true };
    private static readonly Option<string> Wrong = new("--wrong") { Description = "The next token that the right one is compared with", Required = true };

    /// <summary>Gives a verb these words.</summary>
    public static Command WithPair(this Command command)
    {
        command.Arguments.Add(Prompt);
        command.Options.Add(Source);
        command.Options.Add(Answer);
        command.Options.Add(Wrong);
        command.Options.Add(Subject.BeginOfText);
        return command;
    }

    /// <summary>The pair that was asked for.</summary>
    public static PromptPair Read(ParseResult words, Subject subject)
    {
        var (prompt, source) = (subject.Encode(words.GetValue(Prompt)!), subject.Encode(words.GetValue(Source)!));
        string Told(int[] tokens) => $"{tokens.Length} tokens ({string.Join(" ", tokens.Select(subject.Show))})";
        return source.Length == prompt.Length ? new(new Question(prompt, subject.OneToken(words.GetValue(Answer)!), subject.OneToken(words.GetValue(Wrong)!)), source)
            : throw new ArgumentException($"positions must align, but the prompt has {Told(prompt)} and --source {Told(source)}");
    }

    /// <summary>The fields about the pair.</summary>
    public static void WriteJson(Utf8JsonWriter json, Subject subject, PromptPair pair, string method)
    {
        subject.WriteJson(json, method, pair.Base.Tokens);
        json.WriteStartArray("source_tokens");
        foreach (var token in pair.Source)
            json.WriteToken(subject.Tokenizer, token);
        json.WriteEndArray();
    }
}
