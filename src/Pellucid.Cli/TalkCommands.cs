using System.Text.Encodings.Web;
using System.Text.Json;
using Pellucid.Conversations;
using Pellucid.Files;
using Pellucid.Generation;

namespace Pellucid.Cli;

/// <summary>What can be said to <c>pellucid chat</c> itself: lines that begin with a slash.</summary>
internal sealed class TalkCommands(Talk talk, Action<string> tell)
{
    private readonly Dictionary<string, LanguageModel> _adapted = new(StringComparer.Ordinal);

    /// <summary>All of them, as <c>/help</c> lists them.</summary>
    public const string All = """
        /reset         begins anew; what the model is told first stays
        /system TEXT   tells the model something first; without a text shows it
        /adapter NAME  answers with that adapter over the same weights from now on; none with the weights alone; without a name shows which
        /history       shows what was said
        /save FILE     writes what was said as JSON, which --messages reads
        /help          this list
        /quit          ends
        //…            says a line that begins with a slash
        """;

    private const char Slash = '/';

    /// <summary>Whether a line is one of them, and not for the model.</summary>
    public static bool IsOne(string line) => line.StartsWith(Slash) && !line.StartsWith("//", StringComparison.Ordinal);

    /// <summary>What a line says to the model.</summary>
    public static string Words(string line) => line.StartsWith("//", StringComparison.Ordinal) ? line[1..] : line;

    /// <summary>Does what a line asks for; false if that is to end.</summary>
    /// <exception cref="ArgumentException">There is no such command, or it lacks something.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public bool Obey(string line)
    {
        var (name, rest) = line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space
            ? (line[..space], line[space..].Trim()) : (line.TrimEnd(), "");
        if (rest.Length > 0 && name is not ("/system" or "/save" or "/adapter"))
            throw new ArgumentException($"{name} takes nothing more");
        switch (name)
        {
            case "/reset":
                talk.Reset();
                break;
            case "/system" when rest.Length > 0:
                talk.TellFirst(rest);
                break;
            case "/system":
                tell(talk.Turns is [{ Role: "system" } first, ..] ? first.Text : "the model is told nothing first");
                break;
            case "/adapter" when rest.Length > 0:
                Adapt(rest);
                break;
            case "/adapter":
                tell($"{talk.Model.Name} answers");
                break;
            case "/history":
                foreach (var turn in talk.Turns)
                    tell($"{turn.Role}: {turn.Text}");
                break;
            case "/save":
                Save(rest.Length > 0 ? rest : throw new ArgumentException("/save needs a file"));
                tell($"{talk.Turns.Count} messages are in {rest}");
                break;
            case "/help":
                tell(All);
                break;
            case "/quit":
                return false;
            default:
                throw new ArgumentException($"there is no {name}; /help lists what there is, and // begins a line with a slash");
        }
        return true;
    }

    // Each is read once; all go with the model.
    private void Adapt(string adapter)
    {
        var below = talk.Model.Base;
        if (adapter == "none")
            talk.Use(below);
        else if (_adapted.TryGetValue(adapter, out var known))
            talk.Use(known);
        else
            talk.Use(_adapted[adapter] = below.WithAdapter(ModelFolder.AdapterOf(below.Name, adapter)));
        tell($"{talk.Model.Name} answers");
    }

    private void Save(string path) => SafeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream,
            new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        WriteTurns(json, talk.Turns);
    });

    /// <summary>A list of messages.</summary>
    public static void WriteTurns(Utf8JsonWriter json, IReadOnlyList<ChatTurn> turns)
    {
        json.WriteStartArray();
        foreach (var turn in turns)
            turn.WriteTo(json);
        json.WriteEndArray();
    }
}
