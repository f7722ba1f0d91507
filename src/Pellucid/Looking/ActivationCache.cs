using System.Diagnostics.CodeAnalysis;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking;

/// <summary>Activations of one forward over some prompts, kept under their names on the model's device.</summary>
public sealed class ActivationCache : IDisposable
{
    private readonly Dictionary<(Activation, int), Tensor> _tensors = [];
    private readonly Gpt _gpt;
    private readonly Arena _arena;

    private ActivationCache(Gpt gpt, Prompts prompts)
    {
        (_gpt, Prompts) = (gpt, prompts);
        _arena = new Arena(gpt.Backend);
    }

    /// <summary>The prompts.</summary>
    public Prompts Prompts { get; }

    /// <summary>Runs the model and keeps the activations that <paramref name="wanted"/> chooses by name and layer;
    /// all of them without it.</summary>
    public static ActivationCache Record(Gpt gpt, Prompts prompts, Func<Activation, int, bool>? wanted = null) =>
        Record(gpt, prompts, wanted, Array.Empty<TapEdit>());

    /// <summary>The same with a change in each prompt, by its index.</summary>
    internal static ActivationCache Record(Gpt gpt, Prompts prompts, Func<Activation, int, bool>? wanted,
        IEnumerable<(int Prompt, VariantEdit Edit)> edits) =>
        Record(gpt, prompts, wanted, [.. edits.Select(one => one.Edit.At(prompts.RowOf(one.Prompt, one.Edit.Position)))]);

    /// <summary>The same with changes.</summary>
    /// <param name="gpt">The model.</param>
    /// <param name="prompts">The texts.</param>
    /// <param name="wanted">What is kept.</param>
    /// <param name="edits">What is changed.</param>
    /// <param name="unchanged">The same kept of the same texts without changes: what lies below the first changed layer is taken from it,
    /// and has the bits that it would have.</param>
    internal static ActivationCache Record(Gpt gpt, Prompts prompts, Func<Activation, int, bool>? wanted,
        IReadOnlyCollection<TapEdit> edits, ActivationCache? unchanged = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(prompts);
        prompts.RequireFit(gpt.Config);
        var taps = new Taps();
        var places = Places(gpt.Config).Where(place => wanted?.Invoke(place.Activation, place.Layer) ?? true).ToList();
        var first = unchanged is null ? 0 : edits.Select(edit => edit.Layer).DefaultIfEmpty(gpt.Config.Layers).Min();
        foreach (var (activation, layer) in places.Where(place => place.Layer >= first))
            taps.Read(activation, layer);
        foreach (var edit in edits)
            taps.Edit(edit);
        using var pass = new ForwardPass(gpt);
        prompts.AddTo(pass.Rows);
        var run = pass.NewRun(taps);
        if (first > 0)
            (run.FirstLayer, run.Residual) = (first, unchanged![Activation.ResidPost, first - 1]);
        gpt.Forward(pass.Rows, run);
        var cache = new ActivationCache(gpt, prompts);
        foreach (var (activation, layer) in places)
            cache.Keep(activation, layer, layer >= first ? taps[activation, layer]
                : new TapReading(unchanged![activation, layer], 0, unchanged[activation, layer].Columns));
        return cache;
    }

    /// <summary>Every activation that a model of that shape passes, with its layer.</summary>
    public static IEnumerable<(Activation Activation, int Layer)> Places(GptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        for (var layer = 0; layer < config.Layers; layer++)
        for (var activation = Activation.ResidPre; activation < Activation.LnFinal; activation++)
            if (activation.Exists(config))
                yield return (activation, layer);
        yield return (Activation.LnFinal, config.Layers);
    }

    /// <summary>Refuses an activation, layer or head that the model does not have.</summary>
    /// <exception cref="ArgumentException">One line says what there is.</exception>
    public static void RequirePlace(GptConfig config, Activation activation, int layer, int head = -1)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (!activation.Exists(config))
            throw new ArgumentException(config.FeedForwardWidth == 0 && activation is >= Activation.ResidMid and <= Activation.MlpOut
                ? $"this model has no feed-forward layers, and so no {activation.Name()}"
                : config.Experts is not null && activation is >= Activation.MlpGate and <= Activation.MlpPost
                ? "the feed-forward layers of this model are experts, of which a row meets "
                    + $"{config.Experts.Active} of {config.Experts.Count}, and so there is no {activation.Name()}"
                : $"a model of this shape has no {activation.Name()}");
        var (first, last) = activation == Activation.LnFinal ? (config.Layers, config.Layers) : (0, config.Layers - 1);
        if (layer < first || layer > last)
            throw new ArgumentException($"{activation.Name()} exists in layers {first} to {last}, not in {layer}");
        if (head >= config.HeadsOf(activation))
            throw new ArgumentException(config.HeadsOf(activation) == config.Heads
                ? $"the model has heads 0 to {config.Heads - 1}, not {head}"
                : $"{activation.Name()} has heads 0 to {config.KeyValueHeads - 1}, "
                    + $"each for {config.Heads / config.KeyValueHeads} heads that ask, not {head}");
        if (head >= 0 && !activation.HasHeads())
            throw new ArgumentException($"{activation.Name()} has no heads");
    }

    /// <summary>A kept activation: (rows, width), or (heads, rows, keys) for scores and patterns.</summary>
    /// <exception cref="KeyNotFoundException">It was not kept.</exception>
    public Tensor this[Activation activation, int layer] => _tensors.TryGetValue((activation, layer), out var tensor) ? tensor
        : throw new KeyNotFoundException($"{activation.Name()} of layer {layer} was not kept");

    /// <summary>All that was kept, as <c>blocks.3.z</c> with its shape.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Entries =>
        _tensors.Select(pair => (NameOf(pair.Key.Item1, pair.Key.Item2), pair.Value));

    /// <summary>An activation at one position of one prompt.</summary>
    public float[] Row(Activation activation, int layer, int prompt, int position) =>
        Row(activation, layer, Prompts.RowOf(prompt, position));

    internal float[] Row(Activation activation, int layer, int row)
    {
        var values = new float[this[activation, layer].Columns];
        _gpt.Backend.Read(this[activation, layer].RowRange(row, 1), values);
        return values;
    }

    /// <summary>A head's scores or pattern of one prompt: a row for every position, over the keys up to it.</summary>
    [SuppressMessage("Performance", "CA1814", Justification = "every row has a column for every position")]
    public float[,] Pattern(Activation activation, int layer, int head, int prompt)
    {
        var (tensor, length) = (this[activation, layer], Prompts[prompt].Length);
        var (row, result) = (new float[tensor.Columns], new float[length, length]);
        for (var i = 0; i < length; i++)
        {
            _gpt.Backend.Read(tensor.RowRange(head * Prompts.Rows + Prompts.RowOf(prompt, i), 1), row);
            for (var j = 0; j < length; j++)
                result[i, j] = row[j];
        }
        return result;
    }

    /// <summary>Writes all that was kept as a safetensors file.</summary>
    public void Save(string path) => SafetensorsWriter.Write(path, [.. Entries], _gpt.Backend);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _arena.Dispose();

    private static string NameOf(Activation activation, int layer) =>
        activation == Activation.LnFinal ? activation.Name() : $"blocks.{layer}.{activation.Name()}";

    private void Keep(Activation activation, int layer, TapReading reading)
    {
        var shape = reading.Tensor.Shape.WithColumns(reading.Columns);
        var copy = _arena.Allocate(shape, reading.Tensor.Type);
        _gpt.Backend.Edit(reading.Tensor, new EditRegion(0, shape.Rows, 0, reading.Columns, 0, reading.FirstColumn),
            EditOperation.Replace, 1, copy);
        _tensors[(activation, layer)] = copy;
    }
}
