using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Pellucid.Cli.Terminal;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary><c>pellucid generate</c>.</summary>
internal static class GenerateCommand
{
    private static readonly SamplingOptions Defaults = new();
    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Argument<string?> Prompt = new("PROMPT") { Description = "Text to continue; - reads it from standard input", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int> MaxTokens = new("--max-tokens") { Description = "Tokens to write at most", DefaultValueFactory = _ => 200 };
    private static readonly Option<float> Temperature = new("--temperature") { Description = "0 always takes the most likely token, 1 samples as learned", DefaultValueFactory = _ => Defaults.Temperature };
    private static readonly Option<int> TopK = new("--top-k") { Description = "Choose among so many of the most likely tokens; 0 for all", DefaultValueFactory = _ => Defaults.TopK };
    private static readonly Option<float> TopP = new("--top-p") { Description = "Choose among the most likely tokens that together have this probability", DefaultValueFactory = _ => Defaults.TopP };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("generate", "Continues a prompt, token by token as they come. Without a prompt on a terminal it asks for one, again and again.")
        {
            Model, Prompt, MaxTokens, Temperature, TopK, TopP, Seed,
        }.WithExample("pellucid generate runs/micro-world \"The capital of France is\" --temperature 0");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var options = new SamplingOptions { Temperature = words.GetValue(Temperature), TopK = words.GetValue(TopK), TopP = words.GetValue(TopP), Seed = words.GetValue(Seed) };
        options.Validate();
        if (words.GetValue(MaxTokens) < 1)
            throw new ArgumentException("--max-tokens must be at least 1");
        using var backend = CommonOptions.CreateBackend(words);
        using var gpt = ModelFolder.LoadGpt(words.GetValue(Model)!, backend);
        var tokenizer = ModelFolder.LoadTokenizer(words.GetValue(Model)!, gpt.Config);
        var prompt = words.GetValue(Prompt);
        if (prompt is null && !Console.IsInputRedirected)
            return Ask(gpt, tokenizer, options, words.GetValue(MaxTokens), cancellation);
        if (prompt is null or "-")
            prompt = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false)).ReadToEnd();
        var (tokens, read, written) = Continue(gpt, tokenizer, prompt, options, words.GetValue(MaxTokens), output.People.Profile.Out.Writer, cancellation);
        output.Line();
        output.Json(json =>
        {
            json.WriteString("text", tokenizer.Decode(tokens));
            json.WriteStartArray("tokens");
            foreach (var token in tokens)
                json.WriteNumberValue(token);
            json.WriteEndArray();
            json.WriteNumber("prefill_tokens_per_second", read);
            json.WriteNumber("decode_tokens_per_second", written);
        });
        return PellucidCommand.Done;
    }

    private static int Ask(Gpt gpt, Tokenizer tokenizer, SamplingOptions options, int limit, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            Console.Write("> ");
            if (Console.ReadLine() is not { } prompt)
                break;
            if (prompt.Length == 0)
                continue;
            try
            {
                Continue(gpt, tokenizer, prompt, options, limit, Console.Out, cancellation);
            }
            catch (ArgumentException error)
            {
                Console.Error.Write($"pellucid: {error.Message}");
            }
            Console.WriteLine();
        }
        return PellucidCommand.Done;
    }

    // Writes the prompt, then each token as soon as its bytes make whole characters.
    private static (int[] Tokens, double PromptSpeed, double Speed) Continue(Gpt gpt, Tokenizer tokenizer, string prompt, SamplingOptions options, int limit, TextWriter writer, CancellationToken cancellation)
    {
        int[] read = prompt.Length > 0 ? tokenizer.Encode(prompt) : tokenizer.EndOfText is { } start ? [start]
            : throw new ArgumentException("the prompt is empty, and this model has no token to begin a text with");
        writer.Write(prompt);
        writer.Flush();
        using var generator = new Generator(gpt);
        var (decoder, characters, tokens) = (Encoding.UTF8.GetDecoder(), new char[256], new List<int>());
        var (begun, firstAt) = (Stopwatch.GetTimestamp(), 0L);
        foreach (var token in generator.Generate(read, new Sampler(options), limit, tokenizer.EndOfText))
        {
            if (tokens.Count == 0)
                firstAt = Stopwatch.GetTimestamp();
            tokens.Add(token);
            var bytes = tokenizer.Bytes(token);
            if (characters.Length < bytes.Length + 2)
                characters = new char[2 * bytes.Length + 2];
            writer.Write(characters, 0, decoder.GetChars(bytes, characters, flush: false));
            writer.Flush();
            if (cancellation.IsCancellationRequested)
                break;
        }
        writer.Write(characters, 0, decoder.GetChars([], characters, flush: true));
        var promptSeconds = Stopwatch.GetElapsedTime(begun, firstAt == 0 ? Stopwatch.GetTimestamp() : firstAt).TotalSeconds;
        var seconds = firstAt == 0 ? 0 : Stopwatch.GetElapsedTime(firstAt).TotalSeconds;
        return ([.. tokens], read.Length / promptSeconds, tokens.Count > 1 ? (tokens.Count - 1) / seconds : 0);
    }
}
