using System.Text.Json;

namespace Pellucid.Models.Families;

/// <summary>
/// Models whose files speak one language: what <c>config.json</c> says of a shape, and what the files of weights call the
/// parameters. Nobody else knows these names.
/// </summary>
public abstract partial class ModelFamily
{
    private protected ModelFamily(string name, string architecture) => (Name, Architecture) = (name, architecture);

    /// <summary>GPT-2 and what descends from it.</summary>
    public static ModelFamily Gpt2 { get; } = new Gpt2Family();

    /// <summary>The first GPT.</summary>
    public static ModelFamily Gpt1 { get; } = new Gpt1Family();

    /// <summary>Llama, and all that differs from it in sizes alone.</summary>
    public static ModelFamily Llama { get; } = new LlamaFamily();

    /// <summary>Qwen 3: Llama whose heads are normalised.</summary>
    public static ModelFamily Qwen3 { get; } = new Qwen3Family();

    /// <summary>All families that can be computed.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        Gpt2, Gpt1, Llama, new MistralFamily(), new Qwen2Family(), Qwen3, new SmolLm3Family(), new GemmaFamily(), new Gemma2Family(),
        new Gemma3TextFamily(), new Phi3Family(), new Olmo2Family(), new Olmo3Family(), new GraniteFamily(),
        new MixtralFamily(), new Qwen3MoeFamily(), new GptOssFamily(),
        new WrappedFamily("gemma3", "Gemma3ForConditionalGeneration", "gemma3_text"),
        new WrappedFamily("mistral3", "Mistral3ForConditionalGeneration", "mistral"),
        new WrappedFamily("llava", "LlavaForConditionalGeneration", "llama", "mistral", "qwen2"), // Pixtral is one of Mistral
        new WrappedFamily("idefics3", "Idefics3ForConditionalGeneration", "llama"),
        new WrappedFamily("smolvlm", "SmolVLMForConditionalGeneration", "llama"),
    ];

    /// <summary>What <c>config.json</c> calls it: <c>model_type</c>.</summary>
    public string Name { get; }

    /// <summary>Transformers' name of the class that has an output.</summary>
    internal string Architecture { get; }

    /// <summary>What files of weights call a parameter; where they cut it into several, what they would call it whole.</summary>
    public abstract string StoredName(Parameter parameter);

    /// <summary>Of which tensors of a file it is made: of one, as it is, unless the family says otherwise.</summary>
    internal virtual IEnumerable<StoredPiece> Pieces(Parameter parameter, GptConfig config) =>
        [StoredPiece.Whole(StoredName(parameter), parameter)];

    /// <summary>What a file that we write calls a tensor of a parameter:
    /// transformers puts everything below the output under a prefix.</summary>
    internal string WrittenName(Parameter parameter, string storedName) =>
        parameter.Role == ParameterRole.OutputTable ? storedName : Prefix + storedName;

    /// <summary>The family whose files a model is written to: its own, unless only a part of what was read is computed.</summary>
    internal virtual ModelFamily Saved => this;

    /// <summary>What the files of the family hold that is not computed, and so passed over; empty where there is nothing.</summary>
    public virtual string PassedOver => "";

    /// <summary>All that files may call what has a <see cref="StoredName"/>: with a prefix, without, or by an older name.</summary>
    internal virtual IEnumerable<string> WrittenNames(string storedName) => [storedName, Prefix + storedName];

    /// <summary>Whether a tensor of a file is known to change nothing.</summary>
    internal abstract bool IsHarmless(string written);

    private protected abstract string Prefix { get; }

    /// <summary>The shape that a file describes.
    /// What it says is taken from the fields, and what is left there is refused by the caller.</summary>
    internal abstract GptConfig Read(ConfigFields fields);

    /// <summary>Writes what <see cref="Read(ConfigFields)"/> reads.</summary>
    /// <exception cref="NotSupportedException">The file has no place for such a shape.</exception>
    internal abstract void Write(GptConfig config, Utf8JsonWriter json);

    /// <summary>Refuses a shape that the family's files cannot describe.</summary>
    internal void RequirePlace(bool exists, string what)
    {
        if (!exists)
            throw new NotSupportedException($"the files of the family '{Name}' have no place for {what}");
    }
}
