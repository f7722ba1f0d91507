using System.Text;
using System.Text.Json.Serialization;
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
        var shown = new ShownGguf(architecture, Integer("block_count"), Integer("embedding_length"), Integer("attention.head_count"),
            Integer("attention.head_count_kv"), Integer("context_length"),
            reader.Find("token_embd.weight") is { Shape: [var rows, _] } ? rows : null, reader.Tensors.Sum(tensor => tensor.Count),
            reader.Tensors.Count, reader.Tensors.Sum(tensor => tensor.Bytes),
            [.. reader.Tensors.GroupBy(tensor => tensor.Type).Select(group => new GgufTypeShare(
                group.Key, group.Count(), group.Sum(tensor => tensor.Bytes), group.First().IsSupported))],
            vocabulary is null ? null : GgufTokenizer.Of(vocabulary), complaint);
        WriteForPeople(output, shown, vocabulary);
        output.Json(shown, Results.Default.ShownGguf);
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

    private static void WriteForPeople(Output output, ShownGguf shown, GgufVocabulary? vocabulary)
    {
        var table = new Table().Border(TableBorder.Minimal).HideHeaders().AddColumns(new TableColumn(""), new TableColumn(""));
        void Row(string name, string value) => table.AddRow(Markup.Escape(name), Markup.Escape(value));
        Row("architecture", shown.Architecture ?? "not said");
        foreach (var (name, value) in (ReadOnlySpan<(string, long?)>)
        [
            ("layers", shown.Layers), ("width", shown.Width), ("heads", shown.Heads), ("key value heads", shown.KeyValueHeads),
            ("context", shown.Context), ("vocabulary size", shown.VocabularySize), ("parameters", shown.Parameters),
            ("tensors", shown.Tensors),
        ])
            Row(name, value is { } number ? Units.Count(number) : "not said");
        Row("bytes", Units.Bytes(shown.Bytes));
        foreach (var type in shown.Types)
            Row($"stored as {type.Type}", $"{Units.Count(type.Tensors)} {(type.Tensors == 1 ? "tensor" : "tensors")}, "
                + $"{Units.Bytes(type.Bytes)}{(type.Supported ? "" : ", not supported")}");
        if (vocabulary is not null)
        {
            var splitter = vocabulary.Splitter is { } name ? $", {name}" : "";
            Row("tokenizer", $"{vocabulary.Model}{splitter}, {Units.Count(vocabulary.Tokens.Count)} tokens");
            var isPut = vocabulary.AddsBegin ? "" : ", not put before texts";
            Row("begin", vocabulary.Begin is { } begin ? $"{begin} {Spelling(vocabulary, begin)}{isPut}" : "none");
            Row("ends", string.Join(", ", vocabulary.Ends.Select(id => $"{id} {Spelling(vocabulary, id)}")));
        }
        output.People.Write(table);
        output.Line(shown.Complaint is null ? "Keys, tensors and vocabulary are sound."
            : $"It cannot be computed with: {shown.Complaint}");
    }

    private static string Spelling(GgufVocabulary vocabulary, int id) => Encoding.UTF8.GetString(vocabulary.Tokens[id]);

    private static bool IsInteger(GgufValueType type) => type is GgufValueType.UInt8 or GgufValueType.UInt16 or GgufValueType.UInt32
        or GgufValueType.UInt64 or GgufValueType.Int8 or GgufValueType.Int16 or GgufValueType.Int32 or GgufValueType.Int64;
}

/// <summary>What a GGUF file says of its model; null for what it does not say.</summary>
internal sealed record ShownGguf(string? Architecture, long? Layers, long? Width, long? Heads, long? KeyValueHeads, long? Context,
    long? VocabularySize, long Parameters, int Tensors, long Bytes, IReadOnlyList<GgufTypeShare> Types,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] GgufTokenizer? Tokenizer, string? Complaint);

/// <summary>What one type has of the tensors.</summary>
internal sealed record GgufTypeShare(string Type, int Tensors, long Bytes, bool Supported);

/// <summary>What it says of its tokens.</summary>
internal sealed record GgufTokenizer(string Model, string? Splitter, int Tokens, int Merges, int? Begin, bool AddsBegin,
    IReadOnlyList<int> Ends)
{
    public static GgufTokenizer Of(GgufVocabulary vocabulary) => new(vocabulary.Model, vocabulary.Splitter, vocabulary.Tokens.Count,
        vocabulary.Merges.Count, vocabulary.Begin, vocabulary.AddsBegin, [.. vocabulary.Ends]);
}
