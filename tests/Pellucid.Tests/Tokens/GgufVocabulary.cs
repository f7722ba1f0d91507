using System.Text;
using Pellucid.Tokens.Formats;

namespace Pellucid.Tests.Tokens;

/// <summary>Reads the tokenizer of a GGUF file that is known to be whole, as tests need it.</summary>
internal static class GgufVocabulary
{
    public static TokenizerArrays Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        Assert.Equal("GGUF", Encoding.ASCII.GetString(reader.ReadBytes(4)));
        reader.ReadInt32();
        reader.ReadInt64();
        var values = new Dictionary<string, object>();
        for (var left = reader.ReadInt64(); left > 0; left--)
            values.Add(Text(reader), Value(reader, reader.ReadInt32()));
        T? Key<T>(string name) => values.TryGetValue("tokenizer.ggml." + name, out var value) ? (T)value : default;
        int? Token(string name) => values.TryGetValue($"tokenizer.ggml.{name}_token_id", out var value) ? Convert.ToInt32(value) : null;
        return new TokenizerArrays
        {
            Model = Key<string>("model")!,
            PreTokenizer = Key<string>("pre"),
            Tokens = [.. Key<object[]>("tokens")!.Cast<string>()],
            Types = Key<object[]>("token_type") is { } types ? [.. types.Select(type => Convert.ToInt32(type))] : null,
            Scores = Key<object[]>("scores") is { } scores ? [.. scores.Cast<float>()] : null,
            Merges = Key<object[]>("merges") is { } merges ? [.. merges.Cast<string>()] : null,
            Begin = Token("bos"),
            End = Token("eos"),
            Unknown = Token("unknown"),
            AddsBegin = Key<object>("add_bos_token") as bool?,
            AddsSpace = Key<object>("add_space_prefix") as bool?,
        };
    }

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadInt64()));

    private static object Value(BinaryReader reader, int type)
    {
        switch (type)
        {
            case 0 or 1: return reader.ReadByte();
            case 2 or 3: return reader.ReadInt16();
            case 4 or 5: return reader.ReadInt32();
            case 6: return reader.ReadSingle();
            case 7: return reader.ReadBoolean();
            case 8: return Text(reader);
            case 10 or 11: return reader.ReadInt64();
            case 12: return reader.ReadDouble();
        }
        var inner = reader.ReadInt32();
        var list = new object[reader.ReadInt64()];
        for (var i = 0; i < list.Length; i++)
            list[i] = Value(reader, inner);
        return list;
    }
}
