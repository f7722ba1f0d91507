using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Conversations;
using Pellucid.Models;
using Pellucid.Files;
using Pellucid.Tokens;

namespace Pellucid.Cli;

/// <summary><c>pellucid tokenizer render</c>.</summary>
internal static class RenderVerb
{
    private const string Content = "content";
    private const int DeepestJson = 500;

    private static readonly string[] TemplateEndings = [".jinja", ".jinja2", ".j2"];

    private static readonly Argument<string> Model = new("MODEL|FILE.jinja")
    {
        Description = "A model with a chat template, or a file that is one",
    };

    private static readonly Option<string?> Messages = new("--messages")
    {
        Description = "A file with the conversation: a JSON list of messages; without it the template gets the variables alone",
    };

    private static readonly Option<string?> Tools = new("--tools") { Description = "A file with the tools: a JSON list" };
    private static readonly Option<string?> Documents = new("--documents") { Description = "A file with documents: a JSON list" };
    private static readonly Option<string?> Variables = new("--variables")
    {
        Description = "A file with more variables of the template: a JSON object",
    };

    private static readonly Option<bool> NoPrompt = new("--no-generation-prompt")
    {
        Description = "End with the conversation, not where the assistant begins to speak",
    };

    private static readonly Option<string?> Continued = new("--continue-final-message")
    {
        Description = $"End inside the last message, so that a model goes on with it; a field other than {Content} may be named",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Now = new("--now")
    {
        Description = "The time that the template may tell, such as 2024-07-26T12:00:00; that of the clock if left out",
    };

    public static Command Create()
    {
        var command = new Command("render", "Shows what a model is given: a conversation as text, by the model's chat template.")
        {
            Model, Messages, Tools, Documents, Variables, NoPrompt, Continued, Now,
        }.WithExample("pellucid tokenizer render MODEL --messages chat.json");
        command.SetAction(Render);
        return command;
    }

    private static int Render(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var path = words.GetValue(Model)!;
        var isFile = File.Exists(path) && TemplateEndings.Contains(Path.GetExtension(path).ToLowerInvariant());
        var folder = isFile ? null : ModelFolder.Resolve(path);
        var template = folder is null ? ChatTemplate.Parse(PlainText.ReadAll(path)) : ModelFolder.LoadTemplate(path);
        var tokenizer = folder is not null && CompanionFiles.HasTokenizer(folder) ? CompanionFiles.LoadTokenizer(folder) : null;
        var (rendered, ids) = Render(template, tokenizer, words);
        if (!words.GetValue(CommonOptions.Json))
        {
            using var raw = Console.OpenStandardOutput();
            raw.Write(Encoding.UTF8.GetBytes(rendered.Text));
        }
        output.Json(new RenderedText(rendered.Text, ids, Spans(rendered)), Results.Default.RenderedText);
        return PellucidCommand.Done;
    }

    private static (RenderedConversation, int[]? Ids) Render(ChatTemplate template, Tokenizer? tokenizer, ParseResult words)
    {
        var (tools, documents, variables) = (ReadJson(words, Tools), ReadJson(words, Documents), ReadJson(words, Variables));
        var (now, isContinued) = (ReadTime(words) ?? DateTime.Now, words.GetResult(Continued) is { Implicit: false });
        try
        {
            if (ReadJson(words, Messages) is { } messages)
            {
                var conversation = new Conversation(ChatTurn.ParseAll(messages))
                {
                    Tools = tools,
                    Documents = documents,
                    Variables = variables,
                    AddGenerationPrompt = !words.GetValue(NoPrompt) && !isContinued,
                    ContinuedField = isContinued ? words.GetValue(Continued) ?? Content : null,
                };
                return (template.Render(conversation, now), tokenizer is null ? null : template.Encode(tokenizer, conversation, now));
            }
            foreach (var option in (Option[])[Tools, Documents, NoPrompt, Continued])
                if (words.GetResult(option) is { Implicit: false })
                    throw new ArgumentException($"{option.Name} needs --messages");
            var rendered = template.RenderVariables(variables, now);
            return (rendered, tokenizer?.EncodeWithSpecialTokens(rendered.Text));
        }
        // What a template refuses was no mistake in the words of the command.
        catch (ArgumentException error) when (words.GetResult(Messages) is not null || error.InnerException is not null)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }

    private static JsonElement? ReadJson(ParseResult words, Option<string?> option)
    {
        if (words.GetValue(option) is not { } path)
            return null;
        try
        {
            return JsonDocument.Parse(PlainText.ReadBytes(path), new JsonDocumentOptions { MaxDepth = DeepestJson }).RootElement;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    private static DateTime? ReadTime(ParseResult words)
    {
        if (words.GetValue(Now) is not { } text)
            return null;
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) ? time
            : throw new ArgumentException($"--now is '{text}'; it is a time such as 2024-07-26T12:00:00");
    }

    // Places are told in code points, as other tools count; null where they are not known.
    private static int[][]? Spans(RenderedConversation rendered)
    {
        try
        {
            return [.. rendered.LearnedSpans().Select(span => (int[])[CodePoints(rendered.Text.AsSpan(0, span.Start.Value)),
                CodePoints(rendered.Text.AsSpan(0, span.End.Value))])];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }
}

/// <summary>A conversation as a model is given it: the text, its tokens where there is a tokenizer, and which parts are learned in
/// tuning, from and to which code point.</summary>
internal sealed record RenderedText(string Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? Ids,
    IReadOnlyList<IReadOnlyList<int>>? Generation);
