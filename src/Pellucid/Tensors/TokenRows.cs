namespace Pellucid.Tensors;

/// <summary>
/// A flat list of rows (token, position, sequence): what one forward computes. Training batches, prompts of unequal
/// length, single decoded tokens and mixtures of them are all this. Reused from step to step without garbage.
/// </summary>
public sealed class TokenRows : IDisposable
{
    private readonly Backend _backend;
    private readonly Arena _arena;
    private readonly List<int> _tokens = [];
    private readonly List<int> _positions = [];
    private readonly List<Segment> _segments = [];
    private bool _sent;
    private Tensor _deviceTokens, _devicePositions;
    private SegmentTable _deviceSegments;

    /// <summary>An empty list.</summary>
    public TokenRows(Backend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _backend = backend;
        _arena = new Arena(backend);
    }

    /// <summary>Number of rows.</summary>
    public int Count => _tokens.Count;

    /// <summary>Tokens, one a row.</summary>
    public ReadOnlySpan<int> Tokens => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Positions in their sequences, one a row.</summary>
    public ReadOnlySpan<int> Positions => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_positions);

    /// <summary>Runs of rows of one sequence, covering all rows in order.</summary>
    internal ReadOnlySpan<Segment> Segments => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_segments);

    /// <summary>Keys of the longest segment.</summary>
    public int LongestKeyCount
    {
        get
        {
            var longest = 0;
            foreach (var segment in Segments)
                longest = Math.Max(longest, segment.KeyCount);
            return longest;
        }
    }

    /// <summary>Adds consecutive tokens of one sequence.</summary>
    /// <param name="tokens">At least one token.</param>
    /// <param name="firstPosition">Position of the first one; earlier positions must lie in the key-value store.</param>
    /// <param name="sequence">Sequence of the key-value store.</param>
    public void Add(ReadOnlySpan<int> tokens, int firstPosition = 0, int sequence = 0)
    {
        if (tokens.IsEmpty)
            throw new ArgumentException("a sequence has at least one token", nameof(tokens));
        _segments.Add(new Segment(Count, tokens.Length, firstPosition, sequence));
        for (var i = 0; i < tokens.Length; i++)
        {
            _tokens.Add(tokens[i]);
            _positions.Add(firstPosition + i);
        }
        _sent = false;
    }

    /// <summary>Adds tokens that follow the first positions of an earlier sequence of this batch;
    /// for runs without a store and without a tape.</summary>
    /// <param name="segment">Index of that sequence's segment, which begins at position 0.</param>
    /// <param name="firstPosition">Positions before this one are those of the other sequence.</param>
    /// <param name="tokens">At least one token.</param>
    public void Branch(int segment, int firstPosition, ReadOnlySpan<int> tokens)
    {
        var trunk = _segments[segment];
        if (trunk.FirstPosition != 0 || firstPosition < 0 || firstPosition > trunk.RowCount)
            throw new ArgumentException($"a sequence of {trunk.RowCount} rows from position {trunk.FirstPosition} on cannot be branched "
                + $"off at position {firstPosition}");
        Add(tokens, firstPosition);
        _segments[^1] = _segments[^1] with { BranchRow = trunk.RowStart };
        HasBranches = true;
    }

    /// <summary>Forgets all rows.</summary>
    public void Clear()
    {
        _tokens.Clear();
        _positions.Clear();
        _segments.Clear();
        HasBranches = _sent = false;
    }

    /// <summary>Whether a sequence branches off another one.</summary>
    internal bool HasBranches { get; private set; }

    /// <summary>Tokens (R) on the device.</summary>
    internal Tensor DeviceTokens
    {
        get
        {
            Send();
            return _deviceTokens;
        }
    }

    /// <summary>Positions (R) on the device.</summary>
    internal Tensor DevicePositions
    {
        get
        {
            Send();
            return _devicePositions;
        }
    }

    /// <summary>Segments on the device.</summary>
    internal SegmentTable DeviceSegments
    {
        get
        {
            Send();
            return _deviceSegments;
        }
    }

    /// <summary>Gives the device memory back.</summary>
    public void Dispose() => _arena.Dispose();

    private void Send()
    {
        if (_sent)
            return;
        _arena.Reset();
        _deviceTokens = _arena.Allocate(new Shape(Count), ElementType.Int32);
        _devicePositions = _arena.Allocate(new Shape(Count), ElementType.Int32);
        _backend.Write(Tokens, _deviceTokens);
        _backend.Write(Positions, _devicePositions);
        _deviceSegments = SegmentTable.Send(Segments, _backend, _arena);
        _sent = true;
    }
}
