using System.Text.Json;

namespace Pellucid.Web.Explorer.Watching;

/// <summary>A text that a run wrote on the way.</summary>
internal sealed record RunSample(int Step, string Prompt, string Answer, bool HasEnded);

/// <summary>What a run wrote on the way, <c>samples.jsonl</c> in its folder.</summary>
internal static class RunSamples
{
    private const string FileName = "samples.jsonl";

    /// <summary>All of it, in order of steps; none where it was not asked for. A line that is being written waits.</summary>
    public static IReadOnlyList<RunSample> Of(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return [];
        var samples = new List<RunSample>();
        foreach (var line in File.ReadLines(path))
            try
            {
                using var document = JsonDocument.Parse(line);
                var root = document.RootElement;
                samples.Add(new RunSample(root.GetProperty("step").GetInt32(), root.GetProperty("prompt").GetString() ?? "",
                    root.GetProperty("answer").GetString() ?? "", root.GetProperty("has_ended").GetBoolean()));
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
            {
                throw new InvalidDataException($"{path}: {error.Message}", error);
            }
        return samples;
    }
}
