using System.CommandLine;
using System.Text.Json;
using System.Text;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Files;
using Pellucid.Generation;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary><c>pellucid generate</c>.</summary>
internal static class GenerateCommand
{
    // Of a terminal that does not tell.
    private const int NoWidth = 80;

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> Weights = CommonOptions.NewWeights();
    private static readonly Option<string> KeyValueType = CommonOptions.NewKeyValueType();
    private static readonly Argument<string?> Prompt =
        new("PROMPT")
        {
            Description = "Text to continue; - reads it from standard input, without its last line end", Arity = ArgumentArity.ZeroOrOne,
        };
    private static readonly Option<int> MaxTokens =
        new("--max-tokens") { Description = "Tokens to write at most", DefaultValueFactory = _ => 200 };
    private static readonly Option<int> Count =
        new("--count") { Description = "Texts to write, the second with the next seed, and so on", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> LogProbabilities =
        new("--logprobs") { Description = "Tell how likely the model held each token, in nats" };

    public static Command Create()
    {
        var command = new Command("generate", "Continues a prompt, token by token as they come. "
            + "Without a prompt on a terminal it asks for one, again and again; Ctrl-C then ends the text, Ctrl-D the asking. "
            + SamplingWords.Order)
        {
            Model, Prompt, PromptOptions.Tokens, PromptOptions.BeginOfText, Weights, CommonOptions.Activations, KeyValueType,
            CommonOptions.Context, MaxTokens, CommonOptions.Speculate, Count, LogProbabilities, MemoryLimit.Force,
            ConstraintOptions.JsonSchema, ConstraintOptions.Grammar, ConstraintOptions.Regex,
        }.WithSampling().WithExample("pellucid generate runs/micro-world \"The capital of France is\" --temperature 0");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        SamplingWords.Check(words);
        if (words.GetValue(MaxTokens) < 1 || words.GetValue(Count) < 1)
            throw new ArgumentException($"{(words.GetValue(Count) < 1 ? "--count" : "--max-tokens")} must be at least 1");
        var defaults = ModelFolder.LoadSampling(words.GetValue(Model)!);
        var options = SamplingWords.Read(words, defaults);
        var constraint = ConstraintOptions.Read(words);
        using var subject = Subject.Load(words, Model, CommonOptions.WeightType(words, Weights));
        TextWriting Writer(int? length) => new(subject, words.GetValue(MaxTokens), SamplingWords.Stops(words),
            CommonOptions.KeyValueType(words, KeyValueType), constraint, CommonOptions.DraftTokens(words), length);
        SamplingWords.Tell(words, defaults);
        var prompt = words.GetValue(Prompt);
        var numbers = PromptOptions.AreNumbers(words) ? subject.Prompt(words, prompt) : null;
        if (prompt is null && numbers is null && !Console.IsInputRedirected)
        {
            using var asked = Writer(length: null);
            return Ask(asked, options);
        }
        if (numbers is null && prompt is null or "-")
            prompt = WithoutLastLineEnd(new StreamReader(PlainText.Open(Console.OpenStandardInput(), "standard input")).ReadToEnd());
        var tokens = numbers ?? subject.Encode(prompt!);
        var shown = numbers is null ? prompt! : subject.Tokenizer.Decode(numbers);
        if (tokens.Length > subject.Gpt.Context)
            Console.Error.WriteLine($"the prompt has {tokens.Length} tokens, more than the {subject.Gpt.Context} that the model "
                + "looks back on: its beginning is forgotten");
        var texts = new List<WrittenText>();
        // So long the text can become, which decides how a model with LongRoPE turns.
        using var writer = Writer(CommonOptions.ContextOf(words)
            ?? (int)Math.Min(subject.Gpt.Context, tokens.Length + (long)words.GetValue(MaxTokens)));
        for (var i = 0; i < words.GetValue(Count) && !cancellation.IsCancellationRequested; i++)
        {
            var sampling = options with { Seed = options.Seed + (ulong)i };
            texts.Add(writer.Continue(tokens, shown, sampling, output.People.Profile.Out.Writer,
                () => cancellation.IsCancellationRequested));
            output.Line();
            if (words.GetValue(LogProbabilities))
                ShowLogProbabilities(output, texts[^1], subject.Tokenizer);
        }
        if (cancellation.IsCancellationRequested)
            throw new OperationCanceledException("interrupted");
        CommonOptions.TellDrafts(words, writer.Drafts);
        output.Json(json =>
        {
            json.WriteMeanings("generate");
            Write(json, texts, words.GetValue(LogProbabilities));
            if (words.GetValue(CommonOptions.Speculate) > 0)
            {
                json.WriteNumber("drafted_tokens", writer.Drafts.Drafted);
                json.WriteNumber("accepted_tokens", writer.Drafts.Accepted);
            }
            SamplingWords.Write(json, options, defaults);
            json.WriteBoolean("bos", subject.Begin is not null || prompt is "");
        });
        return PellucidCommand.Done;
    }

    // What echo and editors put at the end of a text is none of it.
    private static string WithoutLastLineEnd(string text) =>
        text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;

    // Ctrl-C comes as a key, so that it can end a text and not the program.
    private static int Ask(TextWriting writer, SamplingOptions options)
    {
        var editor = new LineEditor(() => Console.ReadKey(intercept: true), Console.Out,
            () => Console.IsOutputRedirected || Console.WindowWidth < 1 ? NoWidth : Console.WindowWidth);
        var before = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true;
        try
        {
            while (editor.ReadLine("> ") is { } prompt)
            {
                if (prompt.Length == 0)
                    continue;
                try
                {
                    writer.Continue(prompt, options, Console.Out, IsInterrupted);
                }
                catch (ArgumentException error)
                {
                    Console.Error.Write($"pellucid: {error.Message}");
                }
                Console.WriteLine();
            }
        }
        finally
        {
            Console.TreatControlCAsInput = before;
        }
        return PellucidCommand.Done;
    }

    private static bool IsInterrupted()
    {
        while (Console.KeyAvailable)
            if (Console.ReadKey(intercept: true) is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
                return true;
        return false;
    }

    private static void ShowLogProbabilities(Output output, WrittenText text, Tokenizer tokenizer)
    {
        for (var i = 0; i < text.Tokens.Count; i++)
        {
            var token = tokenizer.Decode([text.Tokens[i]]);
            var shown = JsonEncodedText.Encode(token, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
            output.Line($"{Units.Number(text.LogProbabilities[i], 3),9}  {shown}");
        }
    }

    private static void Write(Utf8JsonWriter json, List<WrittenText> texts, bool logProbabilities)
    {
        Write(json, texts[0], logProbabilities);
        json.WriteNumber("prefill_tokens_per_second", texts[0].PromptSpeed);
        json.WriteNumber("decode_tokens_per_second", texts[0].Speed);
        if (texts.Count == 1)
            return;
        json.WriteStartArray("texts");
        foreach (var text in texts)
        {
            json.WriteStartObject();
            Write(json, text, logProbabilities);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, WrittenText text, bool logProbabilities)
    {
        json.WriteString("text", text.Text);
        json.WriteStartArray("tokens");
        foreach (var token in text.Tokens)
            json.WriteNumberValue(token);
        json.WriteEndArray();
        if (!logProbabilities)
            return;
        json.WriteStartArray("logprobs");
        foreach (var value in text.LogProbabilities)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
