using System.Text;
using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Tests.Models.Weights.Gguf;

/// <summary>Small GGUF files.</summary>
internal static class SmallGguf
{
    public const int Width = 32, Vocabulary = 8;

    /// <summary>A sound model of one block, with scores or with merges.</summary>
    public static GgufWriter Writer(bool merges = false, string matrixType = "f32")
    {
        var writer = new GgufWriter();
        Keys(writer, merges);
        void Tensor(string name, string type, params long[] shape) => writer.AddTensor(name, type, shape, (first, values) =>
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = Number(name, first + i);
        });
        Tensor("token_embd.weight", matrixType, Vocabulary, Width);
        foreach (var norm in (string[])["attn_norm", "ffn_norm"])
            Tensor($"blk.0.{norm}.weight", "f32", Width);
        foreach (var (name, outputs) in ((string, int)[])[("attn_q", Width), ("attn_k", 16), ("attn_v", 16), ("attn_output", Width)])
            Tensor($"blk.0.{name}.weight", matrixType, outputs, Width);
        foreach (var name in (string[])["ffn_gate", "ffn_up", "ffn_down"])
            Tensor($"blk.0.{name}.weight", matrixType, Width, Width);
        Tensor("output_norm.weight", "f32", Width);
        return writer;
    }

    /// <summary>What a number of a tensor is.</summary>
    public static float Number(string name, long index) => MathF.Sin(name.Length + index);

    private static void Keys(GgufWriter writer, bool merges)
    {
        writer.Add("general.architecture", "llama");
        writer.Add("general.name", "small");
        foreach (var (name, value) in ((string, uint)[])
        [
            ("context_length", 64), ("embedding_length", Width), ("block_count", 1), ("feed_forward_length", Width),
            ("attention.head_count", 2), ("attention.head_count_kv", 1), ("rope.dimension_count", 16),
        ])
            writer.Add($"llama.{name}", value);
        writer.Add("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        writer.Add("llama.rope.freq_base", 1e4f);
        string[] tokens = merges ? ["<s>", "</s>", "a", "b", "c", "ab", "abc", "Ġ"]
            : ["<unk>", "<s>", "</s>", "<0x0A>", "▁a", "b", "c", "▁ab"];
        writer.Add("tokenizer.ggml.model", merges ? "gpt2" : "llama");
        if (merges)
            writer.Add("tokenizer.ggml.pre", "gpt-2");
        writer.Add("tokenizer.ggml.tokens", [.. tokens.Select(Encoding.UTF8.GetBytes)]);
        if (merges)
            writer.Add("tokenizer.ggml.merges", [.. ((string[])["a b", "ab c"]).Select(Encoding.UTF8.GetBytes)]);
        else
            writer.Add("tokenizer.ggml.scores", (float[])[0, 0, 0, 0, -1, -2, -3, -0.5f]);
        writer.Add("tokenizer.ggml.token_type", merges ? (int[])[3, 3, 1, 1, 1, 1, 1, 1] : [2, 3, 3, 6, 1, 1, 1, 1]);
        writer.Add("tokenizer.ggml.bos_token_id", merges ? 0u : 1u);
        writer.Add("tokenizer.ggml.eos_token_id", merges ? 1u : 2u);
        writer.Add("tokenizer.ggml.add_bos_token", true);
    }

    /// <summary>A file with a key of each type.</summary>
    public static byte[] EveryValue()
    {
        var bytes = new Bytes();
        bytes.Header(3, 0, 14);
        bytes.Key("u8", 0, [200]);
        bytes.Key("i8", 1, [unchecked((byte)-3)]);
        bytes.Key("u16", 2, BitConverter.GetBytes((ushort)60000));
        bytes.Key("i16", 3, BitConverter.GetBytes((short)-300));
        bytes.Key("u32", 4, BitConverter.GetBytes(4_000_000_000));
        bytes.Key("i32", 5, BitConverter.GetBytes(-70000));
        bytes.Key("f32", 6, BitConverter.GetBytes(1.5f));
        bytes.Key("bool", 7, [1]);
        bytes.Key("text", 8, Bytes.Text("Grüße"u8));
        bytes.Key("nested", 9, [.. Bytes.Array(9, 3), .. Bytes.Array(0, 2), 1, 2, .. Bytes.Array(4, 0), .. Bytes.Array(1, 1), 3]);
        bytes.Key("u64", 10, BitConverter.GetBytes((ulong)long.MaxValue));
        bytes.Key("i64", 11, BitConverter.GetBytes(-5L));
        bytes.Key("f64", 12, BitConverter.GetBytes(-2.25));
        bytes.Key("broken", 8, Bytes.Text([0xff, 0xfe]));
        return bytes.ToArray();
    }

    /// <summary>Tensors a (1, 2) and b (3, 4) at the offsets given.</summary>
    public static byte[] TwoTensors(uint version, ulong firstOffset, ulong secondOffset)
    {
        var bytes = new Bytes();
        bytes.Header(version, 2, 0);
        foreach (var (name, offset) in ((string, ulong)[])[("a", firstOffset), ("b", secondOffset)])
            bytes.Add([.. Bytes.Text(Encoding.UTF8.GetBytes(name)), .. BitConverter.GetBytes(1), .. BitConverter.GetBytes(2L),
                .. BitConverter.GetBytes(0), .. BitConverter.GetBytes(offset)]);
        var start = (bytes.Count + 31) / 32 * 32;
        var data = new byte[Math.Max(firstOffset, secondOffset) + 8];
        foreach (var (offset, first) in ((ulong, float)[])[(firstOffset, 1), (secondOffset, 3)])
            foreach (var i in (int[])[0, 1])
                BitConverter.TryWriteBytes(data.AsSpan((int)offset + 4 * i), first + i);
        bytes.Add(new byte[start - bytes.Count]);
        bytes.Add(data);
        return bytes.ToArray();
    }

    private sealed class Bytes
    {
        private readonly List<byte> _bytes = [];

        public int Count => _bytes.Count;

        public void Header(uint version, ulong tensors, ulong keys) =>
            Add([.. "GGUF"u8, .. BitConverter.GetBytes(version), .. BitConverter.GetBytes(tensors), .. BitConverter.GetBytes(keys)]);

        public void Key(string name, int type, byte[] value) =>
            Add([.. Text(Encoding.UTF8.GetBytes(name)), .. BitConverter.GetBytes(type), .. value]);

        public void Add(byte[] bytes) => _bytes.AddRange(bytes);

        public byte[] ToArray() => [.. _bytes];

        public static byte[] Text(ReadOnlySpan<byte> text) => [.. BitConverter.GetBytes((ulong)text.Length), .. text];

        public static byte[] Array(int elementType, ulong count) =>
            [.. BitConverter.GetBytes(elementType), .. BitConverter.GetBytes(count)];
    }
}
