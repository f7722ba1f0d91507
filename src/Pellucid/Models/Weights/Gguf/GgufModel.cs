using Pellucid.Files;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>
/// The model that a GGUF file describes, checked as far as the file alone tells: its keys are of the right types and within
/// bounds, the tensors that they call for are there, in their shapes, and no others, and the vocabulary is sound.
/// </summary>
public sealed record GgufModel
{
    private const int MostLayers = 4096, MostExperts = 4096, MostHeads = 1 << 16;
    private const long Most = int.MaxValue;

    private GgufModel()
    {
    }

    /// <summary>What <c>general.architecture</c> says.</summary>
    public required string Architecture { get; init; }

    /// <summary>Blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Heads of queries.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values of each block.</summary>
    public required IReadOnlyList<int> KeyValueHeads { get; init; }

    /// <summary>Width of a head.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Numbers of a head that are rotated by its position.</summary>
    public required int RotaryWidth { get; init; }

    /// <summary>Width of a feed-forward layer.</summary>
    public required int FeedForwardWidth { get; init; }

    /// <summary>Experts of a feed-forward layer; 0 where it is one.</summary>
    public required int Experts { get; init; }

    /// <summary>Width of an expert.</summary>
    public required int ExpertWidth { get; init; }

    /// <summary>The most tokens that a text may have.</summary>
    public required int Context { get; init; }

    /// <summary>Rows of the table of tokens.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Tokens and merges, or null where the file has none.</summary>
    public GgufVocabulary? Vocabulary { get; init; }

    /// <summary>Reads and checks what a file says of its model.</summary>
    /// <exception cref="InvalidDataException">Something is missing, of a wrong type, or contradicts another; it is named.</exception>
    /// <exception cref="NotSupportedException">The architecture, the vocabulary or a tensor's type is one that is not known.</exception>
    public static GgufModel Read(GgufReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var keys = reader.Metadata;
        RefuseNested(reader);
        var architecture = keys.Require("general.architecture").Text();
        var family = GgufFamily.Find(architecture) ?? throw new NotSupportedException(
            $"{reader.Path}: general.architecture is '{Excerpt.Of(architecture)}', which is unknown; known are {GgufFamily.Known}");
        GgufValue? Find(string name) => keys.Find($"{architecture}.{name}");
        int Integer(string name, long lowest, long highest, int? missing = null) =>
            (int)(Find(name)?.Integer(lowest, highest) ?? missing ?? keys.Require($"{architecture}.{name}").Integer());
        var layers = Integer("block_count", 1, MostLayers);
        var width = Integer("embedding_length", 1, Most);
        var heads = Integer("attention.head_count", 1, MostHeads);
        var headWidth = Integer("attention.key_length", 1, MostHeads, width % heads == 0 ? width / heads : null);
        var (inner, experts) = (Integer("feed_forward_length", 1, Most), Integer("expert_count", 0, MostExperts, 0));
        GgufNumbers.Check(keys, architecture, family, experts);
        if (Find("attention.value_length") is { } valueWidth && valueWidth.Integer() != headWidth)
            throw valueWidth.Refusal($"is {valueWidth.Integer()}; values must be as wide as keys, which are {headWidth}");
        var rotary = Integer("rope.dimension_count", 2, headWidth, headWidth);
        if (!family.HasPositions && rotary % 2 != 0)
            throw (Find("rope.dimension_count") ?? Find("attention.key_length") ?? Find("embedding_length"))!.Refusal(
                $"makes {rotary} numbers of a head rotate; there must be two for each angle");
        var model = new GgufModel
        {
            Architecture = architecture,
            Layers = layers,
            Width = width,
            Heads = heads,
            KeyValueHeads = KeyValueHeadsOf(Find("attention.head_count_kv"), layers, heads),
            HeadWidth = headWidth,
            RotaryWidth = rotary,
            FeedForwardWidth = inner,
            Experts = experts,
            ExpertWidth = Integer("expert_feed_forward_length", 1, Most, inner),
            Context = Integer("context_length", 1, Most),
            VocabularySize = RowsOf(reader, Find("vocab_size")),
            Vocabulary = GgufVocabulary.Read(reader),
        };
        if (model.Vocabulary is { } vocabulary && vocabulary.Tokens.Count > model.VocabularySize)
            throw keys.Require(GgufVocabulary.TokensKey).Refusal(
                $"has {vocabulary.Tokens.Count} tokens, but token_embd.weight only {model.VocabularySize} rows");
        CheckTensors(reader, model, family);
        return model;
    }

    // No key of a model is an array of arrays.
    private static void RefuseNested(GgufReader reader)
    {
        foreach (var key in reader.Metadata.Keys)
            if (reader.Metadata.Find(key) is { Type: GgufValueType.Array, ElementType: GgufValueType.Array } value)
                throw value.Refusal("is an array of arrays, which no key of a model is");
    }

    private static int[] KeyValueHeadsOf(GgufValue? value, int layers, int heads)
    {
        var counts = new int[layers];
        if (value is { Type: GgufValueType.Array })
        {
            if (value.Count != layers)
                throw value.Refusal($"has {value.Count} elements for {layers} blocks");
            var layer = 0;
            foreach (var element in value.Elements())
                counts[layer++] = (int)element.Integer(1, heads);
        }
        else
            Array.Fill(counts, (int)(value?.Integer(1, heads) ?? heads));
        return counts.FirstOrDefault(count => heads % count != 0) is > 0 and var odd
            ? throw value!.Refusal($"is {odd}, which does not divide the {heads} heads of queries") : counts;
    }

    private static int RowsOf(GgufReader reader, GgufValue? promised)
    {
        var table = reader.Find("token_embd.weight") ?? throw Missing(reader, "token_embd.weight");
        if (table.Shape.Count != 2 || table.Shape[0] > Most)
            throw new InvalidDataException(
                $"{reader.Path}: tensor {table.Name} is ({string.Join(", ", table.Shape)}), which is no table of tokens");
        return promised is null || promised.Integer() == table.Shape[0] ? (int)table.Shape[0]
            : throw promised.Refusal($"is {promised.Integer()}, but token_embd.weight has {table.Shape[0]} rows");
    }

    private static void CheckTensors(GgufReader reader, GgufModel model, GgufFamily family)
    {
        var known = new HashSet<string>();
        foreach (var slot in GgufLayout.Of(model, family))
        {
            known.Add(slot.Name);
            if (reader.Find(slot.Name) is not { } tensor)
            {
                if (slot.IsNeeded)
                    throw Missing(reader, slot.Name);
                continue;
            }
            if (!tensor.Shape.SequenceEqual(slot.Shape))
                throw new InvalidDataException($"{reader.Path}: tensor {slot.Name} is ({string.Join(", ", tensor.Shape)}), "
                    + $"but the keys call for ({string.Join(", ", slot.Shape)})");
            if (!tensor.IsSupported)
                throw new NotSupportedException($"{reader.Path}: tensor {slot.Name} is stored as {tensor.Type}, "
                    + $"which cannot be computed with; supported are {GgufType.Supported}");
        }
        if (reader.Tensors.FirstOrDefault(tensor => !known.Contains(tensor.Name)) is { } extra)
            throw new InvalidDataException(
                $"{reader.Path}: tensor {extra.Name} has no place in a model of architecture {model.Architecture}");
    }

    private static InvalidDataException Missing(GgufReader reader, string name) => new($"{reader.Path}: tensor {name} is missing");
}
