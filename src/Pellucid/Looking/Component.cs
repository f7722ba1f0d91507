using System.Globalization;
using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>A piece of a model that can be taken away.</summary>
/// <param name="Activation"><c>z</c> for heads, <c>mlp_post</c> for neurons, <c>attn_out</c> and <c>mlp_out</c> for whole layers,
/// or any other with a row a position.</param>
/// <param name="Layer">0-based.</param>
/// <param name="Head">One head; all when negative.</param>
/// <param name="Neuron">One column, such as a neuron; all when negative.</param>
/// <param name="Position">One position of the prompt; all when negative.</param>
public readonly record struct Component(Activation Activation, int Layer, int Head = -1, int Neuron = -1, int Position = -1)
{
    /// <summary>Such as <c>head 9.6</c>, <c>neuron 3.1024</c>, <c>attention 2</c>, <c>mlp 2</c>, with <c>@ 4</c> for a position.</summary>
    public override string ToString() => (Activation switch
    {
        Activation.Z when Head >= 0 => $"head {Layer}.{Head}",
        Activation.MlpPost when Neuron >= 0 => $"neuron {Layer}.{Neuron}",
        Activation.AttnOut => $"attention {Layer}",
        Activation.MlpOut => $"mlp {Layer}",
        _ => $"{Activation.Name()} {Layer}{(Head >= 0 ? $".{Head}" : "")}",
    }) + (Position >= 0 ? $" @ {Position}" : "");

    /// <summary>As short as it can be written and read again: <c>1.3</c> is a head, <c>a2</c> and <c>m0</c> are whole layers,
    /// <c>n3.17</c> is a neuron, <c>r2</c> the residual stream after a block; <c>@4</c> at one position.</summary>
    public string Notation => (Activation switch
    {
        Activation.Z => $"{Layer}.{Head}",
        Activation.MlpPost => $"n{Layer}.{Neuron}",
        Activation.AttnOut => $"a{Layer}",
        Activation.MlpOut => $"m{Layer}",
        _ => $"r{Layer}",
    }) + (Position >= 0 ? $"@{Position}" : "");

    /// <summary>Reads what <see cref="Notation"/> writes.</summary>
    /// <exception cref="ArgumentException">It is no piece of a model.</exception>
    public static Component Parse(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        var (name, at) = piece.Split('@') is [var front, var place]
            && int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? (front, position) : (piece, -1);
        var numbers = name.TrimStart('a', 'm', 'n', 'r').Split('.')
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).ToArray();
        return (name.Length > 0 ? name[0] : ' ', numbers) switch
        {
            ('a', [>= 0 and var layer]) => new(Activation.AttnOut, layer, Position: at),
            ('m', [>= 0 and var layer]) => new(Activation.MlpOut, layer, Position: at),
            ('r', [>= 0 and var layer]) => new(Activation.ResidPost, layer, Position: at),
            ('n', [>= 0 and var layer, >= 0 and var neuron]) => new(Activation.MlpPost, layer, Neuron: neuron, Position: at),
            (>= '0' and <= '9', [>= 0 and var layer, >= 0 and var head]) => new(Activation.Z, layer, head, Position: at),
            _ => throw new ArgumentException($"'{piece}' is no piece of a model; write 1.3 for a head, a2 for attention, "
                + "m0 for a feed-forward layer, n3.17 for a neuron, r2 for the residual stream, and @4 behind it for one position"),
        };
    }

    /// <summary>Every head of a model.</summary>
    public static IEnumerable<Component> Heads(GptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return from layer in Enumerable.Range(0, config.Layers) from head in Enumerable.Range(0, config.Heads)
            select new Component(Activation.Z, layer, head);
    }
}
