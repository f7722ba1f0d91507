using Pellucid.Models.Families;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;

namespace Pellucid.Models.Adapters;

/// <summary>
/// Adapters as GGUF files in llama.cpp's layout: <c>general.type</c> is adapter, and each adapted tensor has a <c>.lora_a</c> (r, in) and
/// a <c>.lora_b</c> (out, r), rows in the file's order of the tensor itself. There is one α for all; a layer's scale is α over its rank.
/// </summary>
internal static class GgufAdapter
{
    private const string Kind = "general.type", Architecture = "general.architecture", Method = "adapter.type";
    private const string Sketch = "pellucid." + BaseSketch.Key; // ours: others pass over keys that they do not know
    private const string AlphaKey = "adapter.lora.alpha", A = ".lora_a", B = ".lora_b";

    private static readonly string[] Harmless = ["general.", "tokenizer.", "quantize."]; // where it comes from

    /// <summary>Whether a GGUF file holds an adapter.</summary>
    public static bool IsOne(string path)
    {
        if (!GgufReader.IsGguf(path))
            return false;
        using var reader = new GgufReader(path);
        return reader.Metadata.Find(Kind) is { Type: GgufValueType.Text } kind && kind.Text() == "adapter";
    }

    /// <summary>Reads an adapter of a model.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, says what is not understood, or does not fit the model.</exception>
    public static Adapter Read(string path, Gpt gpt, bool hasValueHead = false, float dropout = 0)
    {
        using var reader = new GgufReader(path);
        CheckKeys(reader, path, gpt);
        BaseSketch.Require(path, reader.Metadata.Find(Sketch)?.Text(), gpt);
        var alpha = reader.Metadata.Find(AlphaKey)?.Number() ?? 0;
        var (left, found) = (reader.Tensors.Select(tensor => tensor.Name).ToHashSet(), new List<(GgufPart Part, int Rank)>());
        foreach (var part in GgufPart.Of(gpt))
            if (reader.Find(part.Tensor + A) is { } a && reader.Find(part.Tensor + B) is { } b)
            {
                var rank = b.Shape.Count == 2 ? b.Shape[1] : 0;
                RequireShape(path, b, part.Outputs, rank);
                RequireShape(path, a, part.IsEmbedding ? part.Inputs : rank, part.IsEmbedding ? rank : part.Inputs);
                found.Add((part, (int)rank));
                left.ExceptWith([a.Name, b.Name]);
            }
        if (left.Count > 0)
            throw new InvalidDataException(
                $"{path}: tensor {Files.Excerpt.Of(left.Order(StringComparer.Ordinal).First())} has no place in an adapter of this model");
        if (found.Count == 0)
            throw new InvalidDataException($"{path}: it adapts nothing");
        var adapter = New(path, gpt, Config(found, alpha) with { HasValueHead = hasValueHead, Dropout = dropout });
        try
        {
            foreach (var (part, _) in found)
                part.Take(adapter, reader.ReadFloat32(reader.Find(part.Tensor + A)!), reader.ReadFloat32(reader.Find(part.Tensor + B)!));
            if (hasValueHead)
                adapter.Parameters.Write(adapter.HeadIndex!.Value, new float[gpt.Config.Width]);
            adapter.Refresh();
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter of a model, in single precision.</summary>
    /// <exception cref="NotSupportedException">The format has no place for what the adapter has; the message names it.</exception>
    public static void Write(string path, Adapter adapter, Gpt gpt)
    {
        Refuse(adapter);
        var (writer, parts) = (new GgufWriter(), GgufPart.Of(gpt).ToDictionary(part => part.Module));
        writer.Add(Kind, "adapter");
        writer.Add(Architecture, gpt.Config.Family.GgufArchitecture!);
        writer.Add(Method, "lora");
        writer.Add(AlphaKey, (float)adapter.Config.Alpha);
        writer.Add(Sketch, BaseSketch.Of(gpt));
        foreach (var module in adapter.Layers.Select(layer => layer.Module.Name).Concat(adapter.Tables.Select(table => table.Name)))
        {
            if (!parts.TryGetValue(module, out var part))
                throw new NotSupportedException($"GGUF has no tensor that is {module} alone");
            var rank = adapter.Config.RankOf(module);
            // The format multiplies by α / r; where the adapter does otherwise, B carries the difference.
            var (a, b) = part.Give(adapter, adapter.Config.ScaleOf(module) / (adapter.Config.Alpha / rank));
            writer.AddTensor(part.Tensor + A, "f32", part.IsEmbedding ? [part.Inputs, rank] : [rank, part.Inputs], Filling(a));
            writer.AddTensor(part.Tensor + B, "f32", [part.Outputs, rank], Filling(b));
        }
        writer.Write(path);
    }

    private static Action<long, Span<float>> Filling(float[] values) =>
        (first, numbers) => values.AsSpan((int)first, numbers.Length).CopyTo(numbers);

    private static void CheckKeys(GgufReader reader, string path, Gpt gpt)
    {
        foreach (var (key, wanted) in ((string, string?)[])[(Kind, "adapter"), (Method, "lora"),
            (Architecture, gpt.Config.Family.GgufArchitecture)])
            if (reader.Metadata.Require(key).Text() is var text && text != wanted)
                throw new InvalidDataException($"{path}: key {key} is {Files.Excerpt.Of(text)}, where {wanted ?? "nothing"} is needed");
        foreach (var key in reader.Metadata.Keys)
            if (key is not (Kind or Method or Architecture or AlphaKey or Sketch)
                && !Harmless.Any(start => key.StartsWith(start, StringComparison.Ordinal)))
                throw new InvalidDataException(
                    $"{path}: key {Files.Excerpt.Of(key)} is not understood, so what it changes cannot be computed");
    }

    private static void RequireShape(string path, GgufTensor tensor, long rows, long columns)
    {
        if (rows < 1 || columns < 1 || !tensor.Shape.SequenceEqual([rows, columns]))
            throw new InvalidDataException($"{path}: tensor {tensor.Name} is ({string.Join(", ", tensor.Shape)}), but the model "
                + $"calls for ({rows}, {columns})");
    }

    // Without an α, or with 0, nothing is multiplied.
    private static AdapterConfig Config(List<(GgufPart Part, int Rank)> found, double alpha)
    {
        var rank = found.GroupBy(each => each.Rank).MaxBy(group => group.Count())!.Key;
        KeyValuePair<string, int>[] others = [.. found.Where(each => each.Rank != rank)
            .Select(each => KeyValuePair.Create(each.Part.Module.Replace(".", @"\.", StringComparison.Ordinal), each.Rank))];
        return new AdapterConfig
        {
            Rank = rank, Alpha = alpha == 0 ? rank : alpha, RankPatterns = others,
            AlphaPatterns = alpha != 0 ? [] : [.. others.Select(each => KeyValuePair.Create(each.Key, (double)each.Value))],
            Targets = ModuleNames.Of([.. found.Select(each => each.Part.Module)]),
        };
    }

    private static Adapter New(string path, Gpt gpt, AdapterConfig config)
    {
        try
        {
            return new Adapter(gpt, config);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    private static void Refuse(Adapter adapter)
    {
        var what = adapter.CopiesAll ? "a whole model" : adapter.Copies.Any() ? "whole copies of parameters (modules_to_save, bias)"
            : adapter.Config.Dora ? "magnitudes (use_dora)" : adapter.Config.HasBias ? "biases of B (lora_bias)"
            : adapter.Tokens.Count > 0 ? "rows of tokens (trainable_token_indices)"
            : adapter.Config.HasHead ? "a reward model's head" : null;
        if (what is not null)
            throw new NotSupportedException($"GGUF adapters have no place for {what}");
    }
}
