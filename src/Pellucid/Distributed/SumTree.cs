using System.Numerics;

namespace Pellucid.Distributed;

/// <summary>A run of neighbouring leaves of a <see cref="SumTree"/>.</summary>
internal readonly record struct LeafRange(int First, int Count)
{
    public int End => First + Count;
}

/// <summary>
/// The order in which numbers of many leaves are added: a fixed binary tree. Of n leaves, more than one, the left branch
/// has the largest power of two below n and the right branch the rest: ((0 + 1) + (2 + 3)) + (4 + 5) for six. Rounded sums
/// depend on their order, so whoever follows the tree has the same bits: one replica or many, with ranges of leaves of any length.
/// </summary>
internal static class SumTree
{
    /// <summary>Leaves of the left branch of so many, more than one.</summary>
    public static int Left(int leaves) => 1 << BitOperations.Log2((uint)leaves - 1);

    /// <summary>
    /// The whole branches that a range of leaves is made of, in order, each as large as can be: at most two of each power of
    /// two. Their sums are all that others need to know of the range.
    /// </summary>
    public static IReadOnlyList<LeafRange> Branches(int leaves, LeafRange range)
    {
        var branches = new List<LeafRange>();
        Collect(new(0, leaves));
        return branches;

        void Collect(LeafRange branch)
        {
            if (branch.First >= range.End || branch.End <= range.First)
                return;
            if (branch.First >= range.First && branch.End <= range.End)
            {
                branches.Add(branch);
                return;
            }
            var left = Left(branch.Count);
            Collect(new(branch.First, left));
            Collect(new(branch.First + left, branch.Count - left));
        }
    }
}
