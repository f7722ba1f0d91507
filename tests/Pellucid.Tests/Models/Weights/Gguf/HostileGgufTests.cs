using System.Text.Json;
using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Tests.Models.Weights.Gguf;

/// <summary>Broken files and what a careful reader does with each.</summary>
public sealed class HostileGgufTests
{
    private const long MostBytes = 1 << 20;

    // The index leaves the last one open: two of its tensors lie in the same bytes.
    private static readonly Dictionary<int, string> Complaints = new()
    {
        [1] = "has 0 bytes, too few for a GGUF file",
        [2] = "is not a GGUF file: it begins with the bytes 47475547",
        [3] = "is GGUF of version 0; versions 2 and 3 are read",
        [4] = "is GGUF of version 1; versions 2 and 3 are read",
        [5] = "is GGUF of version 9; versions 2 and 3 are read",
        [6] = "is a big-endian GGUF file",
        [7] = "claims 1152921504606846976 tensors",
        [8] = "claims 1152921504606846976 keys",
        [9] = "claims 9223372036854775808 keys",
        [10] = "key 1 has a name of 1099511627776 bytes",
        [11] = "has a key of no name",
        [12] = "key llama.block_count is there twice",
        [13] = "key x is of value type 99",
        [14] = "key x is an array of arrays, which no key of a model is",
        [15] = "key x claims 4611686018427387904 elements",
        [16] = "key x claims 8589934592 elements",
        [17] = "inside key x, which calls for 18446744073709551615 bytes",
        [18] = "key general.alignment is 0",
        [19] = "key general.alignment is 33",
        [20] = "key general.alignment is f32, not u32",
        [21] = "key general.alignment is 2147483648",
        [22] = "tensor token_embd.weight has 5 dimensions",
        [23] = "tensor token_embd.weight has 0 dimensions",
        [24] = "tensor token_embd.weight has a dimension of 0",
        [25] = "tensor token_embd.weight has a dimension of 9223372036854775808",
        [26] = "tensor token_embd.weight has more than 72057594037927936 numbers",
        [27] = "tensor token_embd.weight has a dimension of 4611686018427387904",
        [28] = "tensor token_embd.weight is of type 200, which is unknown; supported are f32, f16",
        [29] = "tensor token_embd.weight is of type 4, which GGUF has given up; supported are f32, f16",
        [30] = "tensor token_embd.weight has rows of 33 numbers, not a multiple of the 32 that q8_0 stores together",
        [31] = "tensor token_embd.weight has rows of 32 numbers, not a multiple of the 256 that q4_K stores together",
        [32] = "tensor blk.0.attn_norm.weight begins at offset 4, not a multiple of the alignment 32",
        [33] = "tensor blk.0.attn_q.weight of 4096 bytes at offset 1099511627776 reaches beyond the end of the file",
        [34] = "tensor blk.0.attn_q.weight of 4096 bytes at offset 18446744073709551584 reaches beyond the end of the file",
        [35] = "tensors token_embd.weight and blk.0.attn_norm.weight overlap",
        [36] = "tensor blk.0.ffn_down.weight of 4096 bytes at offset 21760 reaches beyond the end of the file",
        [37] = "claims 11 tensors, which take at least 33 bytes each, but ends after 276 more",
        [38] = "tensor token_embd.weight is there twice",
        [39] = "the description of tensor 2 has a name of 64 bytes; at most 63 are read",
        [40] = "the description of tensor 2 has a name that is not UTF-8",
        [41] = "key llama.attention.head_count is 0, but must lie between 1",
        [42] = "key llama.attention.head_count_kv is 0, but must lie between 1 and 2",
        [43] = "key llama.attention.head_count_kv is 3, but must lie between 1 and 2",
        [44] = "key llama.block_count is 4294967295, but must lie between 1 and 4096",
        [45] = "tensor token_embd.weight is (8, 32), but its header calls for (8, 64)",
        [46] = "key llama.attention.layer_norm_rms_epsilon is NaN, but must be finite and above 0",
        [47] = "key llama.rope.dimension_count makes 15 numbers of a head rotate",
        [48] = "general.architecture is 'lama', which is unknown; known are gpt2, llama",
        [49] = "key general.architecture is u32, not a text",
        [50] = "key llama.context_length is a text, not an integer",
        [51] = "key tokenizer.ggml.scores is an array of u8, not an array of f32",
        [52] = "key tokenizer.ggml.scores has 4 elements for 8 tokens",
        [53] = "key tokenizer.ggml.token_type has 2 elements for 8 tokens",
        [54] = "key tokenizer.ggml.tokens has token 'c' twice, as 6 and 7",
        [55] = "key tokenizer.ggml.token_type has 8 elements for 12 tokens",
        [56] = "key tokenizer.ggml.bos_token_id is 4000, but must lie between 0 and 7",
        [57] = "key tokenizer.ggml.token_type says that token 3, '<0x-1>', is a byte",
        [58] = "key tokenizer.ggml.merges is missing",
        [59] = "key tokenizer.ggml.merges has 'ab' as number 0, which is not two parts with a space between",
        [60] = "key tokenizer.ggml.pre is 'nosuch', which is unknown; known are gpt-2, smollm",
        [61] = "tensor output_norm.weight is missing",
        [64] = "tensors token_embd.weight and blk.0.attn_norm.weight overlap",
    };

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, 65)];

    [Theory, MemberData(nameof(Numbers))]
    public void A_broken_file_is_refused_by_what_is_broken_and_a_sound_one_read(int number)
    {
        var index = SharedData.Path("llama/hostile-gguf/index.json");
        using var document = JsonDocument.Parse(File.ReadAllText(index));
        var (file, verdict) = (Field(document, number, "file"), Field(document, number, "expect"));
        var path = Path.Combine(Path.GetDirectoryName(index)!, file);
        Assert.StartsWith($"{number:00}-", file, StringComparison.Ordinal);
        var before = GC.GetAllocatedBytesForCurrentThread();
        if (!Complaints.TryGetValue(number, out var complaint))
        {
            Assert.Equal("accept", verdict);
            using var reader = new GgufReader(path);
            Assert.Equal((32, 8), (GgufModel.Read(reader).Config.Width, GgufModel.Read(reader).Vocabulary!.Tokens.Count));
        }
        else
        {
            Assert.NotEqual("accept", verdict);
            var error = Record.Exception(() =>
            {
                using var reader = new GgufReader(path);
                GgufModel.Read(reader);
            });
            Assert.True(error is InvalidDataException or NotSupportedException, $"{error}");
            Assert.StartsWith($"{path}: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }

    [Fact]
    public void Not_a_number_is_a_number_to_the_reader()
    {
        using var reader = new GgufReader(SharedData.Path("llama/hostile-gguf/62-weights-nan.gguf"));
        Assert.Contains(reader.ReadFloat32(reader.Find("token_embd.weight")!), float.IsNaN);
    }

    private static string Field(JsonDocument document, int number, string name) =>
        document.RootElement[number].GetProperty(name).GetString()!;
}
