using System.Runtime.InteropServices;

namespace Pellucid.Pictures;

/// <summary>
/// How much of each pixel of a row an area covers. A row is cut where edges end, and in quarters; between two cuts edges are straight, and
/// what lies between a left and a right one is a trapezium whose part of each pixel is summed exactly.
/// </summary>
internal sealed class Coverage
{
    private const int MostCuts = 64;

    private readonly List<Edge> _edges = [];
    private readonly List<int> _active = [];
    private readonly List<double> _cuts = [];
    private readonly List<(double Middle, int Edge)> _crossings = [];
    private readonly float[] _sums;
    private readonly bool _evenOdd;
    private int _next;

    /// <summary>Of an area within lines through points, each of which is closed.</summary>
    /// <param name="contours">In pixels; y downwards.</param>
    /// <param name="evenOdd">Inside is what a ray leaves through an odd number of edges; else what it leaves more often one way.</param>
    /// <param name="width">Pixels of a row.</param>
    public Coverage(IEnumerable<IReadOnlyList<(double X, double Y)>> contours, bool evenOdd, int width)
    {
        (_evenOdd, _sums) = (evenOdd, new float[width + 2]);
        foreach (var points in contours)
            for (var i = 0; i < points.Count; i++)
            {
                var (from, to) = (points[i], points[(i + 1) % points.Count]);
                if (from.Y < to.Y)
                    _edges.Add(new Edge(from.Y, to.Y, from.X, (to.X - from.X) / (to.Y - from.Y), 1));
                else if (from.Y > to.Y)
                    _edges.Add(new Edge(to.Y, from.Y, to.X, (to.X - from.X) / (to.Y - from.Y), -1));
            }
        Bottom = _edges.Count == 0 ? 0 : _edges.Max(edge => edge.Bottom);
        _edges.Sort((one, other) => one.Top.CompareTo(other.Top));
    }

    /// <summary>The first row that may be covered.</summary>
    public double Top => _edges.Count == 0 ? 0 : _edges[0].Top;

    /// <summary>The first row below all.</summary>
    public double Bottom { get; }

    /// <summary>A row's shares, from 0 to 1. Rows are asked for from top to bottom.</summary>
    public ReadOnlySpan<float> Row(int y)
    {
        var edges = CollectionsMarshal.AsSpan(_edges);
        while (_next < edges.Length && edges[_next].Top < y + 1)
            _active.Add(_next++);
        _active.RemoveAll(edge => _edges[edge].Bottom <= y);
        Array.Clear(_sums);
        if (_active.Count == 0)
            return _sums.AsSpan(0, _sums.Length - 2);
        Cut(y);
        for (var i = 0; i + 1 < _cuts.Count; i++)
            Band(_cuts[i], _cuts[i + 1]);
        var sum = 0f;
        foreach (ref var value in _sums.AsSpan())
        {
            sum += value;
            value = Math.Clamp(sum, 0, 1);
        }
        return _sums.AsSpan(0, _sums.Length - 2);
    }

    private void Cut(int y)
    {
        _cuts.Clear();
        foreach (var edge in _active)
        {
            if (_edges[edge].Top > y)
                _cuts.Add(_edges[edge].Top);
            if (_edges[edge].Bottom < y + 1)
                _cuts.Add(_edges[edge].Bottom);
        }
        var parts = _cuts.Count <= MostCuts ? 4 : MostCuts;
        if (parts == MostCuts)
            _cuts.Clear();
        for (var part = 0; part <= parts; part++)
            _cuts.Add(y + (double)part / parts);
        _cuts.Sort();
    }

    private void Band(double top, double bottom)
    {
        if (bottom - top < 1e-12)
            return;
        var middle = (top + bottom) / 2;
        _crossings.Clear();
        foreach (var index in _active)
            if (_edges[index] is var edge && edge.Top <= middle && middle < edge.Bottom)
                _crossings.Add((edge.At(middle), index));
        _crossings.Sort();
        var winding = 0;
        foreach (var (_, index) in _crossings)
        {
            var edge = _edges[index];
            var before = _evenOdd ? winding & 1 : winding;
            winding += edge.Direction;
            var after = _evenOdd ? winding & 1 : winding;
            if (before == 0 != (after == 0))
                Add(edge.At(top), edge.At(bottom), (float)(bottom - top) * (before == 0 ? 1 : -1));
        }
    }

    // A side of a trapezium: all to its right is covered, for so much of the row's height.
    private void Add(double x0, double x1, float height)
    {
        var last = _sums.Length - 2;
        var (low, high) = (Math.Clamp(Math.Min(x0, x1), 0, last), Math.Clamp(Math.Max(x0, x1), 0, last));
        if (high - low < 1e-9)
        {
            Put(low, low, height);
            return;
        }
        for (var x = low; x < high;)
        {
            var end = Math.Min(high, Math.Floor(x) + 1);
            Put(x, end, height * (float)((end - x) / (high - low)));
            x = end;
        }
    }

    private void Put(double from, double to, float height)
    {
        var pixel = (int)Math.Floor((from + to) / 2);
        var beyond = (float)((from + to) / 2 - pixel);
        _sums[pixel] += height * (1 - beyond);
        if (pixel + 1 < _sums.Length)
            _sums[pixel + 1] += height * beyond;
    }

    private readonly record struct Edge(double Top, double Bottom, double X, double Slope, int Direction)
    {
        public double At(double y) => X + Slope * (y - Top);
    }
}
