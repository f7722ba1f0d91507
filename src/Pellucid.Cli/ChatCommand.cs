using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Conversations;
using Pellucid.Files;
using Pellucid.Generation;
using Pellucid.Models;

namespace Pellucid.Cli;

/// <summary><c>pellucid chat</c>.</summary>
internal static class ChatCommand
{
    private const int NoWidth = 80; // of a terminal that does not tell

    private static readonly Argument<string> Model = CommonOptions.NewModel();
    private static readonly Option<string> Weights = CommonOptions.NewWeights();
    private static readonly Option<string> KeyValueType = CommonOptions.NewKeyValueType();
    private static readonly Option<string?> System = new("--system") { Description = "What the model is told first" };
    private static readonly Option<string?> Message = new("--message")
    {
        Description = "Says this, shows the answer and ends; - reads it from standard input",
    };
    private static readonly Option<string?> Messages = new("--messages")
    {
        Description = "A file with what was said before: a JSON list of messages, such as /save writes",
    };
    private static readonly Option<int?> MaxTokens = new("--max-tokens")
    {
        Description = "Tokens of an answer at most; as many as the context still holds if not given",
    };

    public static Command Create()
    {
        var command = new Command("chat", "Talks with a model that was made for it, by its own chat template. On a terminal Ctrl-C stops "
            + "an answer, Ctrl-D ends the talk, arrow up brings lines back; otherwise every line of standard input is said in turn. "
            + "What a model thinks before it speaks goes to standard error. A conversation that does not fit the context is refused, "
            + "never cut. The n-th answer is written with the n-th seed from "
            + $"--seed on. {SamplingWords.Order} Lines that begin with a slash are for the program:\n{TalkCommands.All}")
        {
            Model, System, Message, Messages, Weights, KeyValueType, CommonOptions.Activations, CommonOptions.Context,
            CommonOptions.Speculate, MaxTokens,
        }.WithSampling().WithExample("pellucid chat MODEL --system \"Answer briefly.\"");
        command.Action = new HearingAction(Run); // Ctrl-C stops an answer
        return command;
    }

    private static int Run(ParseResult words)
    {
        SamplingWords.Check(words);
        if (words.GetValue(MaxTokens) < 1)
            throw new ArgumentException("--max-tokens must be at least 1");
        var before = ReadMessages(words.GetValue(Messages));
        var output = new Output(words.GetValue(CommonOptions.Json));
        using var backend = CommonOptions.CreateBackend(words);
        var path = words.GetValue(Model)!;
        if (path == BuiltInModel.Name && !Path.Exists(path) && Directory.Exists(BuiltInModel.AssistantFolder))
        {
            path = $"{path}+{BuiltInModel.Assistant}";
            Console.Error.WriteLine($"the built-in model answers with what it learned beside: {path}");
        }
        using var model = ModelFolder.LoadLanguageModel(path, backend, CommonOptions.WeightType(words, Weights),
            new SchedulerOptions
            {
                MostRunning = 1,
                DraftTokens = CommonOptions.DraftTokens(words),
                KeyValueType = CommonOptions.KeyValueType(words, KeyValueType),
                Context = CommonOptions.ContextOf(words),
            });
        CommonOptions.SetActivations(words, model.Gpt);
        if (model.Chat == ChatTemplate.Plain)
            throw new NotSupportedException($"{model.Name} has no chat template, so how it is to be talked with is not known: put its "
                + "chat_template.jinja beside its weights, or continue texts with pellucid generate");
        var sampling = SamplingWords.Read(words, model.Sampling);
        SamplingWords.Tell(words, model.Sampling);
        var talk = new Talk(model, sampling, words.GetValue(MaxTokens), SamplingWords.Stops(words), output.People.Profile.Out.Writer,
            Console.Error);
        talk.Begin(before);
        if (words.GetValue(System) is { } first)
            talk.TellFirst(first);
        var speaker = new Speaker(talk, output, model.Gpt.Context);
        var last = words.GetValue(Message) is { } message ? speaker.SayOnce(message == "-" ? ReadInput() : message)
            : Console.IsInputRedirected || Console.IsOutputRedirected ? speaker.SayLines(Console.In)
            : speaker.SayTyped($"{model.Name}, {Units.Count(model.Gpt.Context)} tokens of context. /help tells what can be typed.");
        CommonOptions.TellDrafts(words, model.Scheduler.Drafts);
        output.Json(json =>
        {
            json.WriteString("model", talk.Model.Name);
            Write(json, last);
            json.WriteNumber("context", model.Gpt.Context);
            SamplingWords.Write(json, sampling, model.Sampling);
            json.WritePropertyName("messages");
            TalkCommands.WriteTurns(json, talk.Turns);
        });
        return last?.EndedBy == "interrupt" && words.GetValue(Message) is not null ? PellucidCommand.Failed : PellucidCommand.Done;
    }

    // Null where nothing was said.
    private static void Write(Utf8JsonWriter json, Answer? answer)
    {
        json.WriteString("text", answer?.Text);
        if (answer is { Thought.Length: > 0 })
            json.WriteString("thought", answer.Thought);
        json.WriteStartArray("tokens");
        foreach (var token in answer?.Tokens ?? [])
            json.WriteNumberValue(token);
        json.WriteEndArray();
        json.WriteString("ended_by", answer?.EndedBy);
        if (answer is not null)
            json.WriteNumber("prompt_tokens", answer.PromptTokens);
    }

    private static IReadOnlyList<ChatTurn> ReadMessages(string? path)
    {
        if (path is null)
            return [];
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(path));
            return ChatTurn.ParseAll(file.RootElement);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    private static string ReadInput() =>
        new StreamReader(PlainText.Open(Console.OpenStandardInput(), "standard input")).ReadToEnd().TrimEnd('\r', '\n');

    /// <summary>Says what is given, read or typed, and lets Ctrl-C stop an answer.</summary>
    private sealed class Speaker(Talk talk, Output output, int context)
    {
        private readonly TalkCommands _commands = new(talk, text => output.Line(text));
        private volatile bool _isAnswering, _isInterrupted;

        /// <summary>Says one thing.</summary>
        public Answer SayOnce(string words)
        {
            using var signal = ListenForInterrupt();
            return Say(words, () => _isInterrupted);
        }

        /// <summary>Says every line that is not empty; what goes wrong ends it.</summary>
        public Answer? SayLines(TextReader lines)
        {
            using var signal = ListenForInterrupt();
            var last = (Answer?)null;
            while (lines.ReadLine() is { } line)
                if (TalkCommands.IsOne(line))
                {
                    if (!_commands.Obey(line))
                        break;
                }
                else if (line.Length > 0)
                    last = Say(TalkCommands.Words(line), () => _isInterrupted);
            return last;
        }

        /// <summary>Says what is typed; what goes wrong is told, and the talk goes on.</summary>
        public Answer? SayTyped(string greeting)
        {
            var editor = new LineEditor(() => Console.ReadKey(intercept: true), Console.Out,
                () => Console.WindowWidth < 1 ? NoWidth : Console.WindowWidth);
            var (before, last) = (Console.TreatControlCAsInput, (Answer?)null);
            Console.TreatControlCAsInput = true;
            try
            {
                output.Line(greeting);
                while (editor.ReadLine("> ") is { } line)
                    try
                    {
                        if (!TalkCommands.IsOne(line))
                            last = line.Length > 0 ? Say(TalkCommands.Words(line), IsControlC) : last;
                        else if (!_commands.Obey(line))
                            break;
                    }
                    catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException
                        or InvalidDataException or NotSupportedException)
                    {
                        Console.Error.WriteLine($"pellucid: {error.Message}{Advice(error)}");
                    }
            }
            finally
            {
                Console.TreatControlCAsInput = before;
            }
            return last;
        }

        private Answer Say(string words, Func<bool> isInterrupted)
        {
            (_isInterrupted, _isAnswering) = (false, true);
            var answer = talk.Say(words, isInterrupted);
            _isAnswering = false;
            output.Line();
            if (answer.EndedBy == "context")
                Console.Error.WriteLine($"pellucid: the context of {Units.Count(context)} tokens is full, so the answer ends here"
                    + "; /reset begins anew");
            return answer;
        }

        private static string Advice(Exception error) => error is ConversationTooLongException ? "; /reset begins anew" : "";

        // A signal stops an answer; where none is being written, it ends the program as always.
        private PosixSignalRegistration ListenForInterrupt() => PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
            signal.Cancel = _isInterrupted = _isAnswering);

        private static bool IsControlC()
        {
            while (Console.KeyAvailable)
                if (Console.ReadKey(intercept: true) is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
                    return true;
            return false;
        }
    }
}
