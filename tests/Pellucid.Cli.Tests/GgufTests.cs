using System.Text;
using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Cli.Tests;

/// <summary>What the command tells of a GGUF file.</summary>
public sealed class GgufTests : IDisposable
{
    private readonly PellucidProcess _pellucid = new();

    [Fact]
    public void A_file_is_shown_as_far_as_it_tells()
    {
        Write("model.gguf");
        var json = _pellucid.Run("model", "show", "model.gguf", "--json").Json;
        Assert.Equal("llama", json.GetProperty("architecture").GetString());
        foreach (var (name, value) in ((string, long)[])
        [
            ("layers", 1), ("width", 32), ("heads", 2), ("key_value_heads", 1), ("context", 64), ("vocabulary_size", 8),
            ("tensors", 11), ("parameters", 6496),
        ])
            Assert.Equal(value, json.GetProperty(name).GetInt64());
        Assert.Equal([("q8_0", 1, 272L), ("f32", 10, 24960L)], json.GetProperty("types").EnumerateArray().Select(type =>
            (type.GetProperty("type").GetString()!, type.GetProperty("tensors").GetInt32(), type.GetProperty("bytes").GetInt64())));
        var tokenizer = json.GetProperty("tokenizer");
        Assert.Equal(("llama", 8, 1), (tokenizer.GetProperty("model").GetString(), tokenizer.GetProperty("tokens").GetInt32(),
            tokenizer.GetProperty("begin").GetInt32()));
        Assert.Equal(2, Assert.Single(tokenizer.GetProperty("ends").EnumerateArray()).GetInt32());
        Assert.Null(json.GetProperty("complaint").GetString());
        var text = _pellucid.Run("model", "show", "model.gguf").Output;
        Assert.Matches(@"stored as q8_0 +│ 1 tensor, 0\.0 MiB", text);
        Assert.Matches(@"ends +│ 2 </s>", text);
        Assert.Contains("Keys, tensors and vocabulary are sound.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_abbreviated_for_people_and_whole_in_JSON()
    {
        Write("model.gguf", writer =>
        {
            writer.Add("notes", string.Concat(Enumerable.Repeat("long\n", 100)));
            writer.Add("parts", (byte[][])[[0xff], [.. "whole"u8]]);
            writer.Add("none", float.NaN);
        });
        var text = _pellucid.Run("model", "show", "model.gguf", "--metadata").Output;
        Assert.Matches(@"llama\.context_length +│ uint32 +│ 64", text);
        Assert.Contains("300 more characters", text, StringComparison.Ordinal);
        Assert.Contains("… 4 more]", text, StringComparison.Ordinal);
        var json = _pellucid.Run("model", "show", "model.gguf", "--metadata", "--json").Json.GetProperty("metadata");
        Assert.Equal(500, json.GetProperty("notes").GetString()!.Length);
        Assert.Equal(12, json.GetProperty("numbers").GetArrayLength());
        var parts = json.GetProperty("parts");
        Assert.Equal(("ff", "whole"), (parts[0].GetProperty("hex").GetString(), parts[1].GetString()));
        Assert.Equal("NaN", json.GetProperty("none").GetString());
        Assert.True(json.GetProperty("tokenizer.ggml.add_bos_token").GetBoolean());
    }

    [Fact]
    public void What_a_model_lacks_is_said_and_what_no_reader_takes_is_refused()
    {
        Write("odd.gguf", architecture: "mamba");
        Assert.Contains("general.architecture is 'mamba', which is unknown; known are gpt2, llama",
            _pellucid.Run("model", "show", "odd.gguf", "--json").Json.GetProperty("complaint").GetString(), StringComparison.Ordinal);
        File.WriteAllBytes(_pellucid.File("short.gguf"), File.ReadAllBytes(_pellucid.File("odd.gguf"))[..^200]);
        TrainTests.AssertRefused(_pellucid.Run("model", "show", "short.gguf"), 1, "short.gguf: tensor");
        _pellucid.File("text.gguf", "a text that is long enough for a header");
        TrainTests.AssertRefused(_pellucid.Run("model", "show", "text.gguf", "--metadata"), 1, "text.gguf: is not a GGUF file");
        TrainTests.AssertRefused(
            _pellucid.Run("model", "show", "--preset", "gpt2", "--metadata"), 2, "--metadata shows the keys of a GGUF file");
    }

    public void Dispose() => _pellucid.Dispose();

    private void Write(string name, Action<GgufWriter>? more = null, string architecture = "llama")
    {
        var writer = new GgufWriter();
        writer.Add("general.architecture", architecture);
        foreach (var (key, value) in ((string, uint)[])
        [
            ("context_length", 64), ("embedding_length", 32), ("block_count", 1), ("feed_forward_length", 32),
            ("attention.head_count", 2), ("attention.head_count_kv", 1),
        ])
            writer.Add($"{architecture}.{key}", value);
        writer.Add($"{architecture}.attention.layer_norm_rms_epsilon", 1e-5f);
        writer.Add("tokenizer.ggml.model", "llama");
        writer.Add("tokenizer.ggml.tokens",
            [.. ((string[])["<unk>", "<s>", "</s>", "<0x0A>", "▁a", "b", "c", "▁ab"]).Select(Encoding.UTF8.GetBytes)]);
        writer.Add("tokenizer.ggml.scores", new float[8]);
        writer.Add("tokenizer.ggml.add_bos_token", true);
        writer.Add("numbers", Enumerable.Range(0, 12).ToArray());
        more?.Invoke(writer);
        void Tensor(string tensor, string type, params long[] shape) =>
            writer.AddTensor(tensor, type, shape, (_, values) => values.Fill(0.5f));
        Tensor("token_embd.weight", "q8_0", 8, 32);
        foreach (var tensor in (string[])["blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"])
            Tensor($"{tensor}.weight", "f32", 32);
        foreach (var tensor in (string[])["attn_k", "attn_v"])
            Tensor($"blk.0.{tensor}.weight", "f32", 16, 32);
        foreach (var tensor in (string[])["attn_q", "attn_output", "ffn_gate", "ffn_up", "ffn_down"])
            Tensor($"blk.0.{tensor}.weight", "f32", 32, 32);
        writer.Write(_pellucid.File(name));
    }
}
