using System.Text;
using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Models.Weights.Gguf;
using Spectre.Console;

namespace Pellucid.Cli;

/// <summary><c>pellucid model show FILE.gguf</c>: what a GGUF file says of its model, sound or not.</summary>
internal static class GgufFacts
{
    public static int Show(string path, Output output)
    {
        using var reader = new GgufReader(path);
        var (complaint, vocabulary) = Check(reader);
        var keys = reader.Metadata;
        var architecture = keys.Find("general.architecture") is { Type: GgufValueType.Text } named ? named.Text() : null;
        long? Integer(string key) =>
            keys.Find($"{architecture}.{key}") is { } value && IsInteger(value.Type) ? value.Integer() : null;
        (string Name, long? Value)[] numbers =
        [
            ("layers", Integer("block_count")), ("width", Integer("embedding_length")), ("heads", Integer("attention.head_count")),
            ("key_value_heads", Integer("attention.head_count_kv")), ("context", Integer("context_length")),
            ("vocabulary_size", reader.Find("token_embd.weight") is { Shape: [var rows, _] } ? rows : null),
            ("parameters", reader.Tensors.Sum(tensor => tensor.Count)), ("tensors", reader.Tensors.Count),
            ("bytes", reader.Tensors.Sum(tensor => tensor.Bytes)),
        ];
        TypeShare[] types = [.. reader.Tensors.GroupBy(tensor => tensor.Type).Select(group => new TypeShare(
            group.Key, group.Count(), group.Sum(tensor => tensor.Bytes), group.First().IsSupported))];
        WriteForPeople(output, architecture, numbers, types, vocabulary, complaint);
        output.Json(json =>
        {
            json.WriteString("architecture", architecture);
            foreach (var (name, value) in numbers)
                if (value is { } number)
                    json.WriteNumber(name, number);
                else
                    json.WriteNull(name);
            json.WriteStartArray("types");
            foreach (var type in types)
                type.WriteTo(json);
            json.WriteEndArray();
            if (vocabulary is not null)
                WriteVocabulary(json, vocabulary);
            json.WriteString("complaint", complaint);
        });
        return PellucidCommand.Done;
    }

    private static (string? Complaint, GgufVocabulary? Vocabulary) Check(GgufReader reader)
    {
        try
        {
            return (null, GgufModel.Read(reader).Vocabulary);
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            try
            {
                return (error.Message, GgufVocabulary.Read(reader));
            }
            catch (Exception another) when (another is InvalidDataException or NotSupportedException)
            {
                return (error.Message, null);
            }
        }
    }

    private static void WriteForPeople(Output output, string? architecture, IEnumerable<(string Name, long? Value)> numbers,
        IEnumerable<TypeShare> types, GgufVocabulary? vocabulary, string? complaint)
    {
        var table = new Table().Border(TableBorder.Minimal).HideHeaders().AddColumns(new TableColumn(""), new TableColumn(""));
        void Row(string name, string value) => table.AddRow(Markup.Escape(name), Markup.Escape(value));
        Row("architecture", architecture ?? "not said");
        foreach (var (name, value) in numbers)
            Row(name.Replace('_', ' '), value is { } number ? name == "bytes" ? Units.Bytes(number) : Units.Count(number) : "not said");
        foreach (var type in types)
            Row($"stored as {type.Type}", type.ToString());
        if (vocabulary is not null)
        {
            var splitter = vocabulary.Splitter is { } name ? $", {name}" : "";
            Row("tokenizer", $"{vocabulary.Model}{splitter}, {Units.Count(vocabulary.Tokens.Count)} tokens");
            var isPut = vocabulary.AddsBegin ? "" : ", not put before texts";
            Row("begin", vocabulary.Begin is { } begin ? $"{begin} {Spelling(vocabulary, begin)}{isPut}" : "none");
            Row("ends", string.Join(", ", vocabulary.Ends.Select(id => $"{id} {Spelling(vocabulary, id)}")));
        }
        output.People.Write(table);
        output.Line(complaint is null ? "Keys, tensors and vocabulary are sound." : $"It cannot be computed with: {complaint}");
    }

    private static void WriteVocabulary(Utf8JsonWriter json, GgufVocabulary vocabulary)
    {
        json.WriteStartObject("tokenizer");
        json.WriteString("model", vocabulary.Model);
        json.WriteString("splitter", vocabulary.Splitter);
        json.WriteNumber("tokens", vocabulary.Tokens.Count);
        json.WriteNumber("merges", vocabulary.Merges.Count);
        if (vocabulary.Begin is { } begin)
            json.WriteNumber("begin", begin);
        else
            json.WriteNull("begin");
        json.WriteBoolean("adds_begin", vocabulary.AddsBegin);
        json.WriteStartArray("ends");
        foreach (var id in vocabulary.Ends)
            json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Spelling(GgufVocabulary vocabulary, int id) => Encoding.UTF8.GetString(vocabulary.Tokens[id]);

    private static bool IsInteger(GgufValueType type) => type is GgufValueType.UInt8 or GgufValueType.UInt16 or GgufValueType.UInt32
        or GgufValueType.UInt64 or GgufValueType.Int8 or GgufValueType.Int16 or GgufValueType.Int32 or GgufValueType.Int64;

    // What one type has of the tensors.
    private sealed record TypeShare(string Type, int Tensors, long Bytes, bool IsSupported)
    {
        public override string ToString() =>
            $"{Units.Count(Tensors)} {(Tensors == 1 ? "tensor" : "tensors")}, {Units.Bytes(Bytes)}{(IsSupported ? "" : ", not supported")}";

        public void WriteTo(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("type", Type);
            json.WriteNumber("tensors", Tensors);
            json.WriteNumber("bytes", Bytes);
            json.WriteBoolean("supported", IsSupported);
            json.WriteEndObject();
        }
    }
}
