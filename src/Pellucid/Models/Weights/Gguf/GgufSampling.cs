using System.Text.Json;
using Pellucid.Files;
using Pellucid.Models.Families;
using Pellucid.Tokens;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>
/// How a model's makers would have its tokens chosen, carried from one format to the other: keys of a GGUF file
/// (<c>general.sampling.*</c>) and fields of <c>generation_config.json</c>. Whoever chooses tokens judges what they say.
/// </summary>
internal static class GgufSampling
{
    private const string Prefix = "general.sampling.", PenaltyWindow = "penalty_last_n", Sampled = "do_sample";

    private static readonly (string Key, string Field) Temperature = ("temp", "temperature"), TopK = ("top_k", "top_k"),
        TopP = ("top_p", "top_p"), MinP = ("min_p", "min_p"), Penalty = ("penalty_repeat", "repetition_penalty");

    /// <summary>Adds the keys of what a model folder or another file says.</summary>
    /// <exception cref="InvalidDataException">What the folder says is no JSON, or no number where one belongs.</exception>
    public static void AddKeys(GgufWriter writer, string from)
    {
        var said = Read(from);
        foreach (var (name, value) in said)
            if (name == TopK)
                writer.Add(Prefix + name.Key, (int)value);
            else
                writer.Add(Prefix + name.Key, (float)value);
        if (said.Exists(one => one.Name == Penalty))
            writer.Add(Prefix + PenaltyWindow, -1); // of all that the text holds, as it is in the folder
    }

    /// <summary>What writes the fields of what a file says; null where it says nothing.</summary>
    public static Action<Utf8JsonWriter>? Fields(string file)
    {
        var said = Read(file);
        return said.Count == 0 ? null : json =>
        {
            var greedy = said.Contains((Temperature, 0));
            json.WriteBoolean(Sampled, !greedy);
            foreach (var (name, value) in said.Where(one => !greedy || one.Name != Temperature))
                json.WriteNumber(name.Field, value);
        };
    }

    private static List<((string Key, string Field) Name, double Value)> Read(string path)
    {
        if (GgufReader.IsGguf(path))
        {
            using var reader = new GgufReader(path);
            return [.. Of(reader)];
        }
        var file = Path.Combine(path, SpecialTokens.GenerationFile);
        try
        {
            return File.Exists(file) ? [.. Of(ConfigFields.Parse(File.ReadAllBytes(file)))] : [];
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"{file}: {Excerpt.Of(error)}", error);
        }
    }

    private static IEnumerable<((string Key, string Field) Name, double Value)> Of(GgufReader reader)
    {
        foreach (var name in ((string Key, string Field)[])[Temperature, TopK, TopP, MinP, Penalty])
            if (reader.Metadata.Find(Prefix + name.Key) is { } value && (name != Penalty || IsOfAll(reader)))
            {
                var number = value.Type is GgufValueType.Float32 or GgufValueType.Float64 ? Decimals.Of(value) : value.Integer();
                yield return (name, name == Temperature || name == TopK ? Math.Max(0, number) : number);
            }
    }

    // A penalty of the last tokens alone has no field.
    private static bool IsOfAll(GgufReader reader) =>
        reader.Metadata.Find(Prefix + PenaltyWindow) is not { } window || window.Integer() == -1;

    private static IEnumerable<((string Key, string Field) Name, double Value)> Of(ConfigFields fields)
    {
        var greedy = fields.Truth(Sampled) == false;
        if (greedy)
            yield return (Temperature, 0);
        foreach (var name in ((string Key, string Field)[])[Temperature, TopP, MinP, Penalty])
            if (fields.Number(name.Field) is { } value && (!greedy || name != Temperature))
                yield return (name, value);
        if (fields.Integer(TopK.Field) is { } count)
            yield return (TopK, count);
    }
}
