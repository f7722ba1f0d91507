namespace Pellucid.Models;

/// <summary>A value for every layer: the same for all, or one each. Equal where all its values are.</summary>
public sealed class PerLayer<T> : IEquatable<PerLayer<T>>
{
    private readonly T[] _values;

    private PerLayer(T[] values) => _values = values;

    /// <summary>The value of a layer, counted from 0.</summary>
    public T this[int layer] => _values.Length == 1 ? _values[0] : _values[layer];

    /// <summary>One value, where all layers have the same, or one for each.</summary>
    internal IReadOnlyList<T> Values => _values;

    /// <summary>One value for all layers.</summary>
    public static implicit operator PerLayer<T>(T value) => new([value]);

    /// <summary>A value by layer.</summary>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="of">The value of a layer.</param>
    public static PerLayer<T> Of(int layers, Func<int, T> of)
    {
        ArgumentNullException.ThrowIfNull(of);
        var values = Enumerable.Range(0, layers).Select(of).ToArray();
        return values.Distinct().Count() == 1 ? new([values[0]]) : new(values);
    }

    /// <inheritdoc/>
    public bool Equals(PerLayer<T>? other) => other is not null && _values.SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? other) => Equals(other as PerLayer<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => _values.Aggregate(0, HashCode.Combine);
}
