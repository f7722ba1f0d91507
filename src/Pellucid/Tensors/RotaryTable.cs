namespace Pellucid.Tensors;

/// <summary>
/// What rotary positions (Su et al. 2021) rotate by: for every position the cosines and sines of its angles, one a pair of columns. Pair i
/// is columns i and i + P of a head, P being the number of pairs (as in GPT-NeoX); columns from 2P on stay as they are. The table grows as
/// positions come.
/// </summary>
public sealed class RotaryTable : IDisposable
{
    private const int LeastPositions = 64;

    private readonly Backend _backend;
    private readonly Arena _arena;
    private readonly double[] _frequencies;
    private readonly double _amplitude;
    private readonly ElementType _type;
    private Tensor _table;

    /// <summary>A table of those frequencies.</summary>
    /// <param name="backend">Where it lies.</param>
    /// <param name="frequencies">Radians from one position to the next, one a pair.</param>
    /// <param name="amplitude">What a rotated pair is multiplied by.</param>
    /// <param name="type">How it is stored: as what is rotated.</param>
    public RotaryTable(Backend backend, IReadOnlyList<double> frequencies, double amplitude = 1, ElementType type = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(frequencies);
        (_backend, _arena) = (backend, new Arena(backend));
        (_frequencies, _amplitude, _type) = ([.. frequencies], amplitude, type);
    }

    /// <summary>P: pairs of columns that are rotated.</summary>
    public int Pairs => _frequencies.Length;

    /// <summary>The table (positions or more, 2P): a position's cosines, then its sines, all times the amplitude.</summary>
    internal Tensor Of(int positions)
    {
        if (!_table.IsEmpty && _table.Rows >= positions)
            return _table;
        var rows = Math.Max(LeastPositions, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)positions));
        var values = new double[checked(rows * 2 * Pairs)];
        for (var position = 0; position < rows; position++)
        for (var pair = 0; pair < Pairs; pair++)
        {
            var (sine, cosine) = Angle.Of(position, _frequencies[pair]);
            (values[position * 2 * Pairs + pair], values[(position * 2 + 1) * Pairs + pair]) = (_amplitude * cosine, _amplitude * sine);
        }
        _arena.Dispose();
        _table = _arena.Allocate(new Shape(rows, 2 * Pairs), _type);
        _backend.Write(values, _table);
        return _table;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _arena.Dispose();
}
