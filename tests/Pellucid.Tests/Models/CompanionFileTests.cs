using System.Text;
using System.Text.Json;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Tests.Models;

public sealed class CompanionFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Backend _backend = TestBackends.Create("Vector128");

    [Fact]
    public void What_lies_beside_the_weights_comes_along_byte_for_byte()
    {
        var (from, to) = (Directory.CreateDirectory(_folder.File("from")).FullName, Directory.CreateDirectory(_folder.File("to")).FullName);
        Directory.CreateDirectory(Path.Combine(from, "additional_chat_templates"));
        string[] known = ["tokenizer.json", "vocab.json", "merges.txt", "added_tokens.json", "characters.json",
            "ranks.tiktoken", "tokenizer_config.json",
            "special_tokens_map.json", "chat_template.jinja", "generation_config.json", "additional_chat_templates/tool_use.jinja"];
        string[] others = ["config.json", "model.safetensors", "README.md", "training_args.bin", "log.jsonl",
            "additional_chat_templates/x.txt"];
        foreach (var name in known.Concat(others))
            File.WriteAllText(Path.Combine(from, name), $"this is {name}");
        CompanionFiles.Copy(from, to);
        Assert.Equal(known.Order(), Directory.EnumerateFiles(to, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(to, path).Replace('\\', '/')).Order());
        Assert.All(known, name => Assert.Equal($"this is {name}", File.ReadAllText(Path.Combine(to, name))));
        Assert.All(known, name => Assert.True(CompanionFiles.Contains(name), name));
        Assert.All(others, name => Assert.False(CompanionFiles.Contains(name), name));
        Assert.False(CompanionFiles.Contains("additional_chat_templates/../x.jinja"));
        CompanionFiles.Copy(from, from); // onto themselves they stay
        Assert.Equal("this is merges.txt", File.ReadAllText(Path.Combine(from, "merges.txt")));
    }

    [Fact]
    public void What_is_written_tells_where_texts_begin_and_end()
    {
        using var gpt = new Gpt(new GptConfig { VocabularySize = 262, Context = 6, Layers = 1, Heads = 2, Width = 4 }, _backend);
        gpt.Initialize(1);
        var tokenizer = BpeTrainer.Train([Encoding.UTF8.GetBytes("ab")], 258, special: ["</s>"],
            cancellation: TestContext.Current.CancellationToken);
        foreach (var specials in (ReadOnlySpan<SpecialTokens>)[new() { Begin = 5, Ends = [257], Separator = 257 },
            new() { Begin = 257, Ends = [257, 7, 260], Separator = 257 }])
        {
            var folder = Directory.CreateDirectory(_folder.File($"{specials.Ends.Count}")).FullName;
            Checkpoint.Save(folder, gpt, specials: specials);
            foreach (var file in (ReadOnlySpan<string>)["config.json", "generation_config.json"])
                Assert.Equal(specials.Begin, Json(Path.Combine(folder, file)).GetProperty("bos_token_id").GetInt32());
            var read = SpecialTokens.Read(folder, tokenizer, 262);
            Assert.Equal((specials.Begin, specials.Separator), (read.Begin, read.Separator));
            Assert.Equal(specials.Ends, read.Ends);
            File.WriteAllText(Path.Combine(folder, "generation_config.json"), "{\"eos_token_id\": 257, \"temperature\": 0.6}");
            Checkpoint.Save(folder, gpt, specials: specials); // which came along stays as it is
            Assert.Contains("0.6", File.ReadAllText(Path.Combine(folder, "generation_config.json")), StringComparison.Ordinal);
        }
        Checkpoint.Save(_folder.File("none"), gpt, specials: SpecialTokens.None);
        var config = Json(Path.Combine(_folder.File("none"), "config.json"));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null),
            (config.GetProperty("bos_token_id").ValueKind, config.GetProperty("eos_token_id").ValueKind));
        Assert.False(File.Exists(Path.Combine(_folder.File("none"), "generation_config.json")));
    }

    [Fact]
    public void Weights_that_are_a_program_are_refused_by_name()
    {
        using var gpt = new Gpt(new GptConfig { VocabularySize = 5, Context = 6, Layers = 1, Heads = 2, Width = 4 }, _backend);
        gpt.Initialize(1);
        Checkpoint.Save(_folder.Path, gpt);
        File.WriteAllText(_folder.File("pytorch_model.bin"), "PK");
        Checkpoint.Load(_folder.Path, _backend).Dispose(); // the safetensors beside it are read
        File.Delete(_folder.File("model.safetensors"));
        var message = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(_folder.Path, _backend)).Message;
        Assert.StartsWith(_folder.File("pytorch_model.bin"), message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", message, StringComparison.Ordinal);
        File.Delete(_folder.File("pytorch_model.bin"));
        Assert.Throws<FileNotFoundException>(() => Checkpoint.Load(_folder.Path, _backend));
    }

    [Fact]
    public void Texts_beside_tensors_may_be_null()
    {
        byte[] header = [.. Encoding.UTF8.GetBytes(
            "{\"__metadata__\":null,\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}")];
        File.WriteAllBytes(_folder.File("a.safetensors"),
            [.. BitConverter.GetBytes((long)header.Length), .. header, .. BitConverter.GetBytes(1.5f)]);
        using var reader = new SafetensorsReader(_folder.File("a.safetensors"));
        Assert.Empty(reader.Metadata);
        Assert.Equal([1.5f], reader.ReadFloat32("a"));
    }

    private static JsonElement Json(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path).AsMemory());
        return document.RootElement.Clone();
    }

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }
}
