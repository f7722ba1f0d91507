using System.Buffers;
using Pellucid.Tensors;

namespace Pellucid.Models;

public sealed partial class Gpt
{
    /// <summary>
    /// What a forward without gradients gives must be numbers: one that is none spreads to all that comes after it, and would end
    /// as an empty text or a table of dashes.
    /// </summary>
    /// <exception cref="InvalidDataException">It is not; the message names the first activation that is none.</exception>
    private void RequireNumbers(Tensor final, TokenRows rows, GptRun run)
    {
        var values = ArrayPool<float>.Shared.Rent((int)final.Count);
        Backend.Read(final, values.AsSpan(0, (int)final.Count));
        var other = FiniteNumbers.IndexOfOther(values.AsSpan(0, (int)final.Count));
        ArrayPool<float>.Shared.Return(values);
        if (other >= 0)
            throw new InvalidDataException(
                $"{FirstOverflow(rows, run) ?? "what the model computes"} is not a number: its weights are too large");
    }

    /// <summary>
    /// The first activation of a run that is not all finite numbers, such as <c>mlp_out of layer 3</c>; null if there is none. The
    /// run is made once more, and looked at.
    /// </summary>
    internal string? FirstOverflow(TokenRows rows, GptRun run)
    {
        using var arena = new Arena(Backend);
        using var tape = run.Operations.Tape is null ? null : new Tape(Backend); // with one, dropout is as it was
        var taps = (run.Taps ?? new Taps()).Reading(Places().Select(place => (place.Activation, place.Layer)));
        var again = new GptRun(new Operations(Backend, arena, tape) { Random = run.Operations.Random })
        {
            Taps = taps, Store = run.Store, FirstLayer = run.FirstLayer, LastLayer = run.LastLayer, Residual = run.Residual,
            LogitRows = run.LogitRows, Dropout = run.Dropout, Length = run.Length, Adapter = run.Adapter,
        };
        ForwardUnchecked(rows, again);
        foreach (var (activation, layer) in Places())
            if (taps.Find(activation, layer)?.ToArray(Backend) is { } values && FiniteNumbers.IndexOfOther(values) >= 0)
                return $"{activation.Name()}{(layer < Config.Layers ? $" of layer {layer}" : "")}";
        return null;
    }

    // In the order of the forward; scores are −∞ where they are masked.
    private IEnumerable<(Activation Activation, int Layer)> Places() =>
        from layer in Enumerable.Range(0, Config.Layers + 1)
        from activation in Enum.GetValues<Activation>()
        where !activation.HasPlanes() && (activation == Activation.LnFinal) == (layer == Config.Layers)
        select (activation, layer);
}
