namespace Pellucid.Tensors;

/// <summary>Outputs of a weight that follow one another and are stored in one type.</summary>
/// <param name="Outputs">How many.</param>
/// <param name="Type">How they are stored.</param>
internal readonly record struct WeightPart(int Outputs, ElementType Type);

/// <summary>
/// A weight whose outputs are stored in several types, such as queries, keys and values that a file keeps apart: each part
/// lies in memory as a weight of its own.
/// </summary>
internal sealed class WeightLayout
{
    private WeightLayout(IReadOnlyList<PlacedPart> parts) => Parts = parts;

    /// <summary>The parts in the order of their outputs.</summary>
    public IReadOnlyList<PlacedPart> Parts { get; }

    /// <summary>Neighbours of one type joined, and empty parts left out.</summary>
    public static List<WeightPart> Join(IEnumerable<WeightPart> parts)
    {
        var joined = new List<WeightPart>();
        foreach (var part in parts)
            if (joined.Count > 0 && joined[^1].Type == part.Type)
                joined[^1] = part with { Outputs = joined[^1].Outputs + part.Outputs };
            else if (part.Outputs > 0)
                joined.Add(part);
        return joined;
    }

    /// <summary>Parts one after another, each of so many bytes.</summary>
    public static WeightLayout Place(IEnumerable<WeightPart> parts, Func<WeightPart, long> bytes, out long total)
    {
        var placed = new List<PlacedPart>();
        total = 0;
        foreach (var part in parts)
        {
            placed.Add(new(placed.Sum(before => before.Outputs), part.Outputs, part.Type, (nint)total));
            total += bytes(part);
        }
        return new(placed);
    }
}

/// <summary>A part and where it lies.</summary>
/// <param name="First">Its first output.</param>
/// <param name="Outputs">How many.</param>
/// <param name="Type">How they are stored.</param>
/// <param name="Start">Bytes from the start of the weight.</param>
internal readonly record struct PlacedPart(int First, int Outputs, ElementType Type, nint Start);
