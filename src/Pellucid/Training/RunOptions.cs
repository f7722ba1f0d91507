using System.Globalization;
using System.Text.Json;
using Pellucid.Files;
using Pellucid.Models;

namespace Pellucid.Training;

/// <summary>What a run was begun with: <c>training.json</c> in its folder, by which nothing changes in silence when it goes on.</summary>
internal sealed class RunOptions
{
    /// <summary>Its name in a run's folder.</summary>
    public const string FileName = "training.json";

    private const string Text = "text_sha256", Steps = "steps";

    private readonly (string Name, string Value)[] _fields;

    public RunOptions(TrainingOptions options, GptConfig shape, string text)
    {
        Shape = shape;
        _fields =
        [
            (Text, text), ("vocabulary", Written(shape.VocabularySize)), ("layers", Written(shape.Layers)), ("heads", Written(shape.Heads)),
            ("key_value_heads", Written(shape.KeyValueHeads)), ("width", Written(shape.Width)),
            ("feed_forward_width", Written(shape.FeedForwardWidth)), ("context", Written(shape.Context)),
            (Steps, Written(options.Steps)), ("batch", Written(options.Batch)), ("micro_batches", Written(options.MicroBatches)),
            ("accumulate", Written(options.Accumulate)), ("sequence_length", Written(options.SequenceLength)),
            ("learning_rate", Written(options.LearningRate)), ("min_learning_rate", Written(options.MinLearningRate)),
            ("warmup", Written(options.Warmup)), ("weight_decay", Written(options.WeightDecay)), ("beta1", Written(options.Beta1)),
            ("beta2", Written(options.Beta2)), ("epsilon", Written(options.Epsilon)), ("clip", Written(options.Clip)),
            ("dropout", Written(options.Dropout)), ("seed", options.Seed.ToString(CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>All of it in one line.</summary>
    public string Told => string.Join(", ", _fields.Select(each => $"{each.Name} {each.Value}"));

    /// <summary>The model's shape.</summary>
    public GptConfig Shape { get; }

    /// <summary>Refuses to go on with the run in a folder otherwise than it was begun; only steps may become more.</summary>
    public void RequireSame(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new IOException($"{folder} holds a run that was begun in another way: it has no {FileName}");
        var begun = Read(path);
        foreach (var (name, value) in _fields)
        {
            if (begun.GetValueOrDefault(name) is not { } before)
                throw new InvalidDataException($"{path}: it has no {name}");
            if (before == value || name == Steps && Number(before) <= Number(value))
                continue;
            if (name == Text)
                throw new InvalidDataException($"{folder}: this is not the text that the run began with");
            throw new ArgumentException($"{folder}: the run was begun with {name} {before}, not {value}");
        }
    }

    /// <summary>Writes the file.</summary>
    public void Write(string folder) => SafeFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        foreach (var (name, value) in _fields)
            json.WriteString(name, value);
        json.WriteEndObject();
    });

    private static Dictionary<string, string> Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 2 });
            return document.RootElement.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.GetString() ?? "");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    private static int Number(string value) => int.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    private static string Written(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
