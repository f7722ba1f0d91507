using System.Runtime.InteropServices;
using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>Sequences that are computed together, and the token that is to follow each of their rows. Reused without garbage.</summary>
internal sealed class MicroBatch(Backend backend) : IDisposable
{
    private readonly List<int> _targets = [];

    /// <summary>Rows of all sequences.</summary>
    public TokenRows Rows { get; } = new(backend);

    /// <summary>What follows each row.</summary>
    public ReadOnlySpan<int> Targets => CollectionsMarshal.AsSpan(_targets);

    /// <summary>Adds a sequence and the token after it.</summary>
    public void Add(ReadOnlySpan<int> sequence)
    {
        Rows.Add(sequence[..^1]);
        _targets.AddRange(sequence[1..]);
    }

    /// <summary>Forgets all sequences.</summary>
    public void Clear()
    {
        Rows.Clear();
        _targets.Clear();
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => Rows.Dispose();
}
