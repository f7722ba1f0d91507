using System.Text.Json.Nodes;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models.Families;

/// <summary>Text models within models of images, made of small text models.</summary>
public sealed class WrappedFamilyTests
{
    private const string Tiny = "llama/tiny-random-models/";

    // Wrapper, text model, and what its tensors stand under: with "model." in its own place, or without.
    public static TheoryData<string, string, string> Wrapped => new()
    {
        { "gemma3", "gemma3", "language_model.model." }, { "gemma3", "gemma3", "model.language_model." },
        { "mistral3", "mistral", "language_model.model." }, { "mistral3", "mistral", "model.language_model." },
        { "llava", "mistral", "language_model.model." }, { "llava", "qwen2", "model.language_model." },
        { "idefics3", "llama2", "model.text_model." }, { "smolvlm", "llama3", "model.text_model." },
    };

    [Theory, MemberData(nameof(Wrapped))]
    public void The_text_model_is_taken_and_saved_alone(string wrapper, string name, string prefix)
    {
        using var folder = new TemporaryFolder();
        using var copy = new TemporaryFolder();
        using var plain = new LoadedModel(Folder(name));
        var text = Config(name);
        Write(folder, new JsonObject
        {
            ["model_type"] = wrapper, ["text_config"] = text.DeepClone(), ["vision_config"] = new JsonObject { ["hidden_size"] = 3 },
            ["tie_word_embeddings"] = plain.Gpt.Config.TiedOutput, ["vocab_size"] = 512,
        });
        WriteWeights(folder, name, plain, prefix, "vision_tower.x", "model.vision_model.y", "multi_modal_projector.z", "model.connector.u");
        using var model = new LoadedModel(folder.Path);
        Assert.Equal(plain.Logits(SmallGpt.Tokens(30)), model.Logits(SmallGpt.Tokens(30)));
        Assert.Equal((wrapper, "the model of images"), (model.Gpt.Config.Family.Name, model.Gpt.Config.Family.PassedOver));
        Assert.Equal(GptConfig.Load(folder.File("config.json")), model.Gpt.Config);
        Checkpoint.Save(copy.Path, model.Gpt);
        using var again = new LoadedModel(copy.Path);
        Assert.Equal(plain.Gpt.Config, again.Gpt.Config);
    }

    [Theory]
    [InlineData("""{"model_type": "mistral3"}""", "'text_config' is missing")]
    [InlineData("""{"model_type": "mistral3", "text_config": {"model_type": "ministral3"}}""",
        "'text_config.model_type' is \"ministral3\", where one of mistral is needed")]
    [InlineData("""{"model_type": "llama4", "text_config": {"model_type": "llama4_text"}}""", "model_type is 'llama4'")]
    [InlineData("""{"model_type": "mistral3", "text_config": {"attention_chunk_size": 4}}""", "'text_config.attention_chunk_size' is 4")]
    [InlineData("""{"model_type": "mistral3", "text_config": {}, "audio_config": {"x": 1}}""", "'audio_config' is")]
    [InlineData("""{"model_type": "idefics3", "text_config": {"use_resampler": true}}""", "'text_config.use_resampler' is true")]
    [InlineData("""{"model_type": "idefics3", "text_config": {}, "tie_word_embeddings": true}""",
        "'tie_word_embeddings' is true, where what text_config says is needed")]
    [InlineData("""{"model_type": "idefics3", "text_config": {"vocab_size": 9}, "vocab_size": 10}""",
        "'vocab_size' is 10, where what text_config says is needed")]
    public void What_is_not_understood_stops_the_load_by_its_name(string config, string because)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), config);
        var message = Assert.Throws<InvalidDataException>(() => GptConfig.Load(folder.File("config.json"))).Message;
        Assert.Contains(because, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_tensor_that_is_neither_of_the_text_nor_of_images_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var plain = new LoadedModel(Folder("mistral"));
        Write(folder, new JsonObject { ["model_type"] = "mistral3", ["text_config"] = Config("mistral") });
        WriteWeights(folder, "mistral", plain, "language_model.model.", "audio_tower.x");
        using var backend = TestBackends.Create("Vector128");
        Assert.Contains("tensor audio_tower.x has no place",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.Path, backend)).Message, StringComparison.Ordinal);
    }

    private static void WriteWeights(TemporaryFolder folder, string name, LoadedModel plain, string prefix, params string[] ofImages)
    {
        using var reader = new SafetensorsReader(SharedData.Path(Tiny + name + "/model.safetensors"));
        using var arena = new Arena(plain.Gpt.Backend);
        (string, Tensor) Copy(string tensor, string written)
        {
            var copy = arena.Allocate(Shape.Of([.. reader.Shape(tensor)]), ElementType.Float32);
            plain.Gpt.Backend.Write(reader.ReadFloat32(tensor), copy);
            return (written, copy);
        }
        // The output table stands beside the text model, as older files have it under the same prefix.
        string Written(string tensor) => tensor.StartsWith("model.", StringComparison.Ordinal) ? prefix + tensor["model.".Length..]
            : prefix.StartsWith("language_model.", StringComparison.Ordinal) ? "language_model." + tensor : tensor;
        SafetensorsWriter.Write(folder.File("model.safetensors"), [.. reader.Names.Select(tensor => Copy(tensor, Written(tensor))),
            .. ofImages.Select(tensor => Copy("model.norm.weight", tensor))], plain.Gpt.Backend);
    }

    private static void Write(TemporaryFolder folder, JsonObject config) =>
        File.WriteAllText(folder.File("config.json"), config.ToJsonString());

    private static JsonNode Config(string name) => JsonNode.Parse(File.ReadAllText(SharedData.Path(Tiny + name + "/config.json")))!;

    private static string Folder(string name) => Path.GetDirectoryName(SharedData.Path(Tiny + name + "/config.json"))!;
}
