using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>Rows of logits that the lens has read of a text as it is, below everything that is changed: with every other change of the
/// same text they are asked for again.</summary>
internal sealed class LensRows
{
    private const long MostKept = 16 << 20; // logits, 64 MB

    private readonly Dictionary<((Activation, int), int), float[]> _rows = [];
    private int _firstChanged;

    /// <summary>Begins to serve a reading with changes from that layer on; of other positions than those that are wanted now, rows are
    /// forgotten.</summary>
    public void Begin(int firstChanged, Func<int, bool> wanted)
    {
        _firstChanged = firstChanged;
        foreach (var place in _rows.Keys.Where(place => !wanted(place.Item2)).ToList())
            _rows.Remove(place);
    }

    /// <summary>Logits (V) of a place that no change reaches, where they are kept.</summary>
    public float[]? Find((Activation Activation, int Layer) place, int position) =>
        IsUnchanged(place) ? _rows.GetValueOrDefault((place, position)) : null;

    /// <summary>Keeps logits of a place that no change reaches, where there is room.</summary>
    public void Keep((Activation Activation, int Layer) place, int position, ReadOnlySpan<float> logits)
    {
        if (IsUnchanged(place) && (_rows.Count + 1L) * logits.Length <= MostKept)
            _rows[(place, position)] = logits.ToArray();
    }

    // The embedding stands before layer 0.
    private bool IsUnchanged((Activation Activation, int Layer) place) =>
        place.Activation == Activation.ResidPre ? place.Layer <= _firstChanged : place.Layer < _firstChanged;
}
