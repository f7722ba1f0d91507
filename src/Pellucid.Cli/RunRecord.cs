using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Pellucid.Cli.Parsing;
using Pellucid.Files;
using Pellucid.Training;

namespace Pellucid.Cli;

/// <summary>How a training run was begun: <c>run.json</c> in its folder, by which it can go on.</summary>
internal sealed class RunRecord
{
    private const string FileName = TrainingFolder.RecordFile;

    private readonly string[] _words;

    /// <summary>Of a run that begins.</summary>
    public RunRecord(ParseResult words, string data) : this([.. words.Tokens.Select(token => token.Value)], data)
    {
    }

    private RunRecord(string[] words, string data) => (_words, Data) = (words, data);

    /// <summary>SHA-256 of the text that it learns from.</summary>
    public string Data { get; }

    /// <summary>Whether a run was begun in a folder.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Requires that a run may begin in a folder.</summary>
    /// <exception cref="IOException">One is going on there, or it would write over what is there.</exception>
    public static void RequireFree(string folder)
    {
        RunLock.RequireNone(folder);
        if (TrainingFolder.TakenBy(folder) is { } taken)
            throw new IOException($"{folder} already holds {taken}; choose another folder, remove it, or go on with --resume");
    }

    /// <summary>Reads the record of a folder.</summary>
    /// <exception cref="FileNotFoundException">No run was begun there.</exception>
    /// <exception cref="IOException">It is still going on.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static RunRecord Read(string folder)
    {
        RunLock.RequireNone(folder);
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{folder} has no run to go on with: it has no {FileName}");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 4 });
            var words = document.RootElement.GetProperty("words").EnumerateArray().Select(word => word.GetString() ?? "").ToArray();
            return new RunRecord(words, document.RootElement.GetProperty("data_sha256").GetString() ?? "");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    /// <summary>Writes the record into a folder, which is made if need be.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        SafeFile.Write(Path.Combine(folder, FileName), stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            json.WriteStartObject();
            json.WriteStartArray("words");
            foreach (var word in _words)
                json.WriteStringValue(word);
            json.WriteEndArray();
            json.WriteString("data_sha256", Data);
            json.WriteEndObject();
        });
    }

    /// <summary>The words that the run was begun with. Those given now must agree with them.</summary>
    /// <exception cref="ArgumentException">It is a run of another verb, or what shapes it is given anew, and differs.</exception>
    public ParseResult Words(ParseResult now, params IReadOnlyList<Option> free)
    {
        var then = PellucidCommand.Parse(now.RootCommandResult.Command, _words);
        var (verb, command) = (then.CommandResult.Command, now.CommandResult.Command);
        if (verb != command)
            throw new ArgumentException(
                $"{now.GetValue<string>("--out")} holds a run of {Complaint.Path(verb)}, not of {Complaint.Path(command)}");
        foreach (var symbol in command.Options.Except(free).Concat<Symbol>(command.Arguments))
            if (Text(now.GetResult(symbol)) is { } given && Text(then.GetResult(symbol)) is var before && before != given)
                throw new ArgumentException(
                    $"the run was begun with {(before is null ? $"no {symbol.Name}" : $"{symbol.Name} {before}")} and goes on so; "
                        + (_words[0] == "tune" ? "to tune further in another way, begin another run with BASE+ADAPTER"
                            : "to train a model further in another way, start from it with --init"));
        return then;
    }

    /// <summary>The same run, with more steps and the rest as it was.</summary>
    /// <param name="settled">Options and the values that they have from now on.</param>
    public RunRecord With(params IReadOnlyList<(Option Option, string Value)> settled)
    {
        var words = new List<string>();
        for (var i = 0; i < _words.Length; i++)
            if (settled.Any(option => option.Option.Name == _words[i]))
                i++;
            else
                words.Add(_words[i]);
        return new RunRecord([.. words, .. settled.SelectMany(option => new[] { option.Option.Name, option.Value })], Data);
    }

    // Null of what was not written.
    private static string? Text(SymbolResult? result) => result is null or OptionResult { Implicit: true } or ArgumentResult { Tokens: [] }
        ? null : string.Join(' ', result.Tokens.Select(token => token.Value));
}
