using System.Runtime.InteropServices;
using Pellucid.Tensors;

namespace Pellucid.Tuning;

/// <summary>
/// Examples that are computed together: rows of each, from position 0, none of which sees another example's, and the token that is to
/// follow each row where it is learned. There is no padding.
/// </summary>
internal sealed class AnswerBatch(Backend backend) : IDisposable
{
    private const int NotLearned = -1;

    private readonly List<int> _targets = [];
    private readonly List<float> _weights = [];
    private readonly List<RowRange> _answers = [];
    private readonly List<int> _starts = [];

    /// <summary>Rows of all examples.</summary>
    public TokenRows Rows { get; } = new(backend);

    /// <summary>What follows each row; −1 where that is not learned.</summary>
    public ReadOnlySpan<int> Targets => CollectionsMarshal.AsSpan(_targets);

    /// <summary>What it weighs that this is learned; 0 where it is not.</summary>
    public ReadOnlySpan<float> Weights => CollectionsMarshal.AsSpan(_weights);

    /// <summary>The rows of each example.</summary>
    public ReadOnlySpan<RowRange> Answers => CollectionsMarshal.AsSpan(_answers);

    /// <summary>Where the rows of each item begin, and those of the last one end.</summary>
    public int[] Starts => [.. _starts, Rows.Count];

    /// <summary>Items that were begun.</summary>
    public int ItemCount => _starts.Count;

    /// <summary>What is added from now on is of the next item, which is learned as if it were alone.</summary>
    public void BeginItem() => _starts.Add(Rows.Count);

    /// <summary>Adds an example; the last token, after which nothing comes, only where all rows are wanted.</summary>
    public void Add(TuningExample example, bool withLast = false)
    {
        var (tokens, learned) = (example.Tokens, example.Learned);
        var rows = withLast ? tokens.Length : Math.Max(1, tokens.Length - 1);
        _answers.Add(new RowRange(Rows.Count, rows, example.LearnedCount));
        Rows.Add(tokens.AsSpan(0, rows));
        for (var next = 1; next <= rows; next++)
        {
            var isLearned = next < tokens.Length && learned[next];
            _targets.Add(isLearned ? tokens[next] : NotLearned);
            _weights.Add(isLearned ? example.Weights?[next] ?? 1 : 0);
        }
    }

    /// <summary>Forgets all examples.</summary>
    public void Clear()
    {
        Rows.Clear();
        _targets.Clear();
        _weights.Clear();
        _answers.Clear();
        _starts.Clear();
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => Rows.Dispose();
}

/// <summary>Rows of an example in a batch.</summary>
/// <param name="First">The first one.</param>
/// <param name="Count">How many.</param>
/// <param name="Learned">Of how many what follows is learned.</param>
internal readonly record struct RowRange(int First, int Count, int Learned)
{
    /// <summary>The last one.</summary>
    public int Last => First + Count - 1;

    /// <summary>Sum of numbers of its rows.</summary>
    public double Sum(ReadOnlySpan<float> ofRows)
    {
        var sum = 0.0;
        foreach (var value in ofRows.Slice(First, Count))
            sum += value;
        return sum;
    }
}
