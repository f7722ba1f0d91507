using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pellucid.Mpi;
using Spectre.Console;

namespace Pellucid.Cli.Terminal;

/// <summary>Where a verb speaks: to people on one stream, and at the end, when asked, one JSON object on standard output.</summary>
internal sealed class Output
{
    private const int Endless = 1 << 14;

    private readonly bool _json;

    public Output(bool json)
    {
        _json = json;
        var writer = json ? Console.Error : Console.Out;
        IsTerminal = Launcher.Current is null && (json ? !Console.IsErrorRedirected : !Console.IsOutputRedirected);
        var plain = !IsTerminal || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        People = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = IsTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        // Spectre computes with widths, so that even for a program there must be one.
        People.Profile.Width = (json ? LineWidth.OfErrors() : LineWidth.OfOutput()) ?? Endless;
        People.Pipeline.Attach(new FittedTable());
    }

    /// <summary>Of a process that keeps silent, because another one speaks for it.</summary>
    public static Output Silent => new();

    private Output() => People = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) });

    /// <summary>For people; standard error when standard output is for JSON.</summary>
    public IAnsiConsole People { get; }

    /// <summary>Whether people look at a terminal, where lines can be drawn anew.</summary>
    public bool IsTerminal { get; }

    /// <summary>A line for people, without markup.</summary>
    public void Line(string text = "") => People.WriteLine(text);

    /// <summary>Writes the object that <c>--json</c> promises: the record that the verb has shown to people.</summary>
    /// <param name="result">What was found.</param>
    /// <param name="type">Of <see cref="Results"/>.</param>
    public void Json<TResult>(TResult result, JsonTypeInfo<TResult> type)
    {
        if (_json)
            Console.Out.WriteLine(JsonSerializer.Serialize(result, type));
    }

    /// <summary>Writes the object that <c>--json</c> promises.</summary>
    public void Json(Action<Utf8JsonWriter> fields)
    {
        if (!_json)
            return;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }
        Console.Out.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
