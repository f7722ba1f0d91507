using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Cli;

/// <summary>A text that a model wrote while it learned.</summary>
/// <param name="Prompt">What it was given.</param>
/// <param name="Answer">What it wrote.</param>
/// <param name="HasEnded">Whether it came to an end of its own.</param>
internal sealed record WrittenSample(string Prompt, string Answer, bool HasEnded)
{
    /// <summary>In one line.</summary>
    public string Line =>
        $"  > {Prompt.ReplaceLineEndings(" ")} … {Answer.ReplaceLineEndings(" ")}{(HasEnded ? "" : " …")}";
}

/// <summary><c>samples.jsonl</c> in a run's folder: texts that it wrote on the way, a line each.</summary>
internal static class SampleFile
{
    public const string FileName = "samples.jsonl";

    /// <summary>Adds those of a step; of a run that was resumed before it, those of it and later ones go, for they come again.</summary>
    public static void Add(string folder, int step, IEnumerable<WrittenSample> samples)
    {
        var path = Path.Combine(folder, FileName);
        var before = File.Exists(path) ? PlainText.ReadAll(path).Split('\n').Where(line => line.Length > 0 && StepOf(line) < step) : [];
        var lines = string.Concat(before.Concat(samples.Select(sample => Written(step, sample))).Select(line => line + "\n"));
        SafeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(lines)));
    }

    private static string Written(int step, WrittenSample sample)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber("step", step);
            json.WriteString("prompt", sample.Prompt);
            json.WriteString("answer", sample.Answer);
            json.WriteBoolean("has_ended", sample.HasEnded);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(line.ToArray());
    }

    private static int StepOf(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("step").GetInt32();
    }
}
