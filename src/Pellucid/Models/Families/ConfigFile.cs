using System.Text.Json;
using Pellucid.Files;
using Pellucid.Tokens;

namespace Pellucid.Models.Families;

/// <summary>A Hugging Face <c>config.json</c>: finds the family, and sees to it that everything the file says is understood.</summary>
internal static class ConfigFile
{
    private const string TypeField = "model_type";

    public static GptConfig Read(string path)
    {
        try
        {
            var fields = ConfigFields.Parse(File.ReadAllBytes(path));
            var config = FamilyOf(fields).Read(fields);
            fields.RequireAllUnderstood(config.Family);
            config.Validate();
            return config;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    public static void Write(string path, GptConfig config, SpecialTokens specials) => SafeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString(TypeField, config.Family.Name);
        json.WriteStartArray("architectures");
        json.WriteStringValue(config.Family.Architecture);
        json.WriteEndArray();
        config.Family.Write(config, json);
        specials.WriteFields(json);
        json.WriteEndObject();
    });

    // Files of GPT-2 from before there were others do not say what they are.
    private static ModelFamily FamilyOf(ConfigFields fields)
    {
        var name = fields.Text(TypeField) ?? ModelFamily.Gpt2.Name;
        return ModelFamily.All.FirstOrDefault(family => family.Name == name)
            ?? throw new FormatException($"{TypeField} is '{Excerpt.Of(name)}'; what can be computed is "
                + string.Join(", ", ModelFamily.All.Select(family => family.Name)));
    }
}
