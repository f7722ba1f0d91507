using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pellucid.Cli.Terminal;
using Pellucid.Models.Weights.Gguf;
using Spectre.Console;

namespace Pellucid.Cli;

/// <summary><c>pellucid model show FILE.gguf --metadata</c>: keys and values, abbreviated for people, whole in JSON.</summary>
internal static class GgufKeys
{
    private const int ElementsShown = 8, CharactersShown = 200;

    public static int Show(string path, Output output)
    {
        using var reader = new GgufReader(path);
        var values = reader.Metadata.Keys.Select(reader.Metadata.Require);
        var table = new Table().Border(TableBorder.Minimal).AddColumns("key", "type", "value");
        foreach (var value in values)
            table.AddRow(Markup.Escape(value.Key), TypeName(value), Markup.Escape(ForPeople(value)));
        output.People.Write(table);
        output.Json(new ShownKeys([.. values]), Results.Default.ShownKeys);
        return PellucidCommand.Done;
    }

    private static string TypeName(GgufValue value) =>
        value.Type == GgufValueType.Array ? $"array of {Name(value.ElementType)}" : Name(value.Type);

    private static string Name(GgufValueType type) => type.ToString().ToLowerInvariant();

    private static string ForPeople(GgufValue value)
    {
        if (value.Type == GgufValueType.Array)
        {
            var shown = string.Join(", ", value.Elements().Take(ElementsShown).Select(ForPeople));
            return value.Count <= ElementsShown ? $"[{shown}]" : $"[{shown}, … {Units.Count(value.Count - ElementsShown)} more]";
        }
        if (value.Type != GgufValueType.Text)
            return Number(value);
        var text = Encoding.UTF8.GetString(value.TextBytes()).ReplaceLineEndings("⏎");
        return text.Length <= CharactersShown ? text
            : $"{text[..CharactersShown]}… {Units.Count(text.Length - CharactersShown)} more characters";
    }

    /// <summary>A number or a flag as JSON has it; infinities and NaN by their names.</summary>
    public static string Number(GgufValue value) => value.Type switch
    {
        GgufValueType.Boolean => value.Flag() ? "true" : "false",
        GgufValueType.Float32 => ((float)value.Number()).ToString(CultureInfo.InvariantCulture),
        GgufValueType.Float64 => value.Number().ToString(CultureInfo.InvariantCulture),
        _ => value.Integer().ToString(CultureInfo.InvariantCulture),
    };
}

/// <summary>Keys of a GGUF file and their values.</summary>
internal sealed record ShownKeys([property: JsonConverter(typeof(GgufKeysAsObject))] IReadOnlyList<GgufValue> Metadata);

/// <summary>Keys as fields. JSON has no bytes that are not UTF-8 and no infinities: {"hex": …} and texts stand for them.</summary>
internal sealed class GgufKeysAsObject : JsonConverter<IReadOnlyList<GgufValue>>
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override IReadOnlyList<GgufValue> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<GgufValue> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var one in value)
        {
            writer.WritePropertyName(one.Key);
            Write(writer, one);
        }
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, GgufValue value)
    {
        if (value.Type == GgufValueType.Array)
        {
            json.WriteStartArray();
            foreach (var element in value.Elements())
                Write(json, element);
            json.WriteEndArray();
        }
        else if (value.Type == GgufValueType.Text)
            WriteText(json, value.TextBytes());
        else if (value.Type is GgufValueType.Float32 or GgufValueType.Float64 && !double.IsFinite(value.Number()))
            json.WriteStringValue(GgufKeys.Number(value));
        else
            json.WriteRawValue(GgufKeys.Number(value));
    }

    private static void WriteText(Utf8JsonWriter json, byte[] bytes)
    {
        try
        {
            json.WriteStringValue(Strict.GetString(bytes));
        }
        catch (ArgumentException)
        {
            json.WriteStartObject();
            json.WriteString("hex", Convert.ToHexStringLower(bytes));
            json.WriteEndObject();
        }
    }
}
