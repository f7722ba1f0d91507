using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Training;

/// <summary>How a run came to its end.</summary>
public enum RunEnd
{
    /// <summary>All that was to be done is done.</summary>
    Done,

    /// <summary>Somebody stopped it; it can go on.</summary>
    Interrupted,

    /// <summary>Its numbers are none any more.</summary>
    Diverged,

    /// <summary>It met with something that it could not go on with.</summary>
    Failed,
}

/// <summary>How a run stands, beside its log: <c>status.json</c>. Of one that was killed no end is told.</summary>
/// <param name="Kind">What it does: <c>train</c>, or a method of tuning such as <c>ppo</c>.</param>
/// <param name="Steps">Updates that it is to make.</param>
/// <param name="Resumed">After which steps it was resumed.</param>
/// <param name="End">How it ended; null while it goes on, or where nothing could tell any more.</param>
public sealed record RunStatus(string Kind, int Steps, IReadOnlyList<int> Resumed, RunEnd? End)
{
    /// <summary>Its name in a run's folder.</summary>
    public const string FileName = "status.json";

    /// <summary>Reads it from a run's folder; null where there is none, as beside runs of before.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static RunStatus? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 4 });
            var root = document.RootElement;
            return new RunStatus(root.GetProperty("kind").GetString() ?? "", root.GetProperty("steps").GetInt32(),
                [.. root.GetProperty("resumed").EnumerateArray().Select(step => step.GetInt32())],
                root.TryGetProperty("end", out var end) ? Enum.Parse<RunEnd>(end.GetString() ?? "", ignoreCase: true) : null);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    internal void Write(string folder) => SafeFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("kind", Kind);
        json.WriteNumber("steps", Steps);
        json.WriteStartArray("resumed");
        foreach (var step in Resumed)
            json.WriteNumberValue(step);
        json.WriteEndArray();
        if (End is { } end)
            json.WriteString("end", end.ToString().ToLowerInvariant());
        json.WriteEndObject();
    });
}

/// <summary>Tells beside a run that it goes on, and how it ended: as failed, where nobody says otherwise before it is disposed of.
/// </summary>
public sealed class StandingRun : IDisposable
{
    private readonly string? _folder;
    private RunStatus _status;

    /// <summary>A run that begins, or goes on after some steps.</summary>
    /// <param name="folder">Where it is told; null for nowhere, which is where ranks other than the first tell it.</param>
    /// <param name="kind">What it does.</param>
    /// <param name="steps">Updates that it is to make.</param>
    /// <param name="done">Those that it has made, if it is resumed.</param>
    public StandingRun(string? folder, string kind, int steps, int? done)
    {
        _folder = folder;
        var before = folder is not null && done is not null ? RunStatus.Read(folder)?.Resumed ?? [] : [];
        _status = new RunStatus(kind, steps, done is { } step && step < steps ? [.. before, step] : before, null);
        Tell();
    }

    /// <summary>Says how it ended.</summary>
    public void End(RunEnd end)
    {
        _status = _status with { End = end };
        Tell();
    }

    /// <summary>Ends it as failed, unless it was said how it ended.</summary>
    public void Dispose()
    {
        if (_status.End is null)
            End(RunEnd.Failed);
    }

    private void Tell()
    {
        if (_folder is not null)
            _status.Write(_folder);
    }
}
