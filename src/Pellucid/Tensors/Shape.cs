using System.Diagnostics.CodeAnalysis;

namespace Pellucid.Tensors;

/// <summary>Sizes along one to four axes, the last one contiguous in memory.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int _first, _second, _third, _fourth;

    /// <summary>A vector of <paramref name="length"/> elements.</summary>
    public Shape(int length) : this(1, length, 1, 1, 1) { }

    /// <summary>A matrix of <paramref name="rows"/> rows.</summary>
    public Shape(int rows, int columns) : this(2, rows, columns, 1, 1) { }

    /// <summary>Three axes, slowest first.</summary>
    public Shape(int first, int second, int third) : this(3, first, second, third, 1) { }

    private Shape(int rank, int first, int second, int third, int fourth)
    {
        if (first < 0 || second < 0 || third < 0 || fourth < 0)
            throw new ArgumentOutOfRangeException(nameof(first), "a size cannot be negative");
        Rank = rank;
        (_first, _second, _third, _fourth) = (first, second, third, fourth);
    }

    /// <summary>From sizes, slowest axis first; one to four of them.</summary>
    public static Shape Of(params ReadOnlySpan<int> sizes) => sizes.Length switch
    {
        1 => new(sizes[0]),
        2 => new(sizes[0], sizes[1]),
        3 => new(sizes[0], sizes[1], sizes[2]),
        4 => new(4, sizes[0], sizes[1], sizes[2], sizes[3]),
        _ => throw new ArgumentException($"a shape has one to four axes, not {sizes.Length}"),
    };

    /// <summary>Number of axes.</summary>
    public int Rank { get; }

    /// <summary>Size along one axis.</summary>
    public int this[int axis] => axis switch
    {
        0 => _first,
        1 when Rank > 1 => _second,
        2 when Rank > 2 => _third,
        3 when Rank > 3 => _fourth,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>Number of elements in all.</summary>
    public long Count => (long)_first * _second * _third * _fourth;

    /// <summary>Size of the last axis: the width of a row.</summary>
    public int Columns => this[Rank - 1];

    /// <summary>Number of rows: the product of every axis but the last.</summary>
    public int Rows => Columns == 0 ? 0 : checked((int)(Count / Columns));

    /// <summary>The same rows with another width.</summary>
    public Shape WithColumns(int columns) => Rank switch
    {
        1 => new(columns),
        2 => new(_first, columns),
        3 => new(_first, _second, columns),
        _ => new(4, _first, _second, _third, columns),
    };

    /// <inheritdoc/>
    public bool Equals(Shape other) => Rank == other.Rank && _first == other._first && _second == other._second
        && _third == other._third && _fourth == other._fourth;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, _first, _second, _third, _fourth);

    /// <summary>Whether both have the same axes and sizes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether an axis or a size differs.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>As written in papers: (B, T, C).</summary>
    public override string ToString() => Rank switch
    {
        1 => $"({_first})",
        2 => $"({_first}, {_second})",
        3 => $"({_first}, {_second}, {_third})",
        4 => $"({_first}, {_second}, {_third}, {_fourth})",
        _ => "()",
    };
}
