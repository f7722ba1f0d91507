using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>Tables of rotary angles, made when a run first asks for them: layers of one rotation share one.</summary>
internal sealed class Rotaries(Backend backend, ElementType type) : IDisposable
{
    private readonly Dictionary<(RotaryShape Shape, bool IsLong), RotaryTable> _tables = [];
    private readonly Lock _making = new();

    /// <summary>The table of a rotation, in a run of so many positions.</summary>
    public RotaryTable Of(RotaryShape shape, int length)
    {
        var key = (shape, shape.Scaling?.IsLong(length) ?? false);
        lock (_making)
        {
            if (_tables.TryGetValue(key, out var table))
                return table;
            var (frequencies, amplitude) = shape.At(length);
            return _tables[key] = new RotaryTable(backend, frequencies, amplitude, type);
        }
    }

    public void Dispose()
    {
        foreach (var table in _tables.Values)
            table.Dispose();
    }
}
