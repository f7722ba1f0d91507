using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    private const int DrawnTogether = 1 << 16;

    /// <summary>The same, of weights that are stored in types of their own.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="backend">The device that holds and computes it.</param>
    /// <param name="parts">How the outputs of a weight are stored, in order; null as everything else is.</param>
    /// <param name="type">How everything else is stored.</param>
    internal Gpt(GptConfig config, Backend backend, Func<Parameter, IReadOnlyList<WeightPart>?> parts,
        ElementType type = ElementType.Float32) : this(config, backend, type, null, parts)
    {
    }

    /// <summary>What the parameters are for, in the order of <see cref="Parameters"/>.</summary>
    public IReadOnlyList<Parameter> Layout { get; }

    /// <summary>All parameters' values, under the names that files of the model's family give them.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>The parameter of a role: of a layer, counted from 0, or of the whole model; of one of a layer's experts, where it has
    /// some.</summary>
    /// <exception cref="KeyNotFoundException">A model of this shape has none.</exception>
    public Tensor this[ParameterRole role, int layer = -1, int expert = -1] =>
        Find(role, layer, expert) is { IsEmpty: false } found ? found : throw new KeyNotFoundException($"the model has no {role}"
            + $"{(expert < 0 ? "" : $" of expert {expert}")}{(layer < 0 ? "" : $" in layer {layer}")}");

    /// <summary>The same, or an empty tensor where there is none.</summary>
    public Tensor Find(ParameterRole role, int layer = -1, int expert = -1) =>
        _places.TryGetValue((role, layer, expert), out var index) ? Parameters[index] : default;

    /// <summary>Where in the layout a parameter stands that the model has.</summary>
    internal int IndexOf(ParameterRole role, int layer = -1, int expert = -1) => _places[(role, layer, expert)];

    /// <summary>
    /// Draws weights as GPT-2 does: normal with deviation 0.02, the projections into the residual stream divided by
    /// sqrt(2 · layers), biases 0, gains 1. The same seed gives the same bits everywhere.
    /// </summary>
    public void Initialize(ulong seed)
    {
        var drawn = new float[Layout.Max(parameter => parameter.Shape.Count)];
        for (var index = 0; index < Layout.Count; index++)
        {
            var (parameter, values) = (Layout[index], drawn.AsMemory(0, (int)Layout[index].Shape.Count));
            if (parameter.Deviation > 0)
                DrawNormals(seed, (uint)index, parameter.Deviation, values);
            else
                values.Span.Fill(parameter.Start);
            Parameters.Write(index, values.Span);
        }
    }

    /// <summary>Whether AdamW's weight decay applies to a parameter.</summary>
    public bool Decays(int index) => Layout[index].Decays;

    private static void DrawNormals(ulong seed, uint purpose, float deviation, Memory<float> values) =>
        Parallel.For(0, (values.Length + DrawnTogether - 1) / DrawnTogether, part =>
        {
            var first = part * DrawnTogether;
            var span = values.Span[first..Math.Min(values.Length, first + DrawnTogether)];
            for (var i = 0; i < span.Length; i++)
                span[i] = deviation * CounterRandom.Normal(seed, purpose, 0, (ulong)(first + i));
        });

    private ParameterShape Named(Parameter parameter) => new(Config.Family.StoredName(parameter), parameter.Shape, parameter.Form);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _rotaries.Dispose();
        Parameters.Dispose();
    }
}
